/** A clock that goes forward when told. */
import type { Clock } from '@leanvibe/core/internal/ports/clock';

export interface HandClock extends Clock {
  /** Runs what falls due, in order. */
  advance(ms: number): void;
  waiting(): number;
}

export function createHandClock(startMs = 1_000_000): HandClock {
  let nowMs = startMs;
  let made = 0;
  const timers = new Map<number, { readonly atMs: number; readonly run: () => void }>();
  function advance(ms: number): void {
    const untilMs = nowMs + ms;
    for (;;) {
      const next = [...timers.entries()].sort(([idA, a], [idB, b]) => a.atMs - b.atMs || idA - idB)[0];
      if (next === undefined || next[1].atMs > untilMs) break;
      timers.delete(next[0]);
      nowMs = Math.max(nowMs, next[1].atMs);
      next[1].run();
    }
    nowMs = untilMs;
  }
  return {
    nowMs: () => nowMs,
    turn: () => Promise.resolve(),
    after: (delayMs, run) => {
      const id = ++made;
      timers.set(id, { atMs: nowMs + delayMs, run });
      return () => void timers.delete(id);
    },
    advance,
    waiting: () => timers.size,
  };
}
