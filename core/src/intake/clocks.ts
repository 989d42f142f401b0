/** Causal clocks of one document: which changes a change's closure holds, and where each client id's clock ends in it. */
import type { ChangeId, LinkId } from '@leanvibe/protocol/ids';
import { type Base, coveredRow } from './base.js';
import type { ChangeRow } from './row.js';

interface Node {
  readonly row: ChangeRow;
  readonly previous: Node | null;
  /** Per chain, the tips of the closure, this change included. One tip a chain unless that chain forked. */
  readonly tips: ReadonlyMap<LinkId, readonly Node[]>;
  /** It stands for a chain's covered changes; whatever stands on one of them stands on all that is covered. */
  readonly isBase: boolean;
}

/** What a change stands on. */
export type Parents = Pick<ChangeRow, 'previous' | 'dependencies'>;

export interface Clocks {
  /** Adds a judged row whose closure was added before. `counts` is false for a void one: it writes nothing. */
  add(row: ChangeRow, counts: boolean): void;
  /** Where a client id's clock ends in the closure of a row not yet added. */
  endIn(row: Parents, clientId: number): number;
  /** The row that wrote a client id's clock below `clockEnd`; of several the one that goes furthest. */
  writer(clientId: number, clockEnd: number): ChangeRow | null;
  /** Where a client id's clock ends in everything added. */
  end(clientId: number): number;
  /** The chain that claimed a client id first here; another may have claimed it at the same time. */
  owner(clientId: number): LinkId | null;
  /** Was the id claimed in the closure of a row not yet added: by its own chain, by another, or not at all? */
  claimedBefore(clientId: number, row: Pick<ChangeRow, 'previous' | 'dependencies' | 'addedBy'>): 'own' | 'other' | null;
  /**
   * Rows that lost a client id to another branch or chain that wrote the same clocks (C21), each with the rows that stay in its place.
   * Only what `stands` takes part: what nobody applies can take no other's place.
   */
  losers(stands: (row: ChangeRow) => boolean): ReadonlyMap<ChangeId, readonly ChangeRow[]>;
  /** True when some client id was written twice. */
  conflicted(): boolean;
  covers(of: ChangeId, id: ChangeId): boolean;
  forks(): readonly { readonly addedBy: LinkId; readonly seq: number }[];
}

interface Step {
  readonly node: Node;
  readonly end: number;
}

/** One node for each covered chain, all with the same closure: everything covered. */
function baseNodes(base: Base): readonly Node[] {
  const tips = new Map<LinkId, readonly Node[]>();
  const all = base.covers.map((cover): Node => ({ row: coveredRow(base, cover), previous: null, tips, isBase: true }));
  for (const node of all) tips.set(node.row.addedBy, [...(tips.get(node.row.addedBy) ?? []), node]);
  return all;
}

/** The branch whose clock ends highest stays, then the one of the lowest id. */
const isAhead = (one: Step, other: Step): boolean => one.end > other.end || (one.end === other.end && one.node.row.id < other.node.row.id);

function overlap(one: ChangeRow, other: ChangeRow, clientId: number): boolean {
  const spans = (row: ChangeRow): ChangeRow['writes'] => row.writes.filter((span) => span.clientId === clientId);
  return spans(one).some((a) => spans(other).some((b) => a.clockStart < b.clockEnd && b.clockStart < a.clockEnd));
}

export function createClocks(base: Base | null = null): Clocks {
  const nodes = new Map<ChangeId, Node>();
  const claims = new Map<number, Node[]>();
  const conflicts = new Set<number>();
  const steps = new Map<number, Step[]>();
  const heads = new Map<string, ChangeId>();
  const forked = new Map<LinkId, number>();
  const covered = base === null ? [] : baseNodes(base);
  for (const node of covered) {
    nodes.set(node.row.id, node);
    heads.set(`${node.row.addedBy}/${node.row.seq}`, node.row.id);
  }
  for (const { clientId, addedBy, device, clock } of base?.clients ?? []) {
    const node = covered.find(({ row }) => row.addedBy === addedBy && row.device === device) as Node;
    claims.set(clientId, [node]);
    if (clock > 0) steps.set(clientId, [{ node, end: clock }]);
  }

  const nodeOf = (id: ChangeId): Node | undefined => nodes.get(id) ?? (base?.holds(id) === true ? covered[0] : undefined);
  const parents = (row: Parents): readonly Node[] =>
    (row.previous === null ? row.dependencies : [row.previous, ...row.dependencies]).map(nodeOf).filter((node) => node !== undefined);

  /** Walking back along one chain; only forked chains need it. */
  const onPath = (tip: Node, node: Node): boolean => {
    let at: Node | null = tip;
    while (at !== null && at.row.seq > node.row.seq) at = at.previous;
    return at === node;
  };
  const holds = (tips: readonly Node[] | undefined, node: Node): boolean => {
    if (tips === undefined) return false;
    const forkSeq = forked.get(node.row.addedBy);
    if (forkSeq === undefined || node.row.seq < forkSeq) return tips.some((tip) => tip.row.seq >= node.row.seq);
    return tips.some((tip) => onPath(tip, node));
  };
  const merge = (all: readonly Node[]): Map<LinkId, readonly Node[]> => {
    const tips = new Map<LinkId, readonly Node[]>(all[0]?.tips ?? []);
    for (const node of all.slice(1)) {
      if (holds(tips.get(node.row.addedBy), node)) continue;
      for (const [chain, theirs] of node.tips) tips.set(chain, joinTips(tips.get(chain) ?? [], theirs));
    }
    return tips;
  };
  const joinTips = (ours: readonly Node[], theirs: readonly Node[]): readonly Node[] => {
    const all = [...new Set([...ours, ...theirs])];
    return all.filter((node) => !all.some((other) => other !== node && other.row.seq > node.row.seq && holds([other], node)));
  };

  return {
    add(row, counts) {
      const before = parents(row);
      const tips = merge(before);
      const previous = row.previous === null ? null : (nodes.get(row.previous) ?? null);
      const node: Node = { row, previous, tips, isBase: false };
      const others = (tips.get(row.addedBy) ?? []).filter((tip) => tip !== previous);
      tips.set(row.addedBy, [...others, node]);
      nodes.set(row.id, node);
      const place = `${row.addedBy}/${row.seq}`;
      if (heads.has(place)) forked.set(row.addedBy, Math.min(row.seq, forked.get(row.addedBy) ?? row.seq));
      else heads.set(place, row.id);
      if (!counts) return;
      for (const claim of row.claims) claims.set(claim.clientId, [...(claims.get(claim.clientId) ?? []), node]);
      for (const span of row.writes) {
        const list = steps.get(span.clientId) ?? [];
        // On one path spans follow each other without a gap; an overlap is a second path.
        if (list.some((step) => step.end > span.clockStart)) conflicts.add(span.clientId);
        list.push({ node, end: span.clockEnd });
        steps.set(span.clientId, list);
      }
    },
    endIn(row, clientId) {
      const list = steps.get(clientId);
      if (list === undefined) return 0;
      const before = parents(row);
      let end = 0;
      for (let at = list.length - 1; at >= 0; at--) {
        const step = list[at] as Step;
        if (step.end <= end || !before.some((node) => holds(node.tips.get(step.node.row.addedBy), step.node))) continue;
        if (!forked.has(step.node.row.addedBy)) return step.end;
        end = step.end;
      }
      return end;
    },
    writer(clientId, clockEnd) {
      const here = (steps.get(clientId) ?? []).filter(({ node, end }) =>
        node.row.writes.some((span) => span.clientId === clientId && span.clockStart < clockEnd && end >= clockEnd),
      );
      return here.reduce<Step | null>((best, step) => (best === null || step.end > best.end ? step : best), null)?.node.row ?? null;
    },
    end: (clientId) => (steps.get(clientId) ?? []).reduce((end, step) => Math.max(end, step.end), 0),
    owner: (clientId) => claims.get(clientId)?.[0]?.row.addedBy ?? null,
    claimedBefore(clientId, row) {
      const before = parents(row);
      const known = (claims.get(clientId) ?? []).filter((claim) => before.some((node) => holds(node.tips.get(claim.row.addedBy), claim)));
      if (known.length === 0) return null;
      return known.some((claim) => claim.row.addedBy === row.addedBy) ? 'own' : 'other';
    },
    conflicted: () => conflicts.size > 0,
    losers(stands) {
      const lost = new Map<ChangeId, ChangeRow[]>();
      for (const clientId of conflicts) {
        const list = (steps.get(clientId) ?? []).filter((step) => step.node.isBase || stands(step.node.row));
        // What is covered stays: only what goes on from there can win.
        const root = list.find((step) => step.node.isBase);
        const able = root === undefined ? list : list.filter((step) => step === root || onPath(step.node, root.node));
        const winner = able.reduce<Step | null>((best, step) => (best === null || isAhead(step, best) ? step : best), null);
        if (winner === null) continue;
        const stays = ({ node }: Step): boolean => node.row.addedBy === winner.node.row.addedBy && onPath(winner.node, node);
        const kept = list.filter((step) => stays(step) && !step.node.isBase);
        for (const step of list)
          if (!stays(step)) {
            const places = kept.filter((one) => overlap(one.node.row, step.node.row, clientId)).map((one) => one.node.row);
            lost.set(step.node.row.id, [...(lost.get(step.node.row.id) ?? []), ...places]);
          }
      }
      return lost;
    },
    covers(of, id) {
      const node = nodeOf(id);
      const tip = nodeOf(of);
      return node !== undefined && tip !== undefined && holds(tip.tips.get(node.row.addedBy), node);
    },
    forks: () => [...forked].map(([addedBy, seq]) => ({ addedBy, seq })),
  };
}
