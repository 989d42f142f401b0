/** Pauses in long work, so that a thread keeps hearing its messages: cheap to call often, really pausing rarely. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { fail } from './index-error.js';
import { BREATH_MS } from './limits.js';

/** Whether it is time to pause; asks the clock only. */
export type IsDue = () => boolean;

export interface Breath {
  readonly isDue: IsDue;
  /** Pauses when due. Throws `IndexFailure` `cancelled` once the signal fired. */
  readonly breathe: () => Promise<void>;
}

/** `onPause` is called before each real pause. */
export function createBreath(folder: string, signal: AbortSignal, onPause: () => void = () => undefined): Breath {
  let due = performance.now() + BREATH_MS;
  const isDue = (): boolean => performance.now() >= due;
  const breathe = async (): Promise<void> => {
    if (signal.aborted) fail('cancelled', folder);
    if (!isDue()) return;
    onPause();
    await nextTurn();
    if (signal.aborted) fail('cancelled', folder);
    due = performance.now() + BREATH_MS;
  };
  return { isDue, breathe };
}
