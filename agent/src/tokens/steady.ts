/** Time for one token: it follows the machine's clock forward and never back, so that a clock that is set back revives nothing. */
import type { Clock } from '@leanvibe/core/ports/clock';

export interface Steady {
  /** Milliseconds since 1970, at least as late as anything seen before, and not slower than this machine runs. */
  nowMs(): number;
}

export interface SteadyDeps {
  readonly clock: Pick<Clock, 'nowMs'>;
  /** Milliseconds this process has run; no clock setting moves it. */
  readonly elapsedMs: () => number;
}

/** `seenMs`: what was seen in earlier runs. Each token has one of its own: a clock that was far ahead for a moment ends the tokens of that moment, not those made after it was set right. */
export function createSteady({ clock, elapsedMs }: SteadyDeps, seenMs: number): Steady {
  let seen = seenMs;
  let at = elapsedMs();
  return {
    nowMs() {
      const now = elapsedMs();
      seen = Math.max(clock.nowMs(), seen + Math.max(0, now - at));
      at = now;
      return seen;
    },
  };
}
