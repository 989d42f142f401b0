/** Who listens to a bus: one listener's fault is its own. */
import type { LoggerDep } from '@leanvibe/core/ports/logger';
import type { Bus, Hint } from '../ports/bus.js';

export interface Ears {
  hear(hint: Hint): void;
  readonly subscribe: Bus['subscribe'];
}

export function createEars({ logger }: LoggerDep): Ears {
  const listeners = new Set<{ heard(hint: Hint): void }>();
  return {
    hear(hint) {
      for (const listener of [...listeners]) {
        try {
          listener.heard(hint);
        } catch (error) {
          logger.log('error', 'bus-listener-failed', { type: hint.type, error: error instanceof Error ? error.name : 'unknown' });
        }
      }
    },
    subscribe(heard) {
      const listener = { heard };
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
