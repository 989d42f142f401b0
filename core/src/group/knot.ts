/** Knots: links that wait for each other, as when two owners remove each other. Settled alike whatever the order of arrival (G16, G17). */
import { demotes, opinionOf } from './authority.js';
import { walkComponents } from './components.js';
import { acquit, condemnIfHopeless, decide } from './decide.js';
import { type Court, UNDECIDED, verdictOf } from './judgement.js';
import { allNeeds } from './needs.js';
import { type Node, operationOf } from './node.js';
import { OWNER } from './rank.js';

interface Waits {
  readonly firm: readonly Node[];
  readonly witnesses: readonly Node[];
}

/** Decides every link of the knot; all they wait for outside it is decided. */
export function settleKnot(court: Court, knot: readonly Node[]): void {
  let open: readonly Node[] = [...knot].sort((a, b) => a.ordinal - b.ordinal);
  while (open.length > 0) {
    if (!sweep(court, open)) breakKnots(court, open);
    open = open.filter((node) => verdictOf(court, node) === UNDECIDED);
  }
}

/** Decides what can be decided without breaking anything; more knowledge only ever lets it decide more, so the order is free. */
function sweep(court: Court, open: readonly Node[]): boolean {
  let moved = false;
  for (const node of open) {
    if (condemnIfHopeless(court, node)) {
      moved = true;
      continue;
    }
    const waits = allNeeds(court, node);
    if (waits.firm.length > 0 || waits.witnesses.length > 0) continue;
    decide(court, node);
    moved = true;
  }
  return moved;
}

/** Finds the knots that wait for nothing else and cuts each: first the claims to be saved that rest on themselves, then the mutual removals. */
function breakKnots(court: Court, open: readonly Node[]): void {
  const waits = new Map(open.map((node) => [node, allNeeds(court, node)] as const));
  const full = (node: Node): readonly Node[] => [...waitsOf(waits, node).firm, ...waitsOf(waits, node).witnesses];
  const cuts: Node[][] = [];
  for (const knot of innermost(open, full)) {
    const members = new Set(knot);
    const firm = (node: Node): readonly Node[] => waitsOf(waits, node).firm.filter((one) => members.has(one));
    cuts.push(...innermost(knot, firm));
  }
  // Each cut looks only at its own members, so all of them are chosen before any is made.
  const chosen = cuts.map((cut) => (cut.length === 1 ? { alone: cut[0] as Node } : { mutual: strongest(court, cut) }));
  for (const cut of chosen) {
    if ('alone' in cut) decide(court, cut.alone);
    else for (const { node, rank } of cut.mutual) acquit(court, node, rank);
    if ('mutual' in cut) for (const { node } of cut.mutual) court.contested.push(node.ordinal);
  }
}

function waitsOf(waits: ReadonlyMap<Node, Waits>, node: Node): Waits {
  return waits.get(node) ?? { firm: [], witnesses: [] };
}

/** The components that wait for no other of these nodes. */
function innermost(nodes: readonly Node[], needs: (node: Node) => readonly Node[]): Node[][] {
  const home = new Map<Node, number>();
  const found: Node[][] = [];
  walkComponents(nodes, {
    needsOf: (node) => needs(node)[Symbol.iterator](),
    isDone: (node) => home.has(node),
    onComponent(component) {
      for (const node of component) home.set(node, found.length);
      found.push([...component]);
    },
  });
  return found.filter((component, at) => component.every((node) => needs(node).every((one) => home.get(one) === at)));
}

/** The removals and demotions of the highest rank in the knot. Each stands: this is how two owners remove each other. */
function strongest(court: Court, knot: readonly Node[]): { readonly node: Node; readonly rank: number }[] {
  const removals = knot
    .filter((node) => ['remove-device', 'remove-person', 'succeed'].includes(operationOf(node).type) || demotes(court, node))
    .map((node) => ({ node, rank: opinionOf(court, node, 'high', OWNER).rank }));
  if (removals.length === 0) throw new Error('impossible: a knot of links without a removal');
  const rank = Math.max(...removals.map((one) => one.rank));
  return removals.filter((one) => one.rank === rank);
}
