/** Long lists in pieces: a statement takes a bounded number of values and bytes. */

/** Pieces of at most `countMax` items and, after the first of each, `weightMax` in sum. */
export function inChunks<Item>(
  items: readonly Item[],
  countMax: number,
  weight: (item: Item) => number = () => 0,
  weightMax = Number.POSITIVE_INFINITY,
): readonly (readonly Item[])[] {
  const chunks: Item[][] = [];
  let sum = 0;
  for (const item of items) {
    const last = chunks.at(-1);
    sum += weight(item);
    if (last !== undefined && last.length < countMax && sum <= weightMax) last.push(item);
    else {
      chunks.push([item]);
      sum = weight(item);
    }
  }
  return chunks;
}
