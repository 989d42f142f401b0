/** Long work shown while it runs: one line that rewrites itself with count, rate and time left, or a plain line now and then. */
import { cutEnd } from './width.js';

export interface Progress {
  /** `done` of `total` units; a total of 0 is not known yet. */
  tell(done: number, total: number, what?: string): void;
  /** Takes the rewriting line away; what comes next is printed by the caller. */
  end(): void;
}

export interface ProgressDeps {
  readonly write: (text: string) => void;
  /** A person watches, and the line may rewrite itself. */
  readonly live: boolean;
  readonly columns: number;
  readonly symbol: string;
  readonly nowMs: () => number;
}

const DRAW_EVERY_MS = 100;
const PLAIN_EVERY_MS = 2000;

/** `label`: what is being done; `unit`: of what, in the plural. */
export function createProgress(deps: ProgressDeps, label: string, unit: string): Progress {
  const startMs = deps.nowMs();
  // Work that is over at once needs no plain line of its own.
  let drawnMs = deps.live ? Number.NEGATIVE_INFINITY : startMs;
  let drawn = false;

  const words = (done: number, total: number, what: string | undefined, nowMs: number): string => {
    const seconds = (nowMs - startMs) / 1000;
    const count =
      total > 0 ? `${done.toLocaleString('en')} of ${total.toLocaleString('en')} ${unit}` : `${done.toLocaleString('en')} ${unit}`;
    const rate = seconds > 0.5 && done > 0 ? done / seconds : 0;
    const speed = rate > 0 ? ` · ${Math.max(1, Math.round(rate)).toLocaleString('en')}/s` : '';
    const left = rate > 0 && total > done ? ` · ${timeLeft((total - done) / rate)} left` : '';
    return `${label}${what === undefined ? '' : ` ${what}`} · ${count}${speed}${left}`;
  };

  return {
    tell(done, total, what) {
      const nowMs = deps.nowMs();
      if (nowMs - drawnMs < (deps.live ? DRAW_EVERY_MS : PLAIN_EVERY_MS)) return;
      drawnMs = nowMs;
      drawn = true;
      const text = cutEnd(words(done, total, what, nowMs), deps.columns - 5);
      deps.write(deps.live ? `\r\u001b[K  ${deps.symbol} ${text}` : `  ${deps.symbol} ${text}\n`);
    },
    end() {
      if (deps.live && drawn) deps.write('\r\u001b[K');
      drawn = false;
    },
  };
}

function timeLeft(seconds: number): string {
  if (seconds < 1) return 'under 1 s';
  if (seconds < 90) return `${Math.round(seconds)} s`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;
}
