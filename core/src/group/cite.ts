/** Cite: which links a new link or change names as what its author knew (C3, C6, G21). */
import type { DeviceId, LinkId } from '@leanvibe/protocol/ids';
import { PARENTS_MAX } from '@leanvibe/protocol/limits';
import type { Graph } from './graph.js';
import { holds, isBefore, type Node } from './node.js';
import type { Clock } from './clock.js';

/**
 * The newest links worth knowing: valid ones, and those that prove a fork. A void link is passed over for its parents,
 * so that a removed device cannot crowd honest links out of the list. A link's author names its own last one all the same, void or
 * not: without it the next would not follow in its line, and be refused. At most 16, lowest ids first, ascending.
 */
export function citedFrom(
  graph: Graph,
  set: Clock,
  heads: readonly LinkId[],
  isValid: (node: Node) => boolean,
  author: DeviceId | null,
): readonly LinkId[] {
  const isOwn = (node: Node): boolean => node.link.body.author === author;
  const evidence = new Set(graph.forks.proofs(set).flatMap((proof) => proof.links));
  const wanted: Node[] = [];
  const seen = new Set<number>();
  const queue = heads.map((head) => graph.node(head)).filter((node) => node !== null);
  for (let node = queue.pop(); node !== undefined; node = queue.pop()) {
    if (seen.has(node.ordinal) || !holds(set, node)) continue;
    seen.add(node.ordinal);
    if (isValid(node) || isOwn(node) || evidence.has(node.link.id)) wanted.push(node);
    else for (const parent of node.parents) queue.push(graph.nodes[parent] as Node);
  }
  const newest = wanted
    .filter((node) => !wanted.some((other) => isBefore(node, other)))
    .sort((a, b) => Number(isOwn(b)) - Number(isOwn(a)) || (a.link.id < b.link.id ? -1 : 1));
  return newest
    .slice(0, PARENTS_MAX)
    .map((node) => node.link.id)
    .sort();
}
