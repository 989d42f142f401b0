/** When to number drafts (C17): at once after a pause, then one change a window while typing goes on; never while nobody listens. */
import type { Cancel, Clock } from '../ports/clock.js';

export interface Window {
  /** True when an edit made now should be offered at once. */
  idle(): boolean;
  /** An edit was offered, or is waiting: `offer` runs when the window ends if anything waits then. */
  touch(): void;
  stop(): void;
}

/** `windowMs` 0 offers every edit by itself. */
export function createWindow(clock: Clock, windowMs: number, offer: () => Promise<boolean>): Window {
  let cancel: Cancel | null = null;
  let stopped = false;
  const open = (): void => {
    cancel = clock.after(windowMs, () => {
      cancel = null;
      void offer().then((any) => {
        if (any && cancel === null && !stopped) open();
      });
    });
  };
  return {
    idle: () => windowMs === 0 || cancel === null,
    touch() {
      if (windowMs > 0 && cancel === null && !stopped) open();
    },
    stop() {
      stopped = true;
      cancel?.();
      cancel = null;
    },
  };
}
