/** The answers of a commit as one buffer: position, whether fresh, prefix hash, and the prefix hash before it. */
import type { Placed } from '@leanvibe/core/ports/store';
import type { EntryId } from '@leanvibe/protocol/ids';
import { makeId } from '@leanvibe/protocol/ids';

export interface PlacedRow {
  readonly position: number;
  readonly fresh: boolean;
  readonly prefix: Uint8Array;
  readonly before: Uint8Array;
}

const ROW_BYTES = 8 + 1 + 32 + 32;

export function packPlaced(rows: readonly PlacedRow[]): Uint8Array<ArrayBuffer> {
  const memory = new ArrayBuffer(rows.length * ROW_BYTES);
  const bytes = Buffer.from(memory);
  rows.forEach((row, index) => {
    const at = index * ROW_BYTES;
    bytes.writeDoubleLE(row.position, at);
    bytes.writeUInt8(row.fresh ? 1 : 0, at + 8);
    bytes.set(row.prefix, at + 9);
    bytes.set(row.before, at + 41);
  });
  return new Uint8Array(memory);
}

/** `entryIds` are those of the batch, in order. */
export function unpackPlaced(packed: Uint8Array<ArrayBuffer>, entryIds: readonly EntryId[]): readonly Placed[] {
  const bytes = Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength);
  return entryIds.map((entryId, index) => {
    const at = index * ROW_BYTES;
    return {
      entryId,
      position: bytes.readDoubleLE(at),
      fresh: bytes[at + 8] === 1,
      prefixHash: makeId(bytes.subarray(at + 9, at + 41)),
      before: makeId(bytes.subarray(at + 41, at + 73)),
    };
  });
}
