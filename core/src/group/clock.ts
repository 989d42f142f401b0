/** Clocks: how much of each line a set of links holds. Immutable, in blocks shared between clocks, so that one more link costs one block. */

/** Per line the number of its links in the set, 32 lines to a block. Sets are closed under parents, so a count names them all. */
export type Clock = readonly Uint32Array[];

const BITS = 4;
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

/** A set to be joined with others, and the place on a line up to which that line counts too. */
export interface Reach {
  readonly before: Clock;
  readonly line: number;
  readonly count: number;
}

/** The union of all of them; blocks are copied only where two differ, and once. */
export function unionOf(reaches: readonly Reach[]): Clock {
  const blocks: Uint32Array[] = [];
  const own = new Set<number>();
  for (const { before } of reaches) for (let at = 0; at < before.length; at++) joinBlock(blocks, own, at, before[at] as Uint32Array);
  for (const { line, count } of reaches) {
    const at = line >>> BITS;
    while (blocks.length <= at) blocks.push(NOTHING);
    if (((blocks[at] as Uint32Array)[line & MASK] as number) >= count) continue;
    if (!own.has(at)) blocks[at] = (blocks[at] as Uint32Array).slice();
    own.add(at);
    (blocks[at] as Uint32Array)[line & MASK] = count;
  }
  return blocks;
}

function joinBlock(blocks: Uint32Array[], own: Set<number>, at: number, theirs: Uint32Array): void {
  const mine = blocks[at];
  if (mine === undefined || mine === NOTHING) blocks[at] = theirs;
  if (mine === undefined || mine === NOTHING || mine === theirs || theirs === NOTHING) return;
  let more = false;
  let less = false;
  for (let line = 0; line < SIZE; line++) {
    if ((mine[line] as number) > (theirs[line] as number)) more = true;
    else if ((mine[line] as number) < (theirs[line] as number)) less = true;
  }
  if (!less) return;
  if (!more && !own.has(at)) {
    blocks[at] = theirs;
    return;
  }
  const joined = own.has(at) ? mine : mine.slice();
  own.add(at);
  blocks[at] = joined;
  for (let line = 0; line < SIZE; line++) joined[line] = Math.max(joined[line] as number, theirs[line] as number);
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
