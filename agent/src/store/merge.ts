/** A lane as it is read: rows of the log and packed ones, in one order. */

interface Placed {
  readonly position: number;
}

/** Both in order of position. What is begun is closed when the reader of it stops early. */
export function* merged<A extends Placed, B extends Placed>(first: Iterable<A>, second: Iterable<B>): Generator<A | B> {
  const [a, b] = [first[Symbol.iterator](), second[Symbol.iterator]()];
  try {
    let [left, right] = [a.next(), b.next()] as [IteratorResult<A, unknown>, IteratorResult<B, unknown>];
    while (left.done !== true || right.done !== true) {
      if (right.done === true || (left.done !== true && left.value.position <= right.value.position)) {
        if (left.done !== true) yield left.value;
        left = a.next();
      } else {
        yield right.value;
        right = b.next();
      }
    }
  } finally {
    a.return?.();
    b.return?.();
  }
}
