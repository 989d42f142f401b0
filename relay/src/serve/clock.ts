/** This machine's clock as a port; its timers keep no process alive that has nothing else to do. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '@leanvibe/core/ports/clock';

/** The longest span a Node timer takes. */
const TIMER_MS_MAX = 2_147_483_647;

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  after(delayMs, run) {
    const timer = setTimeout(run, Math.min(Math.max(0, delayMs), TIMER_MS_MAX)).unref();
    return () => clearTimeout(timer);
  },
  turn: async () => void (await nextTurn()),
};
