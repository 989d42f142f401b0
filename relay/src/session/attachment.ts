/** One mailbox on one connection: a log conversation with what the keys proven allow (C31). */
import type { Report } from '@leanvibe/core/log/effect';
import { createSpaceSync, type SpaceSync } from '@leanvibe/core/log/sync';
import { nodeHashing } from '@leanvibe/core/crypto/node/hashing';
import type { Clock } from '@leanvibe/core/ports/clock';
import type { Logger } from '@leanvibe/core/ports/logger';
import type { Random } from '@leanvibe/core/ports/random';
import { type Batch, type Lane, type Placed, StoreFull } from '@leanvibe/core/ports/store';
import type { LogMessage } from '@leanvibe/protocol/peer';
import type { Caller } from '../ports/caller.js';
import { type DatabaseRun, type MailboxKeys, type MailboxState, type MailboxStore, OtherRun } from '../ports/mailbox-store.js';
import { peerOf } from '../mailbox/traces.js';
import { asSpace, type Hub, type Listener } from './hub.js';
import type { Meter } from './meter.js';
import type { Right } from './proofs.js';
import { type Tally, tallyOut } from './tally.js';

export interface AttachmentDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly store: MailboxStore;
  readonly hub: Hub;
  readonly meter: Meter;
  readonly tally: Tally;
}

export interface AttachmentOptions {
  /** As it was when the keys were judged. */
  readonly state: MailboxState;
  /** Asked before anything of this conversation was read: its cursors pass what that run holds, and no other. */
  readonly run: DatabaseRun;
  readonly caller: Caller;
  readonly slot: number;
  readonly right: Right;
  /** Bytes the mailbox's owner may store in all. */
  readonly bytesMax: number;
  send(message: LogMessage): void;
  canSend(): boolean;
  /** Waits until this device may append so many entries; false when its connection has ended. */
  paced(entries: number): Promise<boolean>;
  full(): void;
  report(report: Report): void;
  /** The mailbox's keys changed, or it was deleted. */
  changed(): void;
  presence(sealed: Uint8Array): void;
}

export interface Attachment {
  readonly state: MailboxState;
  readonly slot: number;
  /** What it may do now. */
  right(): Right;
  readonly listener: Listener;
  deliver(message: LogMessage): void;
  drained(): void;
  /** By which keys the right was judged last. */
  judged(): MailboxKeys;
  /** Announcements only from here on: these are the keys now. */
  lower(keys: MailboxKeys): void;
  close(): Promise<void>;
}

/** Heard by nobody: the conversation ended before. */
class ConnectionEnded extends Error {
  override readonly name = 'ConnectionEnded';
}

/** Known ones too: a commit that was tried again after the database came back finds its own entries there. */
function lanesOf(batch: Batch): readonly Lane[] {
  return [...new Set((batch.entries ?? []).map((entry) => entry.lane))];
}

export function createAttachment(deps: AttachmentDeps, options: AttachmentOptions): Attachment {
  const { clock, hub, logger, meter, random, store, tally } = deps;
  const { run, state } = options;
  const { mailbox } = state;
  let right = options.right;
  let judged: MailboxKeys = state;

  const kept = async (batch: Batch): Promise<readonly Placed[]> => {
    try {
      return await store.commitIn(run.name, batch);
    } catch (error) {
      // Whoever else is connected hears at once what this commit found out.
      if (error instanceof OtherRun) hub.databaseRun().catch(() => undefined);
      throw error;
    }
  };
  const commit = async (batch: Batch): Promise<readonly Placed[]> => {
    const entries = batch.entries ?? [];
    if (entries.length > 0) {
      if (!(await options.paced(entries.length))) throw new ConnectionEnded('the connection ended before its entries had their turn');
      const more = entries.reduce((sum, entry) => sum + entry.sealed.length, 0);
      if ((await meter.bytes(state.account)) + more > options.bytesMax) {
        options.full();
        throw new StoreFull('the account that owns this mailbox has no room left');
      }
    }
    const committed = entries.length > 0 ? tally.committing() : null;
    const placed = await kept(batch);
    committed?.();
    const lanes = lanesOf(batch);
    const fresh = entries.filter((_entry, at) => placed[at]?.fresh === true);
    if (fresh.length > 0) {
      const bytes = fresh.reduce((sum, entry) => sum + entry.sealed.length, 0);
      meter.added(state.account, bytes);
      tally.moved('in', fresh.length, bytes);
    }
    if (lanes.length > 0) hub.grown(mailbox, lanes);
    return placed;
  };
  const sync: SpaceSync = createSpaceSync(
    { store, hashing: nodeHashing, random, clock, logger, commit, sums: hub.sums(mailbox, run) },
    {
      space: asSpace(mailbox),
      peer: peerOf(options.caller.device),
      slotOut: options.slot,
      storeId: run.storeId,
      level: right.level,
      takes: right.append,
      send(message) {
        options.send(message);
        tallyOut(tally, message);
      },
      canSend: options.canSend,
      report: options.report,
    },
  );
  const listener: Listener = {
    grown: (lane) => sync.appended(lane),
    reached: (lane) => sync.status().own[lane],
    judged: () => judged,
    changed: options.changed,
    presence(sealed) {
      if (right.level === 1) options.presence(sealed);
    },
  };
  hub.join(mailbox, listener);
  sync.start();
  return {
    state,
    slot: options.slot,
    right: () => right,
    judged: () => judged,
    listener,
    deliver: sync.onMessage,
    drained: sync.drained,
    lower(keys) {
      judged = keys;
      right = { level: 0, append: false };
      sync.setLevel(0);
    },
    async close() {
      hub.leave(mailbox, listener);
      await sync.close();
    },
  };
}
