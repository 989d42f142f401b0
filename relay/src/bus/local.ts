/** The bus of a relay that runs in one process, and of several that share a process, as in tests. */
import type { LoggerDep } from '@leanvibe/core/ports/logger';
import type { Bus, Hint } from '../ports/bus.js';
import { createEars } from './ears.js';

/** Where buses of one process meet. A relay without others makes one bus of one hub: nobody else hears it. */
export interface BusHub {
  /** A bus of its own copy: hears what the others of the hub tell, never itself. */
  bus(deps: LoggerDep): Bus;
}

export function createBusHub(): BusHub {
  const heard = new Map<string, (hint: Hint) => void>();
  let made = 0;
  return {
    bus(deps) {
      const self = `copy ${made++}`;
      const ears = createEars(deps);
      heard.set(self, ears.hear);
      return {
        name: self,
        tell(hint) {
          if (!heard.has(self)) return;
          // Later, as over a wire: whoever tells is done with its own work first.
          for (const [other, hear] of heard) if (other !== self) queueMicrotask(() => heard.has(other) && hear(hint));
        },
        subscribe: ears.subscribe,
        connected: () => heard.has(self),
        close() {
          heard.delete(self);
          return Promise.resolve();
        },
      };
    },
  };
}

/** The bus of the only copy there is. */
export function createLocalBus(deps: LoggerDep): Bus {
  return createBusHub().bus(deps);
}
