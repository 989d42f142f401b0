/** Large changes: inspected one beside the other while intake goes on, so that nobody else's edit waits for them (P9). */
import type { EntryId } from '@leanvibe/protocol/ids';
import { type Arrivals, type Found, inspectAll, type InspectDeps } from './arrivals.js';

export interface Apart {
  add(one: Found): void;
  /** False when no more should be added: each is held in memory. */
  room(): boolean;
  /** True while something is inspected, or was and is not taken. */
  busy(): boolean;
  /** What was inspected and not taken; null when there is nothing. Throws what an inspection threw; it is begun again by then. */
  next(): InspectedApart | null;
  /** It could not be delivered: it is the next again. */
  putBack(one: InspectedApart): void;
  /** Resolves when there is something to take, or somebody calls `wake`. */
  more(): Promise<void>;
  wake(): void;
}

export interface InspectedApart extends Arrivals {
  readonly entry: EntryId;
}

/** Each may be of sixteen megabytes. */
const APART_MAX = 2;

export function createApart(deps: InspectDeps): Apart {
  const done: InspectedApart[] = [];
  let failed: { readonly one: Found; readonly error: unknown }[] = [];
  let under = 0;
  let waiting: (() => void)[] = [];
  const wake = (): void => {
    for (const go of waiting) go();
    waiting = [];
  };

  const add = (one: Found): void => {
    under++;
    inspectAll(deps, [one])
      .then(
        (arrivals) => void done.push({ entry: one.entry, ...arrivals }),
        (error: unknown) => void failed.push({ one, error }),
      )
      .finally(() => {
        under--;
        wake();
      });
  };

  return {
    add,
    room: () => under + done.length + failed.length < APART_MAX,
    busy: () => under + done.length + failed.length > 0,
    next() {
      const [first] = failed;
      if (first !== undefined) {
        const again = failed;
        failed = [];
        for (const { one } of again) add(one);
        throw first.error;
      }
      return done.shift() ?? null;
    },
    putBack: (one) => void done.unshift(one),
    more: () => (done.length + failed.length > 0 ? Promise.resolve() : new Promise((resolve) => void waiting.push(resolve))),
    wake,
  };
}
