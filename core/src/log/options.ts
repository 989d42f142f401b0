/** What a conversation is given: its ports, and which space, peer and slot it is about. */
import type { DeviceId, SpaceId, StoreId } from '@leanvibe/protocol/ids';
import type { LogMessage } from '@leanvibe/protocol/peer';
import type { ClockDep } from '../ports/clock.js';
import type { Hashing } from '../ports/crypto.js';
import type { LoggerDep } from '../ports/logger.js';
import type { RandomDep } from '../ports/random.js';
import type { Batch, Placed, StoreDep } from '../ports/store.js';
import type { Report } from './effect.js';
import type { Level } from './state.js';
import type { Reconcilable, SpaceSums } from './sums.js';

export interface SpaceSyncDeps extends StoreDep, RandomDep, ClockDep, LoggerDep, Reconcilable {
  readonly hashing: Hashing;
  /** `store.commit` of the engine, which also wakes the other conversations and intake. Throws as the store does. */
  readonly commit: (batch: Batch) => Promise<readonly Placed[]>;
  /** Shared by all conversations of the space; made here when absent. */
  readonly sums?: SpaceSums;
}

export interface SpaceSyncOptions {
  readonly space: SpaceId;
  readonly peer: DeviceId;
  /** The slot of every message sent. */
  readonly slotOut: number;
  readonly level: Level;
  /** At level 0: whether announcements are taken from the peer. False by default: nothing is. */
  readonly acceptAnnouncements?: boolean;
  /** False: this side shows its heads and sends none of its log. True when absent. */
  readonly gives?: boolean;
  /** False: nothing of the peer's log is taken. True when absent. */
  readonly takes?: boolean;
  /** True: the peer's log is traced id by id, as its word alone is not believed (W31). False when absent. */
  readonly traces?: boolean;
  /** True: what was read of the peer's log in earlier sessions counts for nothing, and everything is compared. False when absent. */
  readonly anew?: boolean;
  /** The store's id as this peer is told it, where several peers must not see that they talk to one store. */
  readonly storeId?: StoreId;
  send(message: LogMessage): void;
  /** False while too much waits for the network; then call `drained` later. Always true when absent. */
  canSend?(): boolean;
  report(report: Report): void;
}
