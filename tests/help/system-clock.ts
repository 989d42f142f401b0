/** The machine's own clock, for tests of what talks to real servers. */
import type { Clock } from '@leanvibe/core/internal/ports/clock';

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
  turn: () => Promise.resolve(),
};
