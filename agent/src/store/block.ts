/**
 * A block: the pruned rows among 256 neighbouring positions of a lane, as one value. The prefix hash before the first of the positions, a bit
 * for each position, then the entry ids of those whose bit is set, in order. A full block takes 34 bytes of file for each row.
 */

export const BLOCK_ROWS = 256;
/** Higher positions stay rows of the log: hints of an id (hints.ts) have 30 bits for its position. */
export const PACKED_POSITION_MAX = 2 ** 30 - 1;

const ID_BYTES = 32;
const BITS_AT = 32;
const IDS_AT = BITS_AT + BLOCK_ROWS / 8;
const COUNTS = Uint8Array.from({ length: 256 }, (_, byte) => countOf(byte));

export interface PackedId {
  readonly position: number;
  readonly entry: Buffer;
}

function countOf(byte: number): number {
  let count = 0;
  for (let left = byte; left > 0; left >>= 1) count += left & 1;
  return count;
}

/** Whether a row of the log without a body lost it to damage: what was pruned is packed. */
export function isLost(position: number): boolean {
  return position <= PACKED_POSITION_MAX;
}

/** The block a position belongs to; positions count from 1, blocks from 0. */
export function blockOf(position: number): number {
  return Math.floor((position - 1) / BLOCK_ROWS);
}

export function firstOf(block: number): number {
  return block * BLOCK_ROWS + 1;
}

export function emptyBlock(before: Uint8Array): Buffer {
  const rows = Buffer.alloc(IDS_AT);
  rows.set(before);
  return rows;
}

/** The prefix hash before the first position of the block. */
export function beforeOf(rows: Buffer): Buffer {
  return rows.subarray(0, BITS_AT);
}

/** False for bytes no block can have. */
export function isBlock(rows: Buffer): boolean {
  return rows.length >= IDS_AT && rows.length === IDS_AT + ID_BYTES * countBelow(rows, BLOCK_ROWS);
}

export function rowsIn(rows: Buffer): number {
  return (rows.length - IDS_AT) / ID_BYTES;
}

function hasBit(rows: Buffer, offset: number): boolean {
  return (((rows[BITS_AT + (offset >> 3)] as number) >> (offset & 7)) & 1) === 1;
}

/** Rows below an offset. */
function countBelow(rows: Buffer, offset: number): number {
  let count = 0;
  const whole = offset >> 3;
  for (let at = 0; at < whole; at++) count += COUNTS[rows[BITS_AT + at] as number] as number;
  return count + ((offset & 7) === 0 ? 0 : (COUNTS[(rows[BITS_AT + whole] as number) & ((1 << (offset & 7)) - 1)] as number));
}

/** Null when the row at this position is not packed. */
export function idAt(rows: Buffer, position: number): Buffer | null {
  const offset = (position - 1) % BLOCK_ROWS;
  if (!hasBit(rows, offset)) return null;
  const at = IDS_AT + ID_BYTES * countBelow(rows, offset);
  return rows.subarray(at, at + ID_BYTES);
}

/** The block with one row more, which it must not have. */
export function withRow(rows: Buffer, position: number, entry: Uint8Array): Buffer {
  const offset = (position - 1) % BLOCK_ROWS;
  const at = IDS_AT + ID_BYTES * countBelow(rows, offset);
  const next = Buffer.concat([rows.subarray(0, at), entry, rows.subarray(at)]);
  next[BITS_AT + (offset >> 3)] = (next[BITS_AT + (offset >> 3)] as number) | (1 << (offset & 7));
  return next;
}

/** The block without a row it has. */
export function withoutRow(rows: Buffer, position: number): Buffer {
  const offset = (position - 1) % BLOCK_ROWS;
  const at = IDS_AT + ID_BYTES * countBelow(rows, offset);
  const next = Buffer.concat([rows.subarray(0, at), rows.subarray(at + ID_BYTES)]);
  next[BITS_AT + (offset >> 3)] = (next[BITS_AT + (offset >> 3)] as number) & ~(1 << (offset & 7));
  return next;
}

/** The rows of a block above a position, in order. */
export function* idsIn(rows: Buffer, block: number, after = 0): Generator<PackedId> {
  let at = IDS_AT;
  for (let offset = 0; offset < BLOCK_ROWS; offset++) {
    if (!hasBit(rows, offset)) continue;
    const position = firstOf(block) + offset;
    if (position > after) yield { position, entry: rows.subarray(at, at + ID_BYTES) };
    at += ID_BYTES;
  }
}
