/** In which orders a device may hear of the links of a graph. */
import type { Act } from './dags.js';

type Order = readonly number[];

function* parentsFirst(pasts: readonly number[], order: Order = [], done = 0): Generator<Order> {
  if (order.length === pasts.length) yield order;
  for (let next = 0; next < pasts.length; next++)
    if (((done >> next) & 1) === 0 && ((pasts[next] as number) & ~done) === 0)
      yield* parentsFirst(pasts, [...order, next], done | (1 << next));
}

function* permutations(size: number, order: Order = []): Generator<Order> {
  if (order.length === size) yield order;
  for (let next = 0; next < size; next++) if (!order.includes(next)) yield* permutations(size, [...order, next]);
}

const known = new Map<string, readonly Order[]>();

/** Every order of the acts from number `fixed` on, parents first; `scrambled`: children may come before their parents. */
export function ordersOf(acts: readonly Act[], fixed: number, scrambled: boolean): readonly Order[] {
  const pasts = acts.slice(fixed).map((one) => one.past >> fixed);
  const key = `${scrambled} ${pasts.join()}`;
  const orders = known.get(key) ?? [...(scrambled ? permutations(pasts.length) : parentsFirst(pasts))];
  known.set(key, orders);
  return orders;
}
