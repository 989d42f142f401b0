/** A device of a real relay without an engine: one mailbox, real sessions and log conversations over core's memory store, and a memory of all that was acknowledged. */
import { dialRelay } from '@leanvibe/agent/internal/relay/line';
import { nativeCrypto } from '@leanvibe/core/internal/crypto/node/native';
import type { EpochSecrets } from '@leanvibe/core/internal/keys/epoch';
import type { Report } from '@leanvibe/core/internal/log/effect';
import { createSpaceSync, type SpaceSync } from '@leanvibe/core/internal/log/sync';
import { createMemoryStore } from '@leanvibe/core/internal/memory/store';
import type { Batch } from '@leanvibe/core/internal/ports/store';
import { openRelaySession, type RelaySession, type RelaySpaces } from '@leanvibe/core/internal/session/relay';
import { concat } from '@leanvibe/protocol/bytes';
import { type DeviceId, type EntryId, type EpochId, type MailboxId, makeId, type SpaceId } from '@leanvibe/protocol/ids';
import { writeSealed } from '@leanvibe/protocol/sealed';
import { chance, entryOf, nodeHashing, silent } from './store-things.js';
import { systemClock } from './system-clock.js';
import { until } from './wait.js';

export const relayCrypto = nativeCrypto();

/** A mailbox and the secrets that open it, known to all devices that share it. */
export interface Shared {
  readonly mailbox: MailboxId;
  readonly secrets: EpochSecrets;
}

export function newShared(): Shared {
  const secrets = { epoch: makeId<EpochId>(chance.bytes(32)), read: chance.bytes(32), append: chance.bytes(32) };
  return { mailbox: makeId<MailboxId>(chance.bytes(32)), secrets };
}

/** Bytes that look sealed to whoever has no key. */
export function sealedOf(shared: Shared, plainBytes = 512): Uint8Array {
  const { epoch } = shared.secrets;
  return writeSealed({ kind: 'change', epoch, nonce: chance.bytes(24), ciphertext: concat(chance.bytes(plainBytes + 16)) });
}

export interface RelayClient {
  readonly reports: readonly Report[];
  /** Milliseconds of the machine's clock at which a mailbox was opened, for each connection. */
  readonly openedMs: readonly number[];
  /** Entries kept here and given to the relay as soon as it can be. */
  append(count: number, plainBytes?: number): Promise<void>;
  /** Its own entries the relay ever said it stored. */
  acknowledged(): readonly EntryId[];
  appended(): number;
  /** Every entry held here, in the order it came. */
  log(): Promise<readonly EntryId[]>;
  open(): boolean;
  /** Opens the mailbox within the limit, or throws. */
  opened(limitMs?: number): Promise<void>;
  /** Everything of its own is at the relay. */
  settled(limitMs?: number): Promise<void>;
  close(): Promise<void>;
}

export interface RelayClientOptions {
  readonly origin: string;
  readonly token: string;
  readonly shared: Shared;
}

const FIRST_MS = 100;
const MOST_MS = 2_000;

export function createRelayClient({ origin, shared, token }: RelayClientOptions): RelayClient {
  const { mailbox, secrets } = shared;
  const space = mailbox as string as SpaceId;
  const peer = makeId<DeviceId>(nodeHashing.sha256(new TextEncoder().encode(origin)));
  const store = createMemoryStore({ hashing: nodeHashing, random: chance });
  const reports: Report[] = [];
  const openedMs: number[] = [];
  const own = new Map<number, EntryId>();
  const acknowledged = new Set<EntryId>();
  const ending = new AbortController();
  let closing: Promise<void> = Promise.resolve();
  let session: RelaySession | null = null;
  let sync: SpaceSync | null = null;
  let pauseMs = FIRST_MS;

  const hear = (): void => {
    const held = sync?.status().peerHolds[2] ?? 0;
    for (const [position, id] of own) if (position <= held) acknowledged.add(id);
  };
  const commit = (batch: Batch): ReturnType<typeof store.commit> => store.commit(batch);
  const spaces: RelaySpaces = {
    mailboxes: () => [{ space, mailbox, make: true }],
    mayMake: () => true,
    outdated: () => false,
    settled: () => true,
    epochs: () => [secrets],
    current: () => secrets,
    async converse(_place, slot, right, send, canSend) {
      await closing;
      const talk = createSpaceSync(
        { store, hashing: nodeHashing, random: chance, clock: systemClock, logger: silent, commit },
        { space, peer, slotOut: slot, level: right.level, send, canSend, report: (report) => void reports.push(report) },
      );
      talk.subscribe(hear);
      sync = talk;
      pauseMs = FIRST_MS;
      openedMs.push(Date.now());
      return {
        ...talk,
        close() {
          if (sync === talk) sync = null;
          closing = talk.close();
          return closing;
        },
      };
    },
    malformed(detail) {
      throw new Error(`the relay broke the protocol: ${detail}`);
    },
  };
  const again = (): void => {
    session = null;
    if (ending.signal.aborted) return;
    setTimeout(() => void dial(), pauseMs * (0.5 + Math.random() / 2)).unref();
    pauseMs = Math.min(MOST_MS, pauseMs * 2);
  };
  const dial = async (): Promise<void> => {
    try {
      const line = await dialRelay(origin, ending.signal);
      session = openRelaySession(
        { clock: systemClock, crypto: relayCrypto, spaces },
        line,
        { origin, token },
        {
          changed: () => undefined,
          closed: again,
        },
      );
    } catch {
      again(); // nobody is there yet
    }
  };
  void dial();

  return {
    reports,
    openedMs,
    async append(count, plainBytes) {
      const entries = Array.from({ length: count }, () => entryOf(sealedOf(shared, plainBytes), { space }));
      for (const placed of await store.commit({ entries })) own.set(placed.position, placed.entryId);
      session?.appended(space, [2]);
    },
    acknowledged: () => [...acknowledged],
    appended: () => own.size,
    log: () => store.ids(space, 2),
    open: () => sync !== null,
    opened: async (limitMs = 10_000) => void (await until('a mailbox is open', () => sync !== null, limitMs)),
    settled: async (limitMs = 20_000) =>
      void (await until('the relay stored all of it', () => acknowledged.size === own.size && sync?.status().idle === true, limitMs)),
    async close() {
      ending.abort();
      session?.close('done');
      await closing;
    },
  };
}
