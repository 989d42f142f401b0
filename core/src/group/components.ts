/** Components: walks what waits for what and hands over knots in an order where nothing waits for a later one (Tarjan, without recursion). */
import type { Node } from './node.js';

interface Frame {
  readonly node: Node;
  readonly needs: Iterator<Node>;
  readonly place: number;
  low: number;
}

export interface Walk {
  /** What the node waits for; asked lazily, so it may look at what was settled meanwhile. */
  needsOf(node: Node): Iterator<Node>;
  /** True when a node needs no visit any more. */
  isDone(node: Node): boolean;
  /** A node alone, or a knot of nodes that wait for each other. All else they wait for is done. */
  onComponent(nodes: readonly Node[]): void;
}

/** Visits the roots and whatever they wait for. */
export function walkComponents(roots: Iterable<Node>, walk: Walk): void {
  const places = new Map<number, number>();
  const open = new Set<number>();
  const stack: Node[] = [];
  const frames: Frame[] = [];

  const enter = (node: Node): void => {
    const place = places.size + 1;
    places.set(node.ordinal, place);
    open.add(node.ordinal);
    stack.push(node);
    frames.push({ node, needs: walk.needsOf(node), place, low: place });
  };
  const leave = (frame: Frame): void => {
    frames.pop();
    const parent = frames[frames.length - 1];
    if (parent !== undefined) parent.low = Math.min(parent.low, frame.low);
    if (frame.low !== frame.place) return;
    const component = stack.splice(stack.lastIndexOf(frame.node));
    for (const node of component) open.delete(node.ordinal);
    walk.onComponent(component);
  };

  for (const root of roots) {
    if (walk.isDone(root) || places.has(root.ordinal)) continue;
    enter(root);
    for (let frame = frames[frames.length - 1]; frame !== undefined; frame = frames[frames.length - 1]) {
      const next = frame.needs.next();
      if (next.done === true) leave(frame);
      else if (open.has(next.value.ordinal)) frame.low = Math.min(frame.low, places.get(next.value.ordinal) as number);
      else if (!places.has(next.value.ordinal) && !walk.isDone(next.value)) enter(next.value);
    }
  }
}
