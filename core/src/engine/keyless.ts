/** Entries that wait for the key of their epoch: in memory by epoch, and as records that outlive this run of the program. */
import type { DeviceId, EntryId, EpochId, SpaceId } from '@leanvibe/protocol/ids';
import type { Vault } from '../keys/local.js';
import { type Lane, LANES, type LogRow, type Store } from '../ports/store.js';
import type { PutOff } from './put-off.js';
import { TABLES } from './tables.js';

export interface Keyless {
  /** Also again, when a key turned out not to be the one. */
  add(epoch: EpochId, row: Pick<LogRow, 'entryId' | 'from'>, lane: Lane): void;
  /** What a record of an earlier run said. */
  recall(epoch: EpochId, entry: EntryId, lane: Lane): void;
  /** Hands every entry of an epoch to `each`, lane by lane in their order; those added again meanwhile wait on. */
  release(epoch: EpochId, each: (rows: readonly LogRow[], lane: Lane) => Promise<void>): Promise<void>;
  /** Epochs that something waits for. */
  epochs(): readonly EpochId[];
  count(): number;
}

interface Waiting {
  readonly entry: EntryId;
  readonly from: DeviceId | null;
  readonly lane: Lane;
}

export function createKeyless(store: Store, vault: Vault, space: SpaceId, later: PutOff['later']): Keyless {
  const byEpoch = new Map<EpochId, Waiting[]>();
  const keyOf = (epoch: EpochId, entry: EntryId): string => `${space}/e/${epoch}/${entry}`;
  const wait = (epoch: EpochId, one: Waiting): void => {
    const known = byEpoch.get(epoch);
    if (known === undefined) byEpoch.set(epoch, [one]);
    else known.push(one);
  };

  return {
    add(epoch, { entryId, from }, lane) {
      wait(epoch, { entry: entryId, from, lane });
      later([vault.put(TABLES.wait, keyOf(epoch, entryId), Uint8Array.of(lane))]);
    },
    recall: (epoch, entry, lane) => wait(epoch, { entry, from: null, lane }),
    async release(epoch, each) {
      const waiting = byEpoch.get(epoch);
      if (waiting === undefined) return;
      byEpoch.delete(epoch);
      for (const lane of LANES) {
        const rows: LogRow[] = [];
        for (const one of waiting.filter((other) => other.lane === lane)) {
          const row = await store.entry(space, one.entry);
          if (row !== null) rows.push(row);
        }
        rows.sort((a, b) => a.position - b.position);
        await each(rows, lane);
      }
      const still = new Set(byEpoch.get(epoch)?.map(({ entry }) => entry));
      const done = waiting.filter(({ entry }) => !still.has(entry));
      later(
        [],
        done.map(({ entry }) => ({ table: TABLES.wait, key: keyOf(epoch, entry) })),
      );
    },
    epochs: () => [...byEpoch.keys()],
    count: () => [...byEpoch.values()].reduce((count, list) => count + list.length, 0),
  };
}
