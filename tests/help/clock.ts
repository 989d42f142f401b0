/** A clock that moves only when told: timers fire in order, and everything they set off is done before the next. */
import type { Clock } from '@leanvibe/core/internal/ports/clock';

export interface VirtualClock extends Clock {
  /** Fires everything due within `ms`, letting promises settle between timers. */
  advance(ms: number): Promise<void>;
  /** This device's clock may be off: a view of the same time with an offset. */
  skewed(offsetMs: number): Clock;
  pending(): number;
}

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

/** One turn of the event loop: every promise that can settle without outside help has settled. */
export function drained(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** `drain`: waits until nothing goes on but by timers; where stores write on a thread of their own, one turn does not do. */
export function createVirtualClock(startMs = 1_700_000_000_000, drain: () => Promise<void> = drained): VirtualClock {
  let nowMs = startMs;
  let order = 0;
  const timers = new Set<Timer>();
  const after = (delayMs: number, run: () => void): (() => void) => {
    const timer = { at: nowMs + Math.max(0, delayMs), order: order++, run };
    timers.add(timer);
    return () => void timers.delete(timer);
  };
  const next = (until: number): Timer | null => {
    let first: Timer | null = null;
    for (const timer of timers)
      if (timer.at <= until && (first === null || timer.at < first.at || (timer.at === first.at && timer.order < first.order)))
        first = timer;
    return first;
  };
  return {
    nowMs: () => nowMs,
    after,
    turn: () => Promise.resolve(),
    skewed: (offsetMs) => ({ nowMs: () => nowMs + offsetMs, after, turn: () => Promise.resolve() }),
    pending: () => timers.size,
    async advance(ms) {
      const until = nowMs + ms;
      await drain();
      for (let timer = next(until); timer !== null; timer = next(until)) {
        timers.delete(timer);
        nowMs = Math.max(nowMs, timer.at);
        timer.run();
        await drain();
      }
      nowMs = until;
    },
  };
}
