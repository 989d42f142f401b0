/** One real conversation facing a scripted peer: every message said is kept, every message heard is made up by the test. */
import type { Report } from '@leanvibe/core/internal/log/effect';
import type { SpaceSyncOptions } from '@leanvibe/core/internal/log/options';
import { createSpaceSync, type SpaceSync } from '@leanvibe/core/internal/log/sync';
import { createMemoryStore, type MemoryStore } from '@leanvibe/core/internal/memory/store';
import type { Batch, Head, Lane } from '@leanvibe/core/internal/ports/store';
import { type DeviceId, type Hash, makeId, type StoreId } from '@leanvibe/protocol/ids';
import type { LogMessage } from '@leanvibe/protocol/peer';
import { createDice, createHandClock, entryIdOf, flush, type HandClock, hashing, makeSealed, nextName, SPACE } from './world.js';

export const PEER = makeId<DeviceId>(new Uint8Array(32).fill(9));
export const PEER_STORE = makeId<StoreId>(new Uint8Array(16).fill(8), 16);
export const ZERO = makeId<Hash>(new Uint8Array(32));
export const SOME = makeId<Hash>(new Uint8Array(32).fill(5));

export interface Script {
  readonly store: MemoryStore;
  readonly sync: SpaceSync;
  readonly said: LogMessage[];
  readonly reports: Report[];
  readonly batches: Batch[];
  readonly clock: HandClock;
  /** Delivers messages and waits for all that follows. */
  hear(...messages: readonly Unslotted[]): Promise<void>;
  of<T extends LogMessage['type']>(type: T): readonly Extract<LogMessage, { type: T }>[];
}

type Unslot<M> = M extends unknown ? Omit<M, 'slot'> : never;
export type Unslotted = Unslot<LogMessage>;

export interface ScriptOptions extends Partial<SpaceSyncOptions> {
  /** Rows of our own log before the start. */
  readonly own?: number;
  readonly beforeCommit?: () => void | Promise<void>;
  readonly store?: MemoryStore;
}

export async function createScript(options: ScriptOptions = {}): Promise<Script> {
  const { random } = createDice(11);
  const clock = createHandClock();
  const store = options.store ?? createMemoryStore({ hashing, random });
  for (let at = 0; at < (options.own ?? 0); at++) await store.commit({ entries: [ownEntry(2)] });
  const said: LogMessage[] = [];
  const reports: Report[] = [];
  const batches: Batch[] = [];
  const commit = async (batch: Batch): ReturnType<MemoryStore['commit']> => {
    await options.beforeCommit?.();
    const placed = await store.commit(batch);
    batches.push(batch);
    return placed;
  };
  const { own: _own, beforeCommit: _before, store: _store, ...more } = options;
  const sync = createSpaceSync(
    { store, hashing, random, clock, logger: { log: () => undefined }, commit },
    {
      space: SPACE,
      peer: PEER,
      slotOut: 4,
      level: 1,
      send: (message) => said.push(message),
      report: (report) => reports.push(report),
      ...more,
    },
  );
  sync.start();
  await flush();
  return {
    store,
    sync,
    said,
    reports,
    batches,
    clock,
    async hear(...messages) {
      for (const message of messages) sync.onMessage({ ...message, slot: 0 } as LogMessage);
      await flush();
    },
    of: <T extends LogMessage['type']>(type: T) =>
      said.filter((message): message is Extract<LogMessage, { type: T }> => message.type === type),
  };
}

export function ownEntry(lane: Lane): {
  space: typeof SPACE;
  lane: Lane;
  entryId: ReturnType<typeof entryIdOf>;
  sealed: Uint8Array;
  from: null;
} {
  const sealed = makeSealed(lane, nextName());
  return { space: SPACE, lane, entryId: entryIdOf(sealed), sealed, from: null };
}

/** `heads` of a peer whose lane 2 ends at `position`. */
export function heads(position: number, prefixHash: Hash = SOME): Unslotted {
  const empty: Head = { position: 0, prefixHash: ZERO };
  const top = position === 0 ? empty : { position, prefixHash };
  return {
    type: 'heads',
    store: PEER_STORE,
    lanes: [
      { lane: 0, ...empty },
      { lane: 1, ...empty },
      { lane: 2, ...top },
    ],
  };
}

/** The peer has read nothing of our log yet. */
export function freshCursors(store: StoreId): Unslotted {
  return { type: 'cursors', store, lanes: ([0, 1, 2] as const).map((lane) => ({ lane, position: 0, prefixHash: ZERO })) };
}

export function entries(through: number, items: readonly Uint8Array[], lane: Lane = 2): Unslotted {
  return { type: 'entries', lane, through, prefixHash: SOME, items };
}

export function changes(count: number, bytes = 528): readonly Uint8Array[] {
  return Array.from({ length: count }, () => makeSealed(2, nextName(), bytes));
}
