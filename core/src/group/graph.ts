/** The graph: a space's links, added in any order, with what lies before each of them. It judges form and place, never authority (C3). */
import type { DeviceId, LinkId, SpaceId } from '@leanvibe/protocol/ids';
import { type Clock, EMPTY_CLOCK } from './clock.js';
import type { ForkProof, Forks } from './forks.js';
import { type Link, wellFormed } from './link.js';
import { holds, isBefore, type Node } from './node.js';
import { createPlaces, type Places } from './place.js';
import { createWaiting, type Waiting } from './waiting.js';

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
  /** One whose parents have not come yet: nothing follows from it but what its bytes say. */
  waits(id: LinkId): Link | null;
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
  const places = createPlaces();
  const { nodes, lines, forks, linesOf, closure } = places;
  const waiting = createWaiting();
  const node = places.byId;

  return {
    space,
    nodes,
    lines,
    forks,
    linesOf,
    nextIndex: (device) =>
      linesOf(device).reduce((next, line) => {
        const row = lines[line] as readonly number[];
        return Math.max(next, (nodes[row[row.length - 1] as number] as Node).link.body.index + 1);
      }, 0),
    add: (link) => addLink({ space, places, waiting }, link),
    get: (id) => node(id)?.link ?? null,
    waits: waiting.get,
    node,
    heads: places.heads,
    closure,
    all: places.all,
    includes(heads, link) {
      const wanted = node(link);
      return wanted !== null && heads.some((head) => head === link || holds(node(head)?.before ?? EMPTY_CLOCK, wanted));
    },
    isAncestor(earlier, later) {
      const a = node(earlier);
      const b = node(later);
      return a !== null && b !== null && isBefore(a, b);
    },
    forkProofs: () => forks.proofs(places.all()),
    missing: () => waiting.missing().filter((id) => node(id) === null),
    order: () => [...nodes].sort((a, b) => a.depth - b.depth || (a.link.id < b.link.id ? -1 : 1)).map((one) => one.link.id),
  };
}

interface Door {
  readonly space: SpaceId;
  readonly places: Places;
  readonly waiting: Waiting;
}

function addLink(door: Door, link: Link): Added {
  const { places, waiting } = door;
  if (places.byId(link.id) !== null || waiting.has(link.id)) return { state: 'known' };
  const failure = unfit(door, link);
  if (failure === null) {
    const missing = link.body.parents.filter((parent) => places.byId(parent) === null);
    if (missing.length > 0) return waiting.keep(link, missing) ? { state: 'waiting', missing } : { state: 'full' };
  }
  const reason = failure ?? (places.take(link) ? null : 'index');
  if (reason === null) return { state: 'added', ...release(door, link.id) };
  waiting.refuse(link.id);
  for (const orphan of waiting.orphans(link.id)) waiting.refuse(orphan);
  return { state: 'refused', reason };
}

function unfit({ space, waiting }: Door, link: Link): PlaceFailure | null {
  if (link.space !== space) return 'wrong-space';
  if (!wellFormed(link.body)) return 'form';
  return link.body.parents.some((parent) => waiting.wasRefused(parent)) ? 'parent' : null;
}

/** Lets in whatever waited for this link, and what waited for that. */
function release({ places, waiting }: Door, first: LinkId): { readonly links: readonly LinkId[]; readonly refused: readonly LinkId[] } {
  const links = [first];
  const refused: LinkId[] = [];
  const queue = [first];
  for (let parent = queue.shift(); parent !== undefined; parent = queue.shift()) {
    for (const freed of waiting.free(parent)) {
      queue.push(freed.id);
      // It passed the door when it came; only what it stands on and its place were open.
      if (freed.body.parents.every((one) => places.byId(one) !== null) && places.take(freed)) links.push(freed.id);
      else {
        waiting.refuse(freed.id);
        refused.push(freed.id);
      }
    }
  }
  return { links, refused };
}
