/** This machine's clock and randomness, as ports. */
import { randomFillSync } from 'node:crypto';
import type { Clock } from '@leanvibe/core/ports/clock';
import type { Random } from '@leanvibe/core/ports/random';
import { takeTurn } from './turns.js';

/** The longest span a Node timer takes. */
const TIMER_MS_MAX = 2_147_483_647;

export interface SystemClock extends Clock {
  /** Cancels everything that still waits, so that a stopped agent keeps no process alive. */
  stop(): void;
}

export function createSystemClock(): SystemClock {
  const timers = new Set<NodeJS.Timeout>();
  return {
    nowMs: () => Date.now(),
    turn: takeTurn,
    after(delayMs, run) {
      const timer = setTimeout(
        () => {
          timers.delete(timer);
          run();
        },
        Math.min(Math.max(0, delayMs), TIMER_MS_MAX),
      );
      timers.add(timer);
      return () => {
        timers.delete(timer);
        clearTimeout(timer);
      };
    },
    stop() {
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
    },
  };
}

export const systemRandom: Random = {
  bytes: (count) => randomFillSync(new Uint8Array(count)),
};
