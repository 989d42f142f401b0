/** Clocks: how much of each line a set of links holds. Immutable, in blocks shared between clocks, so that one more link costs one block. */

/** Per line the number of its links in the set, 32 lines to a block. Sets are closed under parents, so a count names them all. */
export type Clock = readonly Uint32Array[];

const BITS = 5;
const SIZE = 1 << BITS;
const MASK = SIZE - 1;
const NOTHING = new Uint32Array(SIZE);

export const EMPTY_CLOCK: Clock = [];

/** How many links of the line the set holds. */
export function countOf(clock: Clock, line: number): number {
  return clock[line >>> BITS]?.[line & MASK] ?? 0;
}

/** The clock with one line set to `count`. */
export function withCount(clock: Clock, line: number, count: number): Clock {
  const blocks = clock.slice();
  while (blocks.length <= line >>> BITS) blocks.push(NOTHING);
  const block = (blocks[line >>> BITS] ?? NOTHING).slice();
  block[line & MASK] = count;
  blocks[line >>> BITS] = block;
  return blocks;
}

/** The union of both sets. */
export function mergeClocks(a: Clock, b: Clock): Clock {
  if (a === b) return a;
  const blocks: Uint32Array[] = [];
  for (let at = 0; at < Math.max(a.length, b.length); at++) blocks.push(mergeBlocks(a[at] ?? NOTHING, b[at] ?? NOTHING));
  return blocks;
}

function mergeBlocks(a: Uint32Array, b: Uint32Array): Uint32Array {
  if (a === b || b === NOTHING) return a;
  if (a === NOTHING) return b;
  let merged = a;
  let onlyB = true;
  for (let at = 0; at < SIZE; at++) {
    const mine = a[at] as number;
    const theirs = b[at] as number;
    if (mine > theirs) onlyB = false;
    if (theirs <= mine) continue;
    if (merged === a) merged = a.slice();
    merged[at] = theirs;
  }
  return onlyB ? b : merged;
}

/** True when every link of `part` is in `whole`. */
export function isWithin(part: Clock, whole: Clock): boolean {
  for (let at = 0; at < part.length; at++) {
    const small = part[at] as Uint32Array;
    const large = whole[at] ?? NOTHING;
    if (small === large) continue;
    for (let line = 0; line < SIZE; line++) if ((small[line] as number) > (large[line] as number)) return false;
  }
  return true;
}

/** How many links the set holds. */
export function sizeOf(clock: Clock): number {
  let size = 0;
  for (const block of clock) for (const count of block) size += count;
  return size;
}
