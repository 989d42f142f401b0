/** The graph: a space's links, added in any order, with what lies before each of them. It judges form and place, never authority (C3). */
import type { DeviceId, LinkId, SpaceId } from '@leanvibe/protocol/ids';
import { type Clock, countOf, EMPTY_CLOCK, mergeClocks, withCount } from './clock.js';
import { type ForkProof, type Forks, createForks } from './forks.js';
import { type Link, wellFormed } from './link.js';
import { holds, isBefore, type Node, upTo } from './node.js';
import { createWaiting } from './waiting.js';

/** `parent`: a link it cites was refused. `index`: not the next of its author's line as its own past has it. */
export type PlaceFailure = 'wrong-space' | 'form' | 'index' | 'parent';

export type Added =
  /** This link and, in order, those that waited for it. */
  | { readonly state: 'added'; readonly links: readonly LinkId[]; readonly refused: readonly LinkId[] }
  | { readonly state: 'known' }
  /** Parents are missing; it is kept and joins by itself. */
  | { readonly state: 'waiting'; readonly missing: readonly LinkId[] }
  /** Too many wait already: not kept, offer it again when others were added. Never a verdict. */
  | { readonly state: 'full' }
  | { readonly state: 'refused'; readonly reason: PlaceFailure };

export interface Graph {
  readonly space: SpaceId;
  /** Parents before children; grows only. */
  readonly nodes: readonly Node[];
  /** Per line, the ordinals of its links in order. */
  readonly lines: readonly (readonly number[])[];
  readonly forks: Forks;
  /** The device's lines; one while it is honest, none before its first link. */
  linesOf(device: DeviceId): readonly number[];
  /** The index of the device's next link: one above its highest here. */
  nextIndex(device: DeviceId): number;
  add(link: Link): Added;
  get(id: LinkId): Link | null;
  node(id: LinkId): Node | null;
  /** Links without children, ascending. */
  heads(): readonly LinkId[];
  /** The links at or before the heads; null when one of them is unknown. */
  closure(heads: readonly LinkId[]): Clock | null;
  /** Every link held. */
  all(): Clock;
  /** Whether the closure of the heads holds the link; false for unknown ids. */
  includes(heads: readonly LinkId[], link: LinkId): boolean;
  /** Strictly before; false for unknown ids. */
  isAncestor(earlier: LinkId, later: LinkId): boolean;
  forkProofs(): readonly ForkProof[];
  /** Parents that waiting links miss, ascending. */
  missing(): readonly LinkId[];
  /** Parents first, then by depth and id: the same list on every device that holds the same links. */
  order(): readonly LinkId[];
}

export function createGraph(space: SpaceId): Graph {
  const nodes: Node[] = [];
  const lines: number[][] = [];
  const linesOf = new Map<DeviceId, number[]>();
  const byId = new Map<LinkId, Node>();
  const headIds = new Set<LinkId>();
  const forks = createForks(nodes);
  const waiting = createWaiting();
  let everything: Clock = EMPTY_CLOCK;

  const node = (id: LinkId): Node | null => byId.get(id) ?? null;

  const pastOf = (link: Link): Clock => {
    let past: Clock = EMPTY_CLOCK;
    for (const parent of link.body.parents) past = mergeClocks(past, upTo(byId.get(parent) as Node));
    return past;
  };

  /** The author's last link before this one, if any; null when the index does not follow it. */
  const previousOf = (link: Link, past: Clock): { readonly last: Node | undefined; readonly forked: boolean } | null => {
    let last: Node | undefined;
    let held = 0;
    for (const line of linesOf.get(link.body.author) ?? []) {
      const count = countOf(past, line);
      held += count;
      const tip = count === 0 ? undefined : nodes[(lines[line] as number[])[count - 1] as number];
      if (tip !== undefined && (last === undefined || tip.link.body.index > last.link.body.index)) last = tip;
    }
    const next = last === undefined ? 0 : last.link.body.index + 1;
    // One link an index, or it forked.
    return link.body.index === next ? { last, forked: held > next } : null;
  };

  const lineAfter = (author: DeviceId, previous: Node | undefined): number => {
    const own = previous === undefined ? undefined : lines[previous.line];
    if (previous !== undefined && own?.length === previous.position + 1) return previous.line;
    lines.push([]);
    const fresh = lines.length - 1;
    const known = linesOf.get(author);
    if (known === undefined) linesOf.set(author, [fresh]);
    else known.push(fresh);
    return fresh;
  };

  const place = (link: Link): PlaceFailure | null => {
    const past = pastOf(link);
    const previous = previousOf(link, past);
    if (previous === null) return 'index';
    const line = lineAfter(link.body.author, previous.last);
    const row = lines[line] as number[];
    const parents = link.body.parents.map((id) => byId.get(id) as Node);
    const depth = parents.reduce((deepest, parent) => Math.max(deepest, parent.depth + 1), 0);
    const placed: Node = {
      link,
      ordinal: nodes.length,
      line,
      position: row.length,
      depth,
      before: past,
      parents: parents.map((one) => one.ordinal),
      forked: previous.forked,
    };
    nodes.push(placed);
    row.push(placed.ordinal);
    byId.set(link.id, placed);
    forks.note(placed);
    for (const parent of link.body.parents) headIds.delete(parent);
    headIds.add(link.id);
    everything = withCount(everything, line, placed.position + 1);
    return null;
  };

  const unfit = (link: Link): PlaceFailure | null => {
    if (link.space !== space) return 'wrong-space';
    if (!wellFormed(link.body)) return 'form';
    return link.body.parents.some((parent) => waiting.wasRefused(parent)) ? 'parent' : null;
  };

  const release = (first: LinkId): { links: LinkId[]; refused: LinkId[] } => {
    const links = [first];
    const refused: LinkId[] = [];
    for (const queue = [first]; queue.length > 0; ) {
      for (const freed of waiting.free(queue.shift() as LinkId)) {
        const failure = freed.body.parents.every((parent) => byId.has(parent)) ? (unfit(freed) ?? place(freed)) : 'parent';
        if (failure === null) links.push(freed.id);
        else {
          waiting.refuse(freed.id);
          refused.push(freed.id);
        }
        queue.push(freed.id);
      }
    }
    return { links, refused };
  };

  const closure = (heads: readonly LinkId[]): Clock | null => {
    let set: Clock = EMPTY_CLOCK;
    for (const head of heads) {
      const found = byId.get(head);
      if (found === undefined) return null;
      set = mergeClocks(set, upTo(found));
    }
    return set;
  };

  return {
    space,
    nodes,
    lines,
    forks,
    linesOf: (device) => linesOf.get(device) ?? [],
    nextIndex: (device) =>
      (linesOf.get(device) ?? []).reduce((next, line) => {
        const row = lines[line] as readonly number[];
        return Math.max(next, (nodes[row[row.length - 1] as number] as Node).link.body.index + 1);
      }, 0),
    add(link) {
      if (byId.has(link.id) || waiting.has(link.id)) return { state: 'known' };
      const failure = unfit(link);
      if (failure === null) {
        const missing = link.body.parents.filter((parent) => !byId.has(parent));
        if (missing.length > 0) return waiting.keep(link, missing) ? { state: 'waiting', missing } : { state: 'full' };
      }
      const reason = failure ?? place(link);
      if (reason === null) return { state: 'added', ...release(link.id) };
      waiting.refuse(link.id);
      for (const orphan of waiting.orphans(link.id)) waiting.refuse(orphan);
      return { state: 'refused', reason };
    },
    get: (id) => byId.get(id)?.link ?? null,
    node,
    heads: () => [...headIds].sort(),
    closure,
    all: () => everything,
    includes(heads, link) {
      const wanted = byId.get(link);
      return wanted !== undefined && heads.some((head) => head === link || holds(byId.get(head)?.before ?? EMPTY_CLOCK, wanted));
    },
    isAncestor(earlier, later) {
      const a = byId.get(earlier);
      const b = byId.get(later);
      return a !== undefined && b !== undefined && isBefore(a, b);
    },
    forkProofs: () => forks.proofs(everything),
    missing: () => waiting.missing().filter((id) => !byId.has(id)),
    order: () => [...nodes].sort((a, b) => a.depth - b.depth || (a.link.id < b.link.id ? -1 : 1)).map((one) => one.link.id),
  };
}
