/** Taking turns: work on one project never overlaps, and whole looks take at most a tenth of the time. */
import { RESCAN_DELAY_MS, RESCAN_REST_FACTOR, WATCH_GATHER_MS } from './limits.js';

export interface Turns {
  /** A whole look this soon, or as soon after it as resting allows; sooner wins over later. */
  lookIn(delayMs: number): void;
  /** The changed files, once more changes had a moment to come in. */
  gather(): void;
  stop(): void;
}

export interface TurnsDep {
  /** Neither may reject. */
  readonly look: () => Promise<void>;
  readonly readChanged: () => Promise<void>;
  /** After a look that took `tookMs`: the longest wait for the next one, null where events will tell. */
  readonly nextLookMs: (tookMs: number) => number | null;
}

export function createTurns({ look, readChanged, nextLookMs }: TurnsDep): Turns {
  let busy = false;
  let stopped = false;
  let looking: NodeJS.Timeout | null = null;
  let lookAt = 0;
  let restUntil = 0;
  let gathering: NodeJS.Timeout | null = null;

  const lookNow = async (): Promise<void> => {
    looking = null;
    if (busy) return lookIn(RESCAN_DELAY_MS);
    busy = true;
    const startedAt = performance.now();
    await look();
    busy = false;
    const tookMs = performance.now() - startedAt;
    restUntil = performance.now() + tookMs * RESCAN_REST_FACTOR;
    const next = nextLookMs(tookMs);
    if (next !== null) lookIn(next);
  };

  const readNow = async (): Promise<void> => {
    gathering = null;
    if (busy) return gather();
    busy = true;
    await readChanged();
    busy = false;
    // Branch, dirty state and what is untracked may have changed with it.
    lookIn(RESCAN_DELAY_MS);
  };

  function lookIn(delayMs: number): void {
    const at = Math.max(performance.now() + delayMs, restUntil);
    if (stopped || (looking !== null && lookAt <= at)) return;
    if (looking !== null) clearTimeout(looking);
    lookAt = at;
    looking = setTimeout(() => void lookNow(), at - performance.now());
  }

  function gather(): void {
    if (gathering === null && !stopped) gathering = setTimeout(() => void readNow(), WATCH_GATHER_MS);
  }

  const stop = (): void => {
    stopped = true;
    if (looking !== null) clearTimeout(looking);
    if (gathering !== null) clearTimeout(gathering);
  };

  return { lookIn, gather, stop };
}
