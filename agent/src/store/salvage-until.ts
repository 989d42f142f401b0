/** Reading up to a broken page and no further. */
import { isCorrupt } from './open-error.js';

/** All rows of a query until the broken page; the rest is for the query from the other end. */
export function* until<Row>(rows: () => Iterable<Row>): Generator<Row> {
  try {
    yield* rows();
  } catch (error) {
    if (!isCorrupt(error)) throw error;
  }
}

/** One row by key, or null when its page is broken or it is not there. */
export function one<Row>(find: () => Row | undefined): Row | null {
  try {
    return find() ?? null;
  } catch (error) {
    if (isCorrupt(error)) return null;
    throw error;
  }
}
