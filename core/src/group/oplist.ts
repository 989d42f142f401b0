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

export interface Skipping {
  readonly nodes: readonly Node[];
  readonly verdicts: Uint8Array;
  /** Per row, from each place the place to go on from when it is void; a void link stays void. */
  readonly detours: Map<readonly number[], Int32Array>;
}

/** Walks each line backwards from the newest operation inside the set; void ones are passed over. */
export function newest(court: Skipping, list: OpList, set: Clock, pick: (node: Node) => Pick): Node[] {
  const found: Node[] = [];
  const { nodes } = court;
  for (const [line, row] of list) {
    const count = countOf(set, line);
    if (count === 0) continue;
    const last = row.length - 1;
    const start =
      (nodes[row[last] as number] as Node).position < count
        ? last
        : firstWhere(row, 0, row.length, (one) => (nodes[one] as Node).position >= count) - 1;
    for (let at = passVoid(court, row, start); at >= 0; at = passVoid(court, row, at - 1)) {
      const node = nodes[row[at] as number] as Node;
      const picked = pick(node);
      if (picked !== 'skip') found.push(node);
      if (picked === 'stop') break;
    }
  }
  return found;
}

/** The nearest place at or before `start` that is not void, -1 for none. The way there is remembered, so that a thousand void links cost once. */
function passVoid(court: Skipping, row: readonly number[], start: number): number {
  if (start < 0 || (court.verdicts[row[start] as number] ?? 0) < 2) return start;
  let detour = court.detours.get(row);
  if (detour === undefined || detour.length < row.length) {
    detour = new Int32Array(row.length).fill(-2);
    court.detours.set(row, detour);
  }
  let at = start;
  while (at >= 0 && (court.verdicts[row[at] as number] ?? 0) > 1) {
    const next = detour[at] as number;
    at = next === -2 ? at - 1 : next;
  }
  for (let back = start; back > at; ) {
    const next = detour[back] as number;
    detour[back] = at;
    back = next === -2 ? back - 1 : next;
  }
  return at;
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
