/** One copy of a relay whose connections are spoken to word by word: for what no honest device says. Its store and clock are the test's. */
import { nodeVerifying } from '@leanvibe/core/internal/crypto/node/verify';
import { nativeCrypto } from '@leanvibe/core/internal/crypto/node/native';
import { type MailboxSigners, mailboxSigners, proveMailbox } from '@leanvibe/core/internal/keys/mailbox';
import { createLocalBus } from '@leanvibe/relay/internal/bus/local';
import type { Act } from '@leanvibe/relay/internal/ports/audit';
import type { Caller, Quota } from '@leanvibe/relay/internal/ports/caller';
import type { MailboxKeys, MailboxStore } from '@leanvibe/relay/internal/ports/mailbox-store';
import { createConnection } from '@leanvibe/relay/internal/session/connection';
import type { ConnectionDeps } from '@leanvibe/relay/internal/session/deps';
import { createHub, type Hub } from '@leanvibe/relay/internal/session/hub';
import { createMeter } from '@leanvibe/relay/internal/session/meter';
import { createPipeRoom } from '@leanvibe/relay/internal/session/pipes';
import { WIRE_VERSION } from '@leanvibe/protocol/version';
import { type MailboxId, toHex } from '@leanvibe/protocol/ids';
import { isLogFrame, type LogMessage, logMessage } from '@leanvibe/protocol/peer';
import {
  type KeyProof,
  type MailboxOperation,
  RELAY_REFUSALS,
  type RelayDown,
  relayDown,
  type RelayUp,
  relayUp,
} from '@leanvibe/protocol/relay';
import { decode, encode } from '@leanvibe/protocol/shape';
import { onTestFinished } from 'vitest';
import { drained, type VirtualClock } from './clock.js';
import { bytesOf, chance, silent } from './store-things.js';

const ORIGIN = 'https://relay.test';
const crypto = nativeCrypto();
const QUOTA: Quota = { tier: 'free', mailboxes: 20, bytes: 1e9, devices: 100, appendsPerMinute: 600 };

export interface VisitedRelay {
  readonly hub: Hub;
  readonly acts: readonly Act[];
  /** Reasons counted. */
  readonly counted: readonly string[];
  readonly deps: ConnectionDeps;
  /** How many times a token was looked at, and what is answered from here on. */
  readonly door: { asked: number; admit: (token: string) => Promise<Caller | null> };
  /** Connects and says nothing yet. */
  visit(): Visit;
  /** Connects and says hello with the token `account/device`. */
  enter(token: string): Promise<Visit>;
}

export interface Visit {
  readonly said: RelayDown[];
  /** Log messages go to. */
  readonly ear: { hear(message: LogMessage): void };
  readonly closed: string[];
  say(message: RelayUp): void;
  log(message: LogMessage): void;
  frame(bytes: Uint8Array): void;
  prove(mailbox: MailboxId, seed: number, operation: MailboxOperation, next?: readonly Uint8Array[]): KeyProof;
  attach(slot: number, mailbox: MailboxId, seed: number): void;
  make(slot: number, mailbox: MailboxId, seed: number): void;
  /** The line is cut. */
  leave(): Promise<void>;
  refusals(): readonly string[];
}

export function signersOf(mailbox: MailboxId, seed: number): MailboxSigners {
  return mailboxSigners(crypto, { read: bytesOf(seed, 32), append: bytesOf(seed + 1_000_000, 32) }, mailbox);
}

/** The keys of a mailbox's epoch number `seed`, as the store has them. */
export function epochKeys(mailbox: MailboxId, seed: number): MailboxKeys {
  const { append, read } = signersOf(mailbox, seed);
  return { readKey: toHex(read.publicKey), appendKey: toHex(append?.publicKey ?? new Uint8Array()) };
}

/** Everything that goes on without a timer is done. */
export async function settled(): Promise<void> {
  for (let at = 0; at < 50; at++) await drained();
}

export function visitedRelay(store: MailboxStore, clock: VirtualClock, quota: Partial<Quota> = {}): VisitedRelay {
  const acts: Act[] = [];
  const counted: string[] = [];
  const bus = createLocalBus({ logger: silent });
  const hub = createHub({ clock, logger: silent, bus, store });
  onTestFinished(() => hub.stop());
  const door: VisitedRelay['door'] = {
    asked: 0,
    admit(token) {
      const [account = '', device = ''] = token.split('/');
      return Promise.resolve({ account, device, kind: 'mac_agent', quota: { ...QUOTA, ...quota } });
    },
  };
  const deps: ConnectionDeps = {
    clock,
    random: chance,
    logger: silent,
    checking: nodeVerifying(),
    doorman: {
      admit(token) {
        door.asked++;
        return door.admit(token);
      },
      quota: () => Promise.resolve({ ...QUOTA, ...quota }),
    },
    store,
    hub,
    meter: createMeter(clock, store),
    pipes: createPipeRoom({ bus, clock, random: chance }),
    audit: { note: (act) => void acts.push(act), flush: () => Promise.resolve(), close: () => Promise.resolve() },
    tally: { moved: () => undefined, committing: () => () => undefined },
    origins: [ORIGIN],
    count: (reason) => void counted.push(reason),
  };
  const visit = (): Visit => createVisit(deps);
  return {
    hub,
    acts,
    counted,
    deps,
    door,
    visit,
    async enter(token) {
      const one = visit();
      one.say({ type: 'hello', version: WIRE_VERSION, versionMin: WIRE_VERSION, origin: ORIGIN, token });
      await settled();
      return one;
    },
  };
}

function createVisit(deps: ConnectionDeps): Visit {
  const said: RelayDown[] = [];
  const ear: Visit['ear'] = { hear: () => undefined };
  const closed: string[] = [];
  const connection = createConnection(deps, {
    address: '192.0.2.1',
    send(frame) {
      const read = isLogFrame(frame) ? null : decode(relayDown, frame);
      if (read?.ok === true) said.push(read.value);
      const log = isLogFrame(frame) ? decode(logMessage, frame) : null;
      if (log?.ok === true) ear.hear(log.value);
    },
    queuedBytes: () => 0,
    close: (reason) => void closed.push(reason),
  });
  onTestFinished(() => connection.closed());
  const nonce = (): Uint8Array => {
    const welcome = said.find((one) => one.type === 'welcome');
    if (welcome?.type !== 'welcome') throw new Error(`no welcome: ${JSON.stringify(said)}`);
    return welcome.nonce;
  };
  const prove: Visit['prove'] = (mailbox, seed, operation, next) => {
    const { append, read } = signersOf(mailbox, seed);
    const keys = ['read', 'make-read', 'rekey-read'].includes(operation) ? read : append;
    if (keys === null) throw new Error('impossible: both were made');
    return proveMailbox(crypto, keys, { origin: ORIGIN, mailbox, nonce: nonce() }, operation, next);
  };
  const say = (message: RelayUp): void => connection.onFrame(encode(relayUp, message));
  return {
    said,
    ear,
    closed,
    say,
    log: (message) => connection.onFrame(encode(logMessage, message)),
    frame: (bytes) => connection.onFrame(bytes),
    prove,
    attach: (slot, mailbox, seed) =>
      say({ type: 'attach', slot, mailbox, read: prove(mailbox, seed, 'read'), append: prove(mailbox, seed, 'append') }),
    make: (slot, mailbox, seed) =>
      say({ type: 'make', slot, mailbox, read: prove(mailbox, seed, 'make-read'), append: prove(mailbox, seed, 'make-append'), past: [] }),
    leave: () => connection.closed(),
    refusals: () => said.flatMap((one) => (one.type === 'refused' ? [RELAY_REFUSALS[one.code] ?? '?'] : [])),
  };
}
