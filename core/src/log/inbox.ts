/** Events one after the other: a callback may bring the next before this one is done, and it waits its turn. */
import type { Event } from './event.js';

export interface Inbox {
  take(event: Event): void;
  clear(): void;
}

/** `after` runs once nothing is left. */
export function createInbox(turn: (event: Event) => void, after: () => void): Inbox {
  let events: Event[] = [];
  let stepping = false;
  return {
    take(event) {
      events.push(event);
      if (stepping) return;
      stepping = true;
      for (let next = events.shift(); next !== undefined; next = events.shift()) turn(next);
      stepping = false;
      after();
    },
    clear() {
      events = [];
    },
  };
}
