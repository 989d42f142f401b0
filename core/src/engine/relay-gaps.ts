/** What a relay says is in its log and does not hand over (P7): told by name, remembered, and asked of the devices that may have it. */
import type { EntryId, SpaceId } from '@leanvibe/protocol/ids';
import { holeKey, writeHole } from '../log/hole.js';
import type { Batch, Lane, Store } from '../ports/store.js';

export interface RelayGapsDeps {
  readonly store: Store;
  readonly commit: (batch: Batch) => ReturnType<Store['commit']>;
  /** Asks the devices connected now; others are asked when they are met. */
  refetch(space: SpaceId, entries: readonly EntryId[]): void;
  alarm(origin: string, space: SpaceId): void;
}

export interface RelayGaps {
  withheld(origin: string, space: SpaceId, lane: Lane, ids: readonly EntryId[]): Promise<void>;
}

/** Remembered of one relay in this run: it may name ids that nobody has. */
const HOLES_MAX = 8_192;

export function createRelayGaps({ alarm, commit, refetch, store }: RelayGapsDeps): RelayGaps {
  const remembered = new Map<string, number>();
  return {
    async withheld(origin, space, lane, ids) {
      const held = await store.has(space, ids);
      // Somebody else brought it meanwhile: left out all the same.
      alarm(origin, space);
      const before = remembered.get(origin) ?? 0;
      const lacking = ids.filter((_, at) => held[at] !== true).slice(0, HOLES_MAX - before);
      if (lacking.length === 0) return;
      remembered.set(origin, before + lacking.length);
      await commit({
        put: lacking.map((entryId) => ({ ...holeKey(space, lane, entryId), value: writeHole({ lane, entryId, version: 0 }) })),
      });
      refetch(space, lacking);
    },
  };
}
