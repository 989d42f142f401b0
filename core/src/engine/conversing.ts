/** Beginning log conversations, with a device or with a relay, and knowing which spaces were caught up with in this run. */
import type { DeviceId, SpaceId, StoreId } from '@leanvibe/protocol/ids';
import type { LogMessage } from '@leanvibe/protocol/peer';
import { createQueue } from '../base/queue.js';
import type { Report } from '../log/effect.js';
import type { Level } from '../log/state.js';
import { createSpaceSums, type SpaceSums } from '../log/sums.js';
import { createSpaceSync, type SpaceSync } from '../log/sync.js';
import type { Clock } from '../ports/clock.js';
import type { Crypto } from '../ports/crypto.js';
import type { Logger } from '../ports/logger.js';
import type { Random } from '../ports/random.js';
import type { Batch, Store } from '../ports/store.js';
import { commitInPieces } from './pieces.js';
import type { SpaceRuntime } from './space.js';

export interface ConversingDeps {
  readonly clock: Clock;
  readonly crypto: Crypto;
  readonly random: Random;
  readonly logger: Logger;
  readonly store: Store;
  readonly spaces: ReadonlyMap<SpaceId, SpaceRuntime>;
  readonly commit: (batch: Batch) => ReturnType<Store['commit']>;
  readonly trouble: (error: unknown) => void;
  /** All that somebody holds of this space was read. */
  readonly listening: (space: SpaceRuntime) => void;
}

export interface Talk {
  readonly space: SpaceId;
  /** A device, or the name a relay goes by in the log. */
  readonly peer: DeviceId;
  readonly slot: number;
  readonly level: Level;
  readonly acceptAnnouncements: boolean;
  readonly gives: boolean;
  /** The store's id as it is told; this store's own when absent. */
  readonly storeId?: StoreId;
  /** C27: a relay cannot know what is covered, so everything counts with it. */
  readonly whole: boolean;
  /** Everything is compared with it, whatever was read of it before. */
  readonly anew: boolean;
  /** Its log is traced id by id (W31). */
  readonly traces: boolean;
  send(message: LogMessage): void;
  canSend(): boolean;
  report(report: Report): void;
  /** Something of the conversation changed. */
  changed(sync: SpaceSync): void;
}

export interface Conversing {
  /** Begins once an earlier conversation with the same peer has let go of the store. */
  converse(talk: Talk): Promise<SpaceSync>;
  /** True once all that one peer holds of the space was read in this run: what this device wrote in it is known here (C44). */
  caughtUp(space: SpaceId): boolean;
  /** What is covered changed: logs are compared anew. */
  recount(space: SpaceId): void;
}

/** C27: what is covered by a checkpoint accepted here is out of the set, pruned or not. */
async function reconcilable(
  store: Store,
  space: SpaceRuntime | undefined,
  ids: Parameters<Store['pruned']>[1],
): Promise<readonly boolean[]> {
  if (space === undefined) return ids.map(() => true);
  const [kept, pruned] = [await space.kept(), await store.pruned(space.id, ids)];
  return ids.map((id, at) => pruned[at] !== true && !kept.has(id));
}

export function createConversing(deps: ConversingDeps): Conversing {
  const { clock, crypto, logger, random, spaces, store } = deps;
  const closing = new Map<string, Promise<void>>();
  const sums = new Map<string, SpaceSums>();
  const sumsOf = (id: SpaceId, whole: boolean): SpaceSums => {
    const key = `${id}/${whole ? 'whole' : 'uncovered'}`;
    const filter = whole
      ? {}
      : {
          reconcilable: (space: SpaceId, _lane: unknown, ids: Parameters<Store['pruned']>[1]) =>
            reconcilable(store, spaces.get(space), ids),
        };
    const known = sums.get(key) ?? createSpaceSums({ store, ...filter }, id);
    sums.set(key, known);
    return known;
  };

  /**
   * A device numbers nothing in a space before it has read, once in this run, all that one peer holds of it: an older image of a store
   * would otherwise use numbers again that its other self has used (C44).
   */
  const caught = new Set<SpaceId>();
  const catchUp = (space: SpaceRuntime): void => {
    space.intake.pump().then(() => {
      caught.add(space.id);
      deps.listening(space);
    }, deps.trouble);
  };

  return {
    async converse(talk) {
      const { space: id, peer, level } = talk;
      const key = `${peer}/${id}`;
      await closing.get(key);
      const space = spaces.get(id);
      const storing = createQueue();
      const commit = (batch: Batch): ReturnType<Store['commit']> =>
        storing.run(() => commitInPieces(batch, deps.commit, async () => space?.intake.room(peer)));
      const sync = createSpaceSync(
        { store, hashing: crypto, random, clock, logger, commit, sums: sumsOf(id, talk.whole) },
        {
          space: id,
          peer,
          slotOut: talk.slot,
          level,
          acceptAnnouncements: talk.acceptAnnouncements,
          gives: talk.gives,
          anew: talk.anew,
          traces: talk.traces,
          ...(talk.storeId === undefined ? {} : { storeId: talk.storeId }),
          send: talk.send,
          canSend: talk.canSend,
          report: talk.report,
        },
      );
      let told = false;
      sync.subscribe(() => {
        talk.changed(sync);
        const { pendingIn, phase } = sync.status();
        if (told || level === 0 || space === undefined || pendingIn > 0 || (phase !== 'idle' && phase !== 'working')) return;
        told = true;
        catchUp(space);
      });
      return {
        ...sync,
        close() {
          const done = sync.close();
          closing.set(key, done);
          return done;
        },
      };
    },
    caughtUp: (space) => caught.has(space),
    recount: (space) => sums.get(`${space}/uncovered`)?.reset(),
  };
}
