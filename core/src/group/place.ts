/** Places: where each link stands in its author's line, and what lies before it (C3). */
import type { DeviceId, LinkId } from '@leanvibe/protocol/ids';
import { DEVICE_KINDS } from '@leanvibe/protocol/link';
import { type Clock, countOf, EMPTY_CLOCK, unionOf, withCount } from './clock.js';
import { createForks, type Forks } from './forks.js';
import type { Link } from './link.js';
import { addedCards } from './cards.js';
import { holds, type Node, operationOf, reachOf } from './node.js';

export interface Places {
  readonly nodes: readonly Node[];
  readonly lines: readonly (readonly number[])[];
  readonly forks: Forks;
  byId(id: LinkId): Node | null;
  linesOf(device: DeviceId): readonly number[];
  heads(): readonly LinkId[];
  all(): Clock;
  closure(heads: readonly LinkId[]): Clock | null;
  /** Takes in a link whose parents are all here; false when its index does not follow its author's last one before it. */
  take(link: Link): boolean;
}

export function createPlaces(): Places {
  const nodes: Node[] = [];
  const rows: Rows = { nodes, lines: [], linesOf: new Map() };
  const papers = createPapers();
  const byId = new Map<LinkId, Node>();
  const headIds = new Set<LinkId>();
  const forks = createForks(nodes);
  let everything: Clock = EMPTY_CLOCK;

  const closure = (heads: readonly LinkId[]): Clock | null => {
    const found: Node[] = [];
    for (const head of heads) {
      const node = byId.get(head);
      if (node === undefined) return null;
      found.push(node);
    }
    return found.length === 0 ? EMPTY_CLOCK : unionOf(found.map(reachOf));
  };

  return {
    nodes,
    lines: rows.lines,
    forks,
    byId: (id) => byId.get(id) ?? null,
    linesOf: (device) => rows.linesOf.get(device) ?? [],
    heads: () => [...headIds].sort(),
    all: () => everything,
    closure,
    take(link) {
      const before = closure(link.body.parents) ?? EMPTY_CLOCK;
      const previous = previousOf(rows, link, before);
      if (previous === null) return false;
      const line = lineAfter(rows, link.body.author, previous.last);
      const row = rows.lines[line] as number[];
      const parents = link.body.parents.map((id) => byId.get(id) as Node);
      const onPaper = papers.isPaper(link.body.author, before);
      const node: Node = {
        link,
        ordinal: nodes.length,
        line,
        position: row.length,
        depth: parents.reduce((deepest, parent) => Math.max(deepest, parent.depth + 1), 0),
        before,
        parents: parents.map((one) => one.ordinal),
        forked: previous.forked && !onPaper,
      };
      nodes.push(node);
      row.push(node.ordinal);
      byId.set(link.id, node);
      papers.note(node);
      if (!onPaper) forks.note(node);
      for (const parent of link.body.parents) headIds.delete(parent);
      headIds.add(link.id);
      everything = withCount(everything, line, node.position + 1);
      return true;
    },
  };
}

const PAPER = DEVICE_KINDS.indexOf('paper');

interface Papers {
  note(node: Node): void;
  /** Whether the links before one of this device's add it as paper, and never as anything else. */
  isPaper(device: DeviceId, before: Clock): boolean;
}

/** A backup may be restored, and words typed, in two places that know nothing of each other: two lines of a paper device convict nobody (G22). */
function createPapers(): Papers {
  const added = new Map<DeviceId, { readonly node: Node; readonly paper: boolean }[]>();
  const papers = new Set<DeviceId>();
  return {
    note(node) {
      for (const { device, kind } of addedCards(operationOf(node))) {
        const known = added.get(device);
        if (known === undefined) added.set(device, [{ node, paper: kind === PAPER }]);
        else known.push({ node, paper: kind === PAPER });
        if (kind === PAPER) papers.add(device);
      }
    },
    isPaper(device, before) {
      if (!papers.has(device)) return false;
      const known = added.get(device)?.filter(({ node }) => holds(before, node)) ?? [];
      return known.length > 0 && known.every(({ paper }) => paper);
    },
  };
}

interface Rows {
  readonly nodes: readonly Node[];
  readonly lines: number[][];
  readonly linesOf: Map<DeviceId, number[]>;
}

/** The author's last link before this one, if any; null when the index does not follow it. */
function previousOf(rows: Rows, link: Link, before: Clock): { readonly last: Node | undefined; readonly forked: boolean } | null {
  let last: Node | undefined;
  let held = 0;
  for (const line of rows.linesOf.get(link.body.author) ?? []) {
    const count = countOf(before, line);
    held += count;
    const tip = count === 0 ? undefined : rows.nodes[(rows.lines[line] as number[])[count - 1] as number];
    if (tip !== undefined && (last === undefined || tip.link.body.index > last.link.body.index)) last = tip;
  }
  const next = last === undefined ? 0 : last.link.body.index + 1;
  // One link for each index, or it forked.
  return link.body.index === next ? { last, forked: held > next } : null;
}

function lineAfter({ lines, linesOf }: Rows, author: DeviceId, previous: Node | undefined): number {
  if (previous !== undefined && lines[previous.line]?.length === previous.position + 1) return previous.line;
  const fresh = lines.push([]) - 1;
  const known = linesOf.get(author);
  if (known === undefined) linesOf.set(author, [fresh]);
  else known.push(fresh);
  return fresh;
}
