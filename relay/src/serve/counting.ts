/** What sessions and the sync door count, as the relay's own numbers. Wiring only. */
import type { Metrics } from '../observe/metrics.js';
import type { Tally } from '../session/tally.js';
import type { DoorNumbers } from '../socket/door.js';

export function createTally(metrics: Metrics, elapsedMs: () => number): Tally {
  return {
    moved(direction, entries, bytes) {
      metrics.count('leanvibe_relay_entries_total', { direction }, entries);
      metrics.count('leanvibe_relay_entry_bytes_total', { direction }, bytes);
    },
    committing() {
      const began = elapsedMs();
      return () => metrics.observe('leanvibe_relay_commit_seconds', {}, (elapsedMs() - began) / 1_000);
    },
  };
}

export function createDoorNumbers(metrics: Metrics): DoorNumbers {
  metrics.set('leanvibe_relay_connections', {}, 0);
  return {
    open: (connections) => metrics.set('leanvibe_relay_connections', {}, connections),
    closed: (reason) => metrics.count('leanvibe_relay_connections_closed_total', { reason }),
  };
}
