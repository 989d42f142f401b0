/** Operations on one subject, kept per line in order, so that "the last ones before this link" costs a search per line and no walk. */
import { type Clock, countOf } from './clock.js';
import { firstWhere, holds, type Node } from './node.js';

export type OpList = Map<number, number[]>;

export function noteOp(list: OpList, node: Node): void {
  const row = list.get(node.line);
  if (row === undefined) list.set(node.line, [node.ordinal]);
  else if (row[row.length - 1] !== node.ordinal) row.push(node.ordinal);
}

/** Skip: not there. Keep: a candidate, look further back too. Stop: a candidate, and what is earlier on its line does not matter. */
export type Pick = 'skip' | 'keep' | 'stop';

/** Walks each line backwards from the newest operation inside the set. */
export function newest(nodes: readonly Node[], list: OpList, set: Clock, pick: (node: Node) => Pick): Node[] {
  const found: Node[] = [];
  for (const [line, row] of list) {
    const count = countOf(set, line);
    if (count === 0) continue;
    for (let at = firstWhere(row, 0, row.length, (one) => (nodes[one] as Node).position >= count) - 1; at >= 0; at--) {
      const node = nodes[row[at] as number] as Node;
      const picked = pick(node);
      if (picked !== 'skip') found.push(node);
      if (picked === 'stop') break;
    }
  }
  return found;
}

/** Line by line, the operations inside the set that are neither before the node nor after it. */
export function* beside(
  nodes: readonly Node[],
  list: OpList,
  set: Clock,
  node: Node,
): Generator<{ readonly row: readonly number[]; readonly from: number; readonly to: number }> {
  for (const [line, row] of list) {
    if (line === node.line) continue;
    const known = countOf(node.before, line);
    const count = countOf(set, line);
    if (count <= known) continue;
    const from = firstWhere(row, 0, row.length, (one) => (nodes[one] as Node).position >= known);
    const to = firstWhere(
      row,
      from,
      row.length,
      (one) => (nodes[one] as Node).position >= count || holds((nodes[one] as Node).before, node),
    );
    if (from < to) yield { row, from, to };
  }
}
