/** The smallest edits that turn one text into another, and the same edits moved onto a text that changed meanwhile. Never cuts a surrogate pair. */

/** At `at` of the old text, `removed` UTF-16 units give way to `inserted`. */
export interface Hunk {
  readonly at: number;
  readonly removed: number;
  readonly inserted: string;
}

/** Beyond this many single differences a middle part is replaced as a whole; the search costs its square. */
const DISTANCE_MAX = 600;

/** A word, or one character that is of no word. */
const TOKENS = /[\p{L}\p{N}\p{M}_'’-]+|[^]/gu;

/**
 * Hunks in ascending order, apart from each other. Whole words are compared first, and characters only within words that gave way to
 * others: letters that two texts happen to share would else be taken for kept ones, and somebody's word be torn by an insertion there.
 */
export function diffTexts(from: string, to: string): readonly Hunk[] {
  const byWord = hunksOf(from.match(TOKENS) ?? [], to.match(TOKENS) ?? []);
  return byWord.flatMap((hunk) => {
    if (hunk.removed === 0 || hunk.inserted === '') return [hunk];
    return hunksOf([...from.slice(hunk.at, hunk.at + hunk.removed)], [...hunk.inserted]).map((one) => ({ ...one, at: one.at + hunk.at }));
  });
}

function hunksOf(from: readonly string[], to: readonly string[]): readonly Hunk[] {
  const shortest = Math.min(from.length, to.length);
  let head = 0;
  while (head < shortest && from[head] === to[head]) head++;
  let tail = 0;
  while (tail < shortest - head && from[from.length - 1 - tail] === to[to.length - 1 - tail]) tail++;
  const old = from.slice(head, from.length - tail);
  const fresh = to.slice(head, to.length - tail);
  if (old.length === 0 && fresh.length === 0) return [];
  const at = from.slice(0, head).reduce((sum, one) => sum + one.length, 0);
  const kept = old.length === 0 || fresh.length === 0 ? null : commonPairs(old, fresh);
  if (kept === null) return [{ at, removed: old.join('').length, inserted: fresh.join('') }];
  return hunksBetween(old, fresh, kept, at);
}

/** The hunks of base → wanted, moved onto `current`, which also came from `base`: what others wrote meanwhile stays. */
export function rebase(base: string, wanted: string, current: string): readonly Hunk[] {
  if (base === current) return diffTexts(base, wanted);
  const placeOf = new Int32Array(base.length + 1).fill(-1);
  let basis = 0;
  let shift = 0;
  const keep = (until: number): void => {
    for (; basis < until; basis++) placeOf[basis] = basis + shift;
  };
  for (const hunk of diffTexts(base, current)) {
    keep(hunk.at);
    basis = hunk.at + hunk.removed;
    shift += hunk.inserted.length - hunk.removed;
  }
  keep(base.length + 1);
  return diffTexts(base, wanted).flatMap((hunk) => moved(hunk, placeOf));
}

function moved(hunk: Hunk, placeOf: Int32Array): readonly Hunk[] {
  const runs: { at: number; removed: number; inserted: string }[] = [];
  for (let basis = hunk.at; basis < hunk.at + hunk.removed; basis++) {
    const place = placeOf[basis] as number;
    const last = runs.at(-1);
    if (place < 0) continue;
    if (last !== undefined && last.at + last.removed === place) last.removed++;
    else runs.push({ at: place, removed: 1, inserted: '' });
  }
  if (hunk.inserted === '') return runs;
  let before = hunk.at - 1;
  while (before >= 0 && (placeOf[before] as number) < 0) before--;
  const at = before < 0 ? 0 : (placeOf[before] as number) + 1;
  const first = runs[0];
  if (first !== undefined && first.at === at) first.inserted = hunk.inserted;
  else runs.unshift({ at, removed: 0, inserted: hunk.inserted });
  return runs;
}

/** Myers' greedy search: index pairs of characters both texts keep, ascending; null when they differ too much. */
function commonPairs(old: readonly string[], fresh: readonly string[]): readonly (readonly [number, number])[] | null {
  const most = Math.min(DISTANCE_MAX, old.length + fresh.length);
  const size = 2 * most + 3;
  const reach = new Int32Array(size);
  const trace: Int32Array[] = [];
  for (let distance = 0; distance <= most; distance++) {
    trace.push(reach.slice());
    for (let diagonal = -distance; diagonal <= distance; diagonal += 2) {
      let x = step(reach, diagonal, distance, most);
      while (x < old.length && x - diagonal < fresh.length && old[x] === fresh[x - diagonal]) x++;
      reach[diagonal + most + 1] = x;
      if (x >= old.length && x - diagonal >= fresh.length) return walkBack(trace, old.length, fresh.length, most);
    }
  }
  return null;
}

function step(reach: Int32Array, diagonal: number, distance: number, most: number): number {
  const below = reach[diagonal + most] as number;
  const above = reach[diagonal + most + 2] as number;
  return diagonal === -distance || (diagonal !== distance && below < above) ? above : below + 1;
}

function walkBack(
  trace: readonly Int32Array[],
  oldLength: number,
  freshLength: number,
  most: number,
): readonly (readonly [number, number])[] {
  const pairs: [number, number][] = [];
  let x = oldLength;
  let y = freshLength;
  for (let distance = trace.length - 1; distance >= 0; distance--) {
    const reach = trace[distance] as Int32Array;
    const diagonal = x - y;
    const start = distance === 0 ? 0 : step(reach, diagonal, distance, most);
    while (x > start) pairs.push([--x, --y]);
    if (distance === 0) break;
    const down =
      diagonal === -distance || (diagonal !== distance && (reach[diagonal + most] as number) < (reach[diagonal + most + 2] as number));
    if (down) y--;
    else x--;
  }
  return pairs.reverse();
}

function hunksBetween(
  old: readonly string[],
  fresh: readonly string[],
  kept: readonly (readonly [number, number])[],
  head: number,
): readonly Hunk[] {
  const hunks: Hunk[] = [];
  let at = head;
  let oldNext = 0;
  let freshNext = 0;
  for (const [oldKept, freshKept] of [...kept, [old.length, fresh.length] as const]) {
    const removed = old.slice(oldNext, oldKept).join('').length;
    const inserted = fresh.slice(freshNext, freshKept).join('');
    if (removed > 0 || inserted !== '') hunks.push({ at, removed, inserted });
    at += removed + (old[oldKept]?.length ?? 0);
    oldNext = oldKept + 1;
    freshNext = freshKept + 1;
  }
  return hunks;
}
