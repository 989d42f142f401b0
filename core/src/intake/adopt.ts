/** C9, C21: what a removed device wrote without knowing of its removal stays only if it was adopted; of a client id written twice one branch stays. Pure. */
import type { ChangeId, LinkId } from '@leanvibe/protocol/ids';
import type { Clocks } from './clocks.js';
import type { GroupView } from './group-view.js';
import { replayOrder } from './replay.js';
import type { ChangeRow } from './row.js';
import { quarantined, type QuarantineReason, type Verdict } from './verdict.js';

/** Null when the change is above suspicion; otherwise why it needs adoption. */
function suspicion(row: ChangeRow, group: GroupView): QuarantineReason | null {
  let missing = false;
  let suspect = false;
  for (const removal of group.removals(row.addedBy)) {
    if (group.includes(row.authHeads, removal.by)) continue;
    suspect = true;
    if (removal.frontierSeq === null) missing = true;
    // With several removals any valid frontier suffices.
    else if (row.seq <= removal.frontierSeq) return null;
  }
  return suspect ? (missing ? 'frontier-missing' : 'removed') : null;
}

export interface Adopted {
  readonly verdicts: ReadonlyMap<ChangeId, Verdict>;
  /** The rows in an order in which they can be applied. */
  readonly order: readonly ChangeRow[];
}

/** How a document comes by its final verdicts: `adopt` in products, a decorated one where a test breaks the rule on purpose. */
export type Adoption = typeof adopt;

/**
 * Final verdicts of the rows that passed C8, given in causal order. Roots of adoption are changes named by an accept link and changes
 * of chains that nobody removed; their whole closure is adopted. What needs a quarantined change is quarantined with it. Of what then
 * stands, one branch keeps a client id that several wrote: what a removed copy wrote later takes nothing away from what others built on.
 */
export function adopt(
  order: readonly ChangeRow[],
  base: ReadonlyMap<ChangeId, Verdict>,
  group: GroupView,
  losersOf: Clocks['losers'],
): Adopted {
  const removed = new Map<LinkId, boolean>();
  const isRemoved = (chain: LinkId): boolean => {
    const known = removed.get(chain) ?? group.removals(chain).length > 0;
    removed.set(chain, known);
    return known;
  };
  const adopted = new Set<ChangeId>();
  for (let at = order.length - 1; at >= 0; at--) {
    const row = order[at] as ChangeRow;
    const root = group.accepted(row.id) || !isRemoved(row.addedBy) || suspicion(row, group) === null;
    if (!root && !adopted.has(row.id)) continue;
    adopted.add(row.id);
    if (row.previous !== null) adopted.add(row.previous);
    for (const dependency of row.dependencies) adopted.add(dependency);
  }
  const final = new Map(base);
  for (const row of order) {
    const why = adopted.has(row.id) ? null : suspicion(row, group);
    if (why !== null) final.set(row.id, quarantined(why));
    else if (needsQuarantined(row, final)) final.set(row.id, quarantined('depends'));
  }
  // What builds on a loser stands: the winner wrote every clock it may refer to.
  const losers = losersOf((row) => final.get(row.id)?.state !== 'quarantined');
  for (const loser of losers.keys()) final.set(loser, quarantined('fork'));
  return { verdicts: final, order: replayOrder(order, losers) };
}

function needsQuarantined(row: ChangeRow, final: ReadonlyMap<ChangeId, Verdict>): boolean {
  const lost = (id: ChangeId): boolean => final.get(id)?.state === 'quarantined';
  return (row.previous !== null && lost(row.previous)) || row.dependencies.some(lost);
}
