/** Causal clocks of one document: which changes a change's closure holds, and where each client id's clock ends in it. */
import type { ChangeId, LinkId } from '@leanvibe/protocol/ids';
import type { ChangeRow } from './row.js';

interface Node {
  readonly row: ChangeRow;
  readonly previous: Node | null;
  /** Per chain, the tips of the closure, this change included. One tip a chain unless that chain forked. */
  readonly tips: ReadonlyMap<LinkId, readonly Node[]>;
}

export interface Clocks {
  /** Adds a judged row whose closure was added before. `counts` is false for a void one: it writes nothing. */
  add(row: ChangeRow, counts: boolean): void;
  /** Where a client id's clock ends in the closure of a row not yet added. */
  endIn(row: ChangeRow, clientId: number): number;
  /** Where a client id's clock ends in everything added. */
  end(clientId: number): number;
  /** The chain a client id belongs to. */
  owner(clientId: number): LinkId | null;
  /** May this row's chain claim the id: nobody's so far, or its own by the same claim on another branch. */
  claimable(clientId: number, row: ChangeRow): boolean;
  covers(of: ChangeId, id: ChangeId): boolean;
  forks(): readonly { readonly addedBy: LinkId; readonly seq: number }[];
}

interface Step {
  readonly node: Node;
  readonly end: number;
}

export function createClocks(): Clocks {
  const nodes = new Map<ChangeId, Node>();
  const owners = new Map<number, LinkId>();
  const steps = new Map<number, Step[]>();
  const heads = new Map<string, ChangeId>();
  const forked = new Map<LinkId, number>();

  const parents = (row: ChangeRow): readonly Node[] =>
    (row.previous === null ? row.dependencies : [row.previous, ...row.dependencies]).map((id) => nodes.get(id) as Node).filter((node) => node !== undefined);

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
      const node: Node = { row, previous, tips };
      const others = (tips.get(row.addedBy) ?? []).filter((tip) => tip !== previous);
      tips.set(row.addedBy, [...others, node]);
      nodes.set(row.id, node);
      const place = `${row.addedBy}/${row.seq}`;
      if (heads.has(place)) forked.set(row.addedBy, Math.min(row.seq, forked.get(row.addedBy) ?? row.seq));
      else heads.set(place, row.id);
      if (!counts) return;
      for (const claim of row.claims) if (!owners.has(claim.clientId)) owners.set(claim.clientId, row.addedBy);
      for (const span of row.writes) {
        const list = steps.get(span.clientId) ?? [];
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
    end: (clientId) => (steps.get(clientId) ?? []).reduce((end, step) => Math.max(end, step.end), 0),
    owner: (clientId) => owners.get(clientId) ?? null,
    claimable(clientId, row) {
      const owner = owners.get(clientId);
      return owner === undefined || (owner === row.addedBy && forked.has(row.addedBy)) || (owner === row.addedBy && heads.has(`${row.addedBy}/${row.seq}`));
    },
    covers(of, id) {
      const node = nodes.get(id);
      const tip = nodes.get(of);
      return node !== undefined && tip !== undefined && holds(tip.tips.get(node.row.addedBy), node);
    },
    forks: () => [...forked].map(([addedBy, seq]) => ({ addedBy, seq })),
  };
}
