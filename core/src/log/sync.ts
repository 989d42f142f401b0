/** One conversation with one peer about one space, as the engine holds it: the blind half of sync behind a handful of verbs. */
import type { EntryId, StoreId } from '@leanvibe/protocol/ids';
import type { LogMessage } from '@leanvibe/protocol/peer';
import type { Head, Lane } from '../ports/store.js';
import { createLoop } from './loop.js';
import type { SpaceSyncDeps, SpaceSyncOptions } from './options.js';
import type { Lanes, Level } from './state.js';
import { readOf, type SyncStatus, statusOf } from './status.js';

export interface SpaceSync {
  start(): void;
  onMessage(message: LogMessage): void;
  /** Our own log grew, in this lane or, unsaid, in any. */
  appended(lane?: Lane): void;
  /** The network took what was queued. */
  drained(): void;
  /** Lowering acts at once; a conversation once lowered stays so. */
  setLevel(level: Level): void;
  /** Asks the peer for entries by id: bytes that were damaged or dropped here. What it lacks is reported as `missing`. */
  fetch(lane: Lane, ids: readonly EntryId[]): void;
  /** Reads entries back only to see that the peer holds them (C33); what came right and what is `missing` is reported, nothing is stored. */
  sample(lane: Lane, ids: readonly EntryId[]): void;
  /** Somebody else was shown this head of the peer's log: whether what is read here leads on from it is reported as `compared`. */
  compare(lane: Lane, head: Head): void;
  /** The peer's store, and how far its log was read; null for lanes that are not read. */
  read(): { readonly store: StoreId | null; readonly lanes: Lanes<Head | null> };
  status(): SyncStatus;
  /** Whether every entry of our log up to these positions is stored at the peer or came from it. */
  holds(positions: readonly [number, number, number]): boolean;
  /** Called after anything changed, at most once per event. */
  subscribe(changed: () => void): () => void;
  /** Resolves when nothing of this conversation touches the store any more; only then begin another with the same peer. */
  close(): Promise<void>;
}

export function createSpaceSync(deps: SpaceSyncDeps, options: SpaceSyncOptions): SpaceSync {
  const listeners = new Set<() => void>();
  const loop = createLoop(deps, options, () => {
    for (const listener of listeners) listener();
  });
  return {
    start: () => loop.dispatch({ type: 'start' }),
    onMessage: (message) => loop.hear(message),
    appended: (lane) => loop.dispatch({ type: 'appended', lane: lane ?? null }),
    drained: loop.wake,
    setLevel: (level) => loop.dispatch({ type: 'level', level }),
    fetch: (lane, ids) => loop.dispatch({ type: 'fetch', purpose: 'fetch', lane, ids }),
    sample: (lane, ids) => loop.dispatch({ type: 'fetch', purpose: 'sample', lane, ids }),
    compare: (lane, head) => loop.dispatch({ type: 'claimed', lane, head }),
    read: () => readOf(loop.state()),
    status: () => statusOf(loop.state()),
    holds(positions) {
      const { peerHolds } = statusOf(loop.state());
      return positions.every((position, lane) => (peerHolds[lane] ?? 0) >= position);
    },
    subscribe(changed) {
      listeners.add(changed);
      return () => listeners.delete(changed);
    },
    close: loop.leave,
  };
}
