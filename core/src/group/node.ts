/** A link's place in the graph. Ordinals and lines are numbers of this process; nothing that depends on them leaves the room. */
import type { Operation } from '@leanvibe/protocol/link';
import { type Clock, countOf, type Reach } from './clock.js';
import type { Link } from './link.js';

/** A line is links of one device, each an ancestor of the next. An honest device has one; every fork adds one. */
export interface Node {
  readonly link: Link;
  /** Its place in `nodes`: parents come before children. */
  readonly ordinal: number;
  readonly line: number;
  /** Its place in its line. */
  readonly position: number;
  /** The longest way from the genesis; the same on every device. */
  readonly depth: number;
  /** The links before it. */
  readonly before: Clock;
  readonly parents: readonly number[];
  /** What lies before it proves that its author forked. */
  readonly forked: boolean;
}

export function holds(set: Clock, node: Node): boolean {
  return countOf(set, node.line) > node.position;
}

/** True when `earlier` is causally before `later`. */
export function isBefore(earlier: Node, later: Node): boolean {
  return earlier !== later && holds(later.before, earlier);
}

/** The links before a link, and itself. */
export function reachOf(node: Node): Reach {
  return { before: node.before, line: node.line, count: node.position + 1 };
}

export function operationOf(node: Node): Operation {
  return node.link.body.operation;
}

/** The first position from `from` to `to` whose node satisfies a test that, once true on a line, stays true. */
export function firstWhere(line: readonly number[], from: number, to: number, test: (ordinal: number) => boolean): number {
  let low = from;
  let high = to;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (test(line[middle] as number)) high = middle;
    else low = middle + 1;
  }
  return low;
}
