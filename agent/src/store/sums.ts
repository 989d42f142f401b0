/** Checksums of rows: what SQLite does not check about content it stored, so that a flipped byte is never believed. */
import { crc32 } from 'node:zlib';

/** zlib answers 0 for some empty buffers, whatever the sum so far. */
function sum(bytes: Uint8Array | string, before = 0): number {
  return bytes.length === 0 ? before : crc32(bytes, before);
}

const NOTHING = new Uint8Array(0);
const place = Buffer.alloc(9);

/** Over a log row's meaning, not its references: ids of space and peer stand in for the numbers that intern them. */
export function logSum(
  space: Uint8Array,
  lane: number,
  position: number,
  entry: Uint8Array,
  prefix: Uint8Array,
  peer: Uint8Array | null,
): number {
  place.writeUInt8(lane, 0);
  place.writeDoubleLE(position, 1);
  return sum(peer ?? NOTHING, sum(prefix, sum(entry, sum(place, sum(space)))));
}

export function headSum(space: Uint8Array, lane: number, position: number, prefix: Uint8Array, bytes: number): number {
  place.writeUInt8(lane, 0);
  place.writeDoubleLE(position, 1);
  const first = sum(prefix, sum(place, sum(space)));
  place.writeDoubleLE(bytes, 1);
  return sum(place, first);
}

/** A body whose log row was lost is believed only by this. */
export function bodySum(where: number, bytes: Uint8Array): number {
  place.writeDoubleLE(where, 1);
  return sum(bytes, sum(place.subarray(1)));
}

/** Over a block of packed rows: which space's, where, and every entry id in it. */
export function packedSum(space: Uint8Array, lane: number, block: number, rows: Uint8Array): number {
  place.writeUInt8(lane, 0);
  place.writeDoubleLE(block, 1);
  return sum(rows, sum(place, sum(space)));
}

export function recordSum(table: Uint8Array, key: Uint8Array, value: Uint8Array): number {
  place.writeDoubleLE(table.length, 1);
  return sum(value, sum(key, sum(table, sum(place.subarray(1)))));
}

/** A meta value carries its own sum in its last four bytes. */
export function sealMeta(name: string, value: Uint8Array): Buffer {
  const sealed = Buffer.alloc(value.length + 4);
  sealed.set(value);
  sealed.writeUInt32LE(sum(value, sum(name)), value.length);
  return sealed;
}

/** Null when the sum is wrong. */
export function openMeta(name: string, sealed: Buffer): Buffer | null {
  if (sealed.length < 4) return null;
  const value = sealed.subarray(0, sealed.length - 4);
  return sum(value, sum(name)) === sealed.readUInt32LE(value.length) ? value : null;
}
