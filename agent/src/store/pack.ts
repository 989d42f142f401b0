/** A batch as one buffer, copied when `commit` is called and handed to the writing thread without another copy. */
import type { Batch, NewEntry } from '@leanvibe/core/ports/store';
import { KEY_CHARS_MAX, keyBytes } from './keytext.js';

export interface PackedEntry {
  readonly space: Buffer;
  readonly lane: number;
  readonly entry: Buffer;
  readonly from: Buffer | null;
  readonly sealed: Buffer;
}

export interface PackedBatch {
  readonly entries: readonly PackedEntry[];
  readonly put: readonly { readonly table: Buffer; readonly key: Buffer; readonly value: Buffer }[];
  readonly remove: readonly { readonly table: Buffer; readonly key: Buffer }[];
  readonly prune: readonly { readonly space: Buffer; readonly entry: Buffer }[];
  readonly refill: readonly { readonly space: Buffer; readonly entry: Buffer; readonly sealed: Buffer }[];
}

const ENTRY_FIXED = 32 + 1 + 32 + 1 + 4;

/** Throws a RangeError for a key above the port's limit or an id of the wrong length: both are bugs of the caller. */
export function packBatch(batch: Batch): Uint8Array<ArrayBuffer> {
  const put = (batch.put ?? []).map((row) => ({ ...recordKey(row), value: row.value }));
  const remove = (batch.remove ?? []).map(recordKey);
  const entries = batch.entries ?? [];
  const prune = batch.prune ?? [];
  const refill = batch.refill ?? [];
  let size = 20 + prune.length * 64 + refill.length * 68;
  for (const entry of entries) size += ENTRY_FIXED + (entry.from === null ? 0 : 32) + entry.sealed.length;
  for (const row of put) size += 8 + row.table.length + row.key.length + row.value.length;
  for (const row of remove) size += 4 + row.table.length + row.key.length;
  for (const row of refill) size += row.sealed.length;
  const to = packer(size);
  to.count(entries.length);
  for (const entry of entries) packEntry(to, entry);
  to.count(put.length);
  for (const row of put) {
    to.short(row.table);
    to.short(row.key);
    to.long(row.value);
  }
  to.count(remove.length);
  for (const row of remove) {
    to.short(row.table);
    to.short(row.key);
  }
  to.count(prune.length);
  for (const row of prune) {
    to.id(row.space);
    to.id(row.entryId);
  }
  to.count(refill.length);
  for (const row of refill) {
    to.id(row.space);
    to.id(row.entryId);
    to.long(row.sealed);
  }
  return to.finish();
}

function packEntry(to: Packer, entry: NewEntry): void {
  to.id(entry.space);
  to.byte(entry.lane);
  to.id(entry.entryId);
  to.byte(entry.from === null ? 0 : 1);
  if (entry.from !== null) to.id(entry.from);
  to.long(entry.sealed);
}

function recordKey(row: { readonly table: string; readonly key: string }): { readonly table: Buffer; readonly key: Buffer } {
  if (row.key.length > KEY_CHARS_MAX)
    throw new RangeError(`a record key has at most ${KEY_CHARS_MAX} characters, this one ${row.key.length}`);
  if (row.table.length > KEY_CHARS_MAX) throw new RangeError(`a table name has at most ${KEY_CHARS_MAX} characters`);
  return { table: keyBytes(row.table), key: keyBytes(row.key) };
}

interface Packer {
  count(value: number): void;
  byte(value: number): void;
  id(hex: string): void;
  short(bytes: Uint8Array): void;
  long(bytes: Uint8Array): void;
  finish(): Uint8Array<ArrayBuffer>;
}

function packer(size: number): Packer {
  const memory = new ArrayBuffer(size);
  const bytes = Buffer.from(memory);
  let at = 0;
  return {
    count: (value) => void (at = bytes.writeUInt32LE(value, at)),
    byte: (value) => void (at = bytes.writeUInt8(value, at)),
    id(hex) {
      if (hex.length !== 64 || bytes.write(hex, at, 'hex') !== 32) throw new RangeError('an id has 64 hex digits');
      at += 32;
    },
    short(part) {
      at = bytes.writeUInt16LE(part.length, at);
      bytes.set(part, at);
      at += part.length;
    },
    long(part) {
      at = bytes.writeUInt32LE(part.length, at);
      bytes.set(part, at);
      at += part.length;
    },
    finish: () => new Uint8Array(memory),
  };
}

/** Views into `packed`, which must not change while they are used. */
export function unpackBatch(packed: Uint8Array<ArrayBuffer>): PackedBatch {
  const from = unpacker(Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength));
  const entries = from.list(() => {
    const space = from.id();
    const lane = from.byte();
    const entry = from.id();
    const peer = from.byte() === 1 ? from.id() : null;
    return { space, lane, entry, from: peer, sealed: from.long() };
  });
  const put = from.list(() => ({ table: from.short(), key: from.short(), value: from.long() }));
  const remove = from.list(() => ({ table: from.short(), key: from.short() }));
  const prune = from.list(() => ({ space: from.id(), entry: from.id() }));
  const refill = from.list(() => ({ space: from.id(), entry: from.id(), sealed: from.long() }));
  return { entries, put, remove, prune, refill };
}

interface Unpacker {
  byte(): number;
  id(): Buffer;
  short(): Buffer;
  long(): Buffer;
  list<Item>(item: () => Item): readonly Item[];
}

function unpacker(bytes: Buffer): Unpacker {
  let at = 0;
  const take = (count: number): Buffer => bytes.subarray(at, (at += count));
  return {
    byte: () => bytes.readUInt8(at++),
    id: () => take(32),
    short() {
      at += 2;
      return take(bytes.readUInt16LE(at - 2));
    },
    long() {
      at += 4;
      return take(bytes.readUInt32LE(at - 4));
    },
    list(item) {
      at += 4;
      return Array.from({ length: bytes.readUInt32LE(at - 4) }, item);
    },
  };
}
