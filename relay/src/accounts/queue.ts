/** Lets only so many pieces of work run at once, and only so many wait. */

import { Refusal } from '../http/problem.js';

export type Queue = <T>(work: () => Promise<T>) => Promise<T>;

/** Throws `unavailable` when `waitingMax` wait already. */
export function createQueue(atOnce: number, waitingMax: number): Queue {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (work) => {
    if (running < atOnce) running++;
    else {
      if (waiting.length >= waitingMax)
        throw new Refusal('unavailable', 'too many people are signing in just now; try again in a moment', { 'retry-after': '2' });
      await new Promise<void>((resolve) => void waiting.push(resolve));
    }
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running--;
      else next();
    }
  };
}
