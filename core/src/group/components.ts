/** Components: walks what waits for what and hands over knots in an order where nothing waits for a later one (Tarjan, without recursion). */
import { keyOf, type Question } from './question.js';

interface Frame {
  readonly node: Question;
  readonly needs: Iterator<Question>;
  readonly place: number;
  low: number;
}

export interface Walk {
  /** What the node waits for; asked lazily, so it may look at what was settled meanwhile. */
  needsOf(node: Question): Iterator<Question>;
  /** True when a node needs no visit any more. */
  isDone(node: Question): boolean;
  /** A node alone, or a knot of nodes that wait for each other. All else they wait for is done. */
  onComponent(nodes: readonly Question[]): void;
}

/** Visits the roots and whatever they wait for. */
export function walkComponents(roots: Iterable<Question>, walk: Walk): void {
  const places = new Map<number, number>();
  const open = new Set<number>();
  const stack: Question[] = [];
  const frames: Frame[] = [];

  const enter = (node: Question): void => {
    const place = places.size + 1;
    places.set(keyOf(node), place);
    open.add(keyOf(node));
    stack.push(node);
    frames.push({ node, needs: walk.needsOf(node), place, low: place });
  };
  const leave = (frame: Frame): void => {
    frames.pop();
    const parent = frames[frames.length - 1];
    if (parent !== undefined) parent.low = Math.min(parent.low, frame.low);
    if (frame.low !== frame.place) return;
    // Nearly every component is one node.
    const alone = stack[stack.length - 1] === frame.node;
    const component = stack.splice(alone ? stack.length - 1 : stack.lastIndexOf(frame.node));
    for (const node of component) open.delete(keyOf(node));
    walk.onComponent(component);
  };

  for (const root of roots) {
    if (walk.isDone(root) || places.has(keyOf(root))) continue;
    enter(root);
    for (let frame = frames[frames.length - 1]; frame !== undefined; frame = frames[frames.length - 1]) {
      const next = frame.needs.next();
      if (next.done === true) leave(frame);
      else if (open.has(keyOf(next.value))) frame.low = Math.min(frame.low, places.get(keyOf(next.value)) as number);
      else if (!places.has(keyOf(next.value)) && !walk.isDone(next.value)) enter(next.value);
    }
  }
}
