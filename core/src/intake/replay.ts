/** In which order rows are applied where a client id was written twice: what builds on a loser refers to clocks that the winner wrote. Pure. */
import type { ChangeId } from '@leanvibe/protocol/ids';
import type { ChangeRow } from './row.js';

/**
 * The same rows, each behind all it builds on, and behind whatever stays in the place of a loser it builds on (C21). No row can have to
 * wait for itself: what stays in a loser's place wrote the same clocks, and so cannot build on that loser.
 */
export function replayOrder(order: readonly ChangeRow[], inPlaceOf: ReadonlyMap<ChangeId, readonly ChangeRow[]>): readonly ChangeRow[] {
  if (inPlaceOf.size === 0) return order;
  const rows = new Map(order.map((row) => [row.id, row]));
  const entered = new Set<ChangeId>();
  const left = new Set<ChangeId>();
  const sorted: ChangeRow[] = [];
  const before = (row: ChangeRow): readonly ChangeRow[] => {
    const parents = row.previous === null ? row.dependencies : [row.previous, ...row.dependencies];
    return [...parents.map((id) => rows.get(id)).filter((one) => one !== undefined), ...(inPlaceOf.get(row.id) ?? [])];
  };
  // Chains are long: no recursion.
  for (const first of order) {
    const path = [first];
    for (let row = path.at(-1); row !== undefined; row = path.at(-1)) {
      if (!entered.has(row.id)) {
        entered.add(row.id);
        path.push(...before(row).filter((one) => !entered.has(one.id)));
        continue;
      }
      path.pop();
      if (left.has(row.id)) continue;
      left.add(row.id);
      sorted.push(row);
    }
  }
  return sorted;
}
