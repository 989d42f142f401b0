/** The timers of one conversation, all cancelled when it ends. */
import type { Cancel, Clock } from '../ports/clock.js';

export interface Timers {
  plan(delayMs: number, run: () => void): void;
  clear(): void;
}

export function createTimers(clock: Clock): Timers {
  const cancels = new Set<Cancel>();
  return {
    plan(delayMs, run) {
      const cancel = clock.after(delayMs, () => {
        cancels.delete(cancel);
        run();
      });
      cancels.add(cancel);
    },
    clear() {
      for (const cancel of cancels) cancel();
      cancels.clear();
    },
  };
}
