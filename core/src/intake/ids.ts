/** Covered changeIds as a checkpoint keeps them (C35): cut, ascending, end to end. */
import { type ChangeId, fromHex } from '@leanvibe/protocol/ids';
import type { Pieces } from '../base/pieces.js';

/** Bytes of a changeId a checkpoint keeps: nobody finds another change with the same ones. */
export const ID_BYTES = 16;
/** Compared in a tenth of a millisecond or two. */
const IDS_AT_ONCE = 4_096;

/** Ids as a checkpoint keeps them: ascending, cut, end to end. */
export function packIds(ids: Iterable<Uint8Array>): Uint8Array {
  const sorted = [...ids].sort(compareBytes);
  const packed = new Uint8Array(sorted.length * ID_BYTES);
  let count = 0;
  for (const one of sorted) {
    if (count > 0 && compareAt(packed, (count - 1) * ID_BYTES, one) === 0) continue;
    packed.set(one.subarray(0, ID_BYTES), count++ * ID_BYTES);
  }
  return packed.slice(0, count * ID_BYTES);
}

export function cutId(id: ChangeId): Uint8Array {
  return (fromHex(id) as Uint8Array).subarray(0, ID_BYTES);
}

export function countIds(packed: Uint8Array): number {
  return packed.length / ID_BYTES;
}

export function idAt(packed: Uint8Array, at: number): Uint8Array {
  return packed.subarray(at * ID_BYTES, (at + 1) * ID_BYTES);
}

export function holdsCut(packed: Uint8Array, cut: Uint8Array): boolean {
  let low = 0;
  let high = countIds(packed);
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compareAt(packed, middle * ID_BYTES, cut) < 0) low = middle + 1;
    else high = middle;
  }
  return low < countIds(packed) && compareAt(packed, low * ID_BYTES, cut) === 0;
}

/** True when the packed ids are whole, ascending and unequal. */
export function* arePacked(packed: Uint8Array): Pieces<boolean> {
  if (packed.length % ID_BYTES !== 0) return false;
  for (let at = 1; at < countIds(packed); at++) {
    if (compareAt(packed, (at - 1) * ID_BYTES, idAt(packed, at)) >= 0) return false;
    if (at % IDS_AT_ONCE === 0) yield;
  }
  return true;
}

function compareAt(packed: Uint8Array, from: number, other: Uint8Array): number {
  for (let at = 0; at < ID_BYTES; at++) {
    const difference = (packed[from + at] as number) - (other[at] as number);
    if (difference !== 0) return difference;
  }
  return 0;
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  return compareAt(a, 0, b);
}
