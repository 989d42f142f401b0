/** The judge of one document: base verdicts by C8, C20, C21 in causal order, then C9's suspicion and adoption. Pure and rebuildable. */
import type { ChangeId, DocumentId, LinkId } from '@leanvibe/protocol/ids';
import type { Closure, Crdt } from '../doc/crdt.js';
import type { Hashing } from '../ports/crypto.js';
import type { Base } from './base.js';
import { claimHolds } from './clientid.js';
import { adopt, type Adopted, type Adoption } from './adopt.js';
import { type Clocks, createClocks } from './clocks.js';
import { createCovers } from './covers.js';
import type { GroupView } from './group-view.js';
import { type ChangeRow, crdtOf, structureOf } from './row.js';
import { APPLIED, COVERED, HELD, quarantined, refused, type Verdict, VOID, waiting } from './verdict.js';

export interface JudgeDeps {
  readonly hashing: Hashing;
  /** The rule book of a CRDT by its code; null for one this program does not know. */
  readonly crdt: (kind: NonNullable<ReturnType<typeof crdtOf>>) => Crdt<unknown> | null;
  /** Absent: C9 as it is. */
  readonly adoption?: Adoption;
}

/** Every row of one document with its verdict. */
export interface Judge {
  readonly document: DocumentId;
  /** Adds a row; answers it and all that waited for it, each judged, in causal order. Empty when the change was known. */
  add(row: ChangeRow): readonly ChangeRow[];
  /** Judges anew what depends on membership; call whenever links grew. Answers the rows that waited for links. Removals may change any verdict. */
  regroup(group: GroupView): readonly ChangeRow[];
  /** True when a removal, or a client id written twice, concerns a chain of this document, so that verdicts of old rows may differ from what they were. */
  contested(): boolean;
  row(id: ChangeId): ChangeRow | null;
  rows(): readonly ChangeRow[];
  verdict(id: ChangeId): Verdict | null;
  /** Applied rows in one causal order, in which each can be applied when those before it are. */
  applied(): readonly ChangeRow[];
  /** Rows that passed C8 by themselves, applied, void or quarantined since, in one causal order. */
  sound(): readonly ChangeRow[];
  /** C38: a second change at a covered seq. */
  isPast(row: ChangeRow): boolean;
  /** What stands in for covered changes; null without a checkpoint. */
  readonly base: Base | null;
  /** A chain's last covered change that the changes of `own` after it have not named among their dependencies yet. */
  unnamed(own: LinkId, tip: ChangeId): boolean;
  /** Tips of every chain among applied rows: normally one each. */
  tips(): ReadonlyMap<LinkId, readonly ChangeId[]>;
  /** True when the closure of `of` holds `id`. */
  covers(of: ChangeId, id: ChangeId): boolean;
  /** The chain that claimed a client id, if any did. */
  owner(clientId: number): LinkId | null;
  /** Would the next change of a chain after `previous` find the id claimed by that chain? */
  claimed(clientId: number, next: Pick<ChangeRow, 'previous' | 'dependencies' | 'addedBy'>): boolean;
  /** One past the last clock of a client id among all judged rows. */
  clockEnd(clientId: number): number;
  /** The verdict a row would have, were it added. */
  wouldBe(row: ChangeRow): Verdict;
  /** Changes whose words these reads refer to and that a change on `parents` would not stand on; null when nobody here wrote some of them. */
  beyond(parents: Pick<ChangeRow, 'previous' | 'dependencies'>, reads: ChangeRow['reads']): readonly ChangeId[] | null;
  /** Quarantined rows that these changes stand on, themselves included, in causal order. */
  quarantinedUnder(changes: readonly ChangeId[]): readonly ChangeRow[];
  /** Chains with two changes at one seq: proofs that a device was cloned (C3). */
  forks(): readonly { readonly addedBy: LinkId; readonly seq: number }[];
  /** Ids this document waits for and does not hold. */
  missing(): readonly ChangeId[];
}

export function createJudge(deps: JudgeDeps, document: DocumentId, initial: GroupView, from: Base | null = null): Judge {
  const rows = new Map<ChangeId, ChangeRow>();
  const base = new Map<ChangeId, Verdict>();
  const waiters = new Map<ChangeId, Set<ChangeId>>();
  const order: ChangeRow[] = [];
  const clocks: Clocks = createClocks(from);
  const covers = createCovers(from);
  let group = initial;
  let settled: Adopted | null = null;
  const chains = new Set<LinkId>();
  const baseTips = covers.tips();
  let contested = false;

  const judge = (row: ChangeRow): Verdict => {
    if (from?.holds(row.id) === true) return COVERED;
    if (!group.knows(row.authHeads)) return waiting('membership');
    // C38: whoever holds the covered change at this place need not hold what this one stands on.
    if (covers.isPast(row)) return group.mayWrite(row.authHeads, row.device, row.addedBy) ? quarantined('fork') : refused('not-editor');
    const needs = row.previous === null ? row.dependencies : [row.previous, ...row.dependencies];
    for (const need of needs) {
      const verdict = from?.holds(need) === true ? COVERED : base.get(need);
      if (verdict?.state === 'quarantined') return quarantined('depends');
      if (verdict === undefined || verdict.state === 'waiting' || verdict.state === 'held') return waiting('dependency');
      if (verdict.state === 'refused') return refused('chain');
    }
    if (!continues(row, row.previous === null ? null : (covers.row(row.previous) ?? rows.get(row.previous) ?? null)))
      return refused('chain');
    if (!group.mayWrite(row.authHeads, row.device, row.addedBy)) return refused('not-editor');
    return content(row);
  };

  const content = (row: ChangeRow): Verdict => {
    const kind = crdtOf(row);
    const crdt = kind === null ? null : deps.crdt(kind);
    if (crdt === null) return refused('unknown-crdt');
    switch (structureOf(row)) {
      case 'held':
        return HELD;
      case 'malformed':
        return refused('bad-payload');
      case 'over-limit':
        return VOID;
      case 'sound':
        break;
    }
    if (
      !row.claims.every(
        (claim) => claimHolds(deps.hashing, row.addedBy, document, claim) && clocks.claimedBefore(claim.clientId, row) === null,
      )
    )
      return refused('bad-claim');
    const own = new Set(row.claims.map((claim) => claim.clientId));
    const closure: Closure = {
      clockEnd: (clientId) => clocks.endIn(row, clientId),
      owned: (clientId) => own.has(clientId) || clocks.claimedBefore(clientId, row) === 'own',
    };
    const admitted = crdt.admit(row, closure);
    return admitted.ok ? APPLIED : refused(admitted.error);
  };

  const waitFor = (row: ChangeRow): void => {
    for (const need of row.previous === null ? row.dependencies : [row.previous, ...row.dependencies]) {
      const verdict = from?.holds(need) === true ? COVERED : base.get(need);
      if (verdict !== undefined && verdict.state !== 'waiting' && verdict.state !== 'held') continue;
      const set = waiters.get(need) ?? new Set();
      waiters.set(need, set.add(row.id));
    }
  };

  /** Judges a row and then, breadth first, everything that waited for it. */
  const settle = (first: ChangeRow): readonly ChangeRow[] => {
    const judged: ChangeRow[] = [];
    const queue = [first];
    for (let row = queue.shift(); row !== undefined; row = queue.shift()) {
      const before = base.get(row.id);
      const verdict = judge(row);
      base.set(row.id, verdict);
      if (verdict.state === 'waiting') {
        waitFor(row);
        continue;
      }
      judged.push(row);
      if (verdict.state === 'held' || (before !== undefined && before.state !== 'waiting' && before.state !== 'held')) continue;
      if (verdict.state === 'applied' || verdict.state === 'void') {
        order.push(row);
        clocks.add(row, verdict.state === 'applied');
        covers.named(row);
        baseTips.set(row.addedBy, replaceTip(baseTips.get(row.addedBy) ?? [], row));
      }
      for (const id of waiters.get(row.id) ?? []) queue.push(rows.get(id) as ChangeRow);
      waiters.delete(row.id);
    }
    settled = null;
    return judged;
  };

  const adopted = (): Adopted => (settled ??= (deps.adoption ?? adopt)(order, base, group, clocks.losers));
  const isPlain = (): boolean => !contested && !clocks.conflicted();
  const final = (): ReadonlyMap<ChangeId, Verdict> => (isPlain() ? base : adopted().verdicts);

  /** C8: somebody goes on from the last accepted change, so that one at the same seq which knew more of removals, or builds on the other, is no copy's. */
  const isCopied = (row: ChangeRow): boolean =>
    order.some((other) => {
      if (other.id === row.id || other.addedBy !== row.addedBy || other.seq !== row.seq) return false;
      if (clocks.covers(row.id, other.id) || clocks.covers(other.id, row.id)) return false;
      const knows = (one: ChangeRow, by: LinkId): boolean => group.includes(one.authHeads, by);
      return !group.removals(row.addedBy).some(({ by }) => knows(row, by) !== knows(other, by));
    });

  return {
    document,
    add(row) {
      const known = rows.get(row.id);
      if (known !== undefined && !(structureOf(known) === 'held' && structureOf(row) !== 'held')) return [];
      rows.set(row.id, row);
      if (!chains.has(row.addedBy)) {
        chains.add(row.addedBy);
        contested ||= group.removals(row.addedBy).length > 0;
      }
      return settle(row);
    },
    regroup(next) {
      group = next;
      settled = null;
      contested = [...chains].some((chain) => group.removals(chain).length > 0);
      const judged: ChangeRow[] = [];
      for (const row of rows.values()) {
        const verdict = base.get(row.id);
        if (verdict?.state === 'waiting' && verdict.reason === 'membership') judged.push(...settle(row));
      }
      return judged;
    },
    contested: () => contested || clocks.conflicted(),
    row: (id) => rows.get(id) ?? covers.row(id),
    base: from,
    isPast: (row) => from?.holds(row.id) !== true && covers.isPast(row),
    unnamed: (own, tip) => covers.unnamed(own, tip),
    rows: () => [...rows.values()],
    verdict: (id) => final().get(id) ?? base.get(id) ?? null,
    applied: () => (isPlain() ? order : adopted().order).filter((row) => final().get(row.id)?.state === 'applied'),
    sound: () => order,
    tips() {
      if (isPlain()) return baseTips;
      const tips = covers.tips();
      for (const row of order)
        if (final().get(row.id)?.state !== 'quarantined') tips.set(row.addedBy, replaceTip(tips.get(row.addedBy) ?? [], row));
      return tips;
    },
    covers: (of, id) => clocks.covers(of, id),
    owner: (clientId) => clocks.owner(clientId),
    claimed: (clientId, next) => clocks.claimedBefore(clientId, next) === 'own',
    clockEnd: (clientId) => clocks.end(clientId),
    wouldBe: judge,
    beyond(parents, reads) {
      const found = new Set<ChangeId>();
      for (const { clientId, clockEnd } of reads) {
        if (clocks.endIn(parents, clientId) >= clockEnd) continue;
        const writer = clocks.writer(clientId, clockEnd);
        if (writer === null) return null;
        found.add(writer.id);
      }
      return [...found];
    },
    quarantinedUnder(changes) {
      const under = (row: ChangeRow): boolean => changes.some((change) => change === row.id || clocks.covers(change, row.id));
      return changes.length === 0 ? [] : order.filter((row) => final().get(row.id)?.state === 'quarantined' && under(row));
    },
    forks: () => clocks.forks().filter(({ addedBy }) => [...rows.values()].some((row) => row.addedBy === addedBy && isCopied(row))),
    missing: () => [...waiters.keys()].filter((id) => !rows.has(id)),
  };
}

function continues(row: ChangeRow, previous: ChangeRow | null): boolean {
  if (previous === null) return row.seq === 1;
  return previous.addedBy === row.addedBy && previous.device === row.device && previous.seq === row.seq - 1 && previous.crdt === row.crdt;
}

function replaceTip(tips: readonly ChangeId[], row: ChangeRow): readonly ChangeId[] {
  return [...tips.filter((tip) => tip !== row.previous), row.id];
}
