/** One mailbox as this device sees it: which keys open it, at which level it talks, and when its keys are to be renewed (C31). */
import { sameBytes } from '@leanvibe/protocol/bytes';
import { PAST_KEYS_MAX } from '@leanvibe/protocol/limits';
import type { EpochId, MailboxId, SpaceId } from '@leanvibe/protocol/ids';
import type { LogMessage } from '@leanvibe/protocol/peer';
import type { RelayDown, RelayUp } from '@leanvibe/protocol/relay';
import type { EpochSecrets } from '../keys/epoch.js';
import { keptSigners, proveMailbox } from '../keys/mailbox.js';
import type { SpaceSync } from '../log/sync.js';
import type { Crypto } from '../ports/crypto.js';
import { refusalOf } from './relay-line.js';
import { rightOf, type RoomRight, type RoomState } from './relay-right.js';

export interface RoomDeps {
  readonly crypto: Crypto;
  readonly origin: string;
  readonly nonce: Uint8Array;
  readonly space: SpaceId;
  readonly mailbox: MailboxId;
  /** Every epoch held, those in use first. */
  epochs(): readonly EpochSecrets[];
  /** The epoch written under now; null while there is none. */
  current(): EpochSecrets | null;
  /** By the links held here this epoch may no longer be written under. */
  outdated(epoch: EpochId): boolean;
  send(message: RelayUp): void;
  /** A slot nobody used on this connection. */
  slot(): number;
  converse(slot: number, right: RoomRight): Promise<SpaceSync>;
  /** Whether this device would make it, were it not there. */
  mayMake(): boolean;
  /** In a few seconds. */
  later(run: () => void): void;
  changed(): void;
}

export interface Room {
  readonly space: SpaceId;
  readonly mailbox: MailboxId;
  slot(): number;
  state(): RoomState;
  sync(): SpaceSync | null;
  /** The owner's append wait for room at the relay. */
  full(): boolean;
  open(make: boolean): void;
  onMessage(message: Extract<RelayDown, { type: 'attached' | 'stale' | 'refused' | 'done' | 'full' }>): void;
  onLog(message: LogMessage): void;
  /** Keys, membership or what is stored there changed: open what can be opened now, renew keys that are out of date. */
  look(): void;
  send(message: (slot: number) => RelayUp): void;
  close(): void;
}

const EARLY_MAX = 256;
/** Openings within some seconds; past keys, tried one by one, are at most half of it. */
const TRIES_MAX = 64;
const REKEY = 4;

export function createRoom(deps: RoomDeps): Room {
  const { crypto, mailbox } = deps;
  const place = { origin: deps.origin, mailbox, nonce: deps.nonce };
  const signersOf = keptSigners(crypto, mailbox);
  let slot = -1;
  let state: RoomState = { at: 'opening' };
  let tried: EpochSecrets | null = null;
  /** Past keys still to be tried; null while the present ones are. */
  let past: EpochSecrets[] | null = null;
  let known = 0;
  /** The mailbox's read key as the relay told it last. */
  let present: Uint8Array | null = null;
  let sync: SpaceSync | null = null;
  let early: LogMessage[] = [];
  let full = false;
  let remade = false;
  /** Times it was opened in the last seconds. */
  let spent = 0;
  let rekeying = false;
  let closed = false;

  const become = (next: RoomState): void => {
    state = next;
    deps.changed();
  };
  const hangUp = (): void => {
    const ended = sync;
    // First, as ending it is a change that is looked at.
    sync = null;
    void ended?.close();
    early = [];
    full = false;
  };
  /** Read keys of the other epochs held: whoever knows no newer one finds the announcements by them. */
  const before = (secrets: EpochSecrets): readonly Uint8Array[] => {
    const others = deps.epochs().filter((one) => one !== secrets);
    return others.slice(0, PAST_KEYS_MAX).map((one) => signersOf(one).read.publicKey);
  };
  const attach = (secrets: EpochSecrets, asPast: boolean, make: boolean): void => {
    tried = secrets;
    slot = deps.slot();
    known = deps.epochs().length;
    become({ at: 'opening' });
    hangUp();
    // A relay that answers every key with another would be asked at the speed of the network.
    if (spent >= TRIES_MAX) return deps.later(() => state.at === 'opening' && !closed && begin(false));
    spent++;
    deps.later(() => spent--);
    const { read, append } = signersOf(secrets);
    if (make && append !== null) {
      deps.send({
        type: 'make',
        slot,
        mailbox,
        read: proveMailbox(crypto, read, place, 'make-read'),
        append: proveMailbox(crypto, append, place, 'make-append'),
        past: before(secrets),
      });
    } else {
      const proof = asPast || append === null ? null : proveMailbox(crypto, append, place, 'append');
      deps.send({ type: 'attach', slot, mailbox, read: proveMailbox(crypto, read, place, 'read'), append: proof });
    }
  };
  const first = (): EpochSecrets | null => deps.current() ?? deps.epochs()[0] ?? null;
  const begin = (make: boolean): void => {
    past = null;
    const secrets = fits() ?? first();
    if (secrets === null) return become({ at: 'behind' });
    attach(secrets, false, make);
  };
  /** The epoch whose read key the mailbox has now, should it be held here. */
  const fits = (): EpochSecrets | undefined => {
    const keys = present;
    return keys === null ? undefined : deps.epochs().find((one) => sameBytes(signersOf(one).read.publicKey, keys));
  };
  /** The relay's present keys are of another epoch than was proven. */
  const stale = (keys: Uint8Array): void => {
    present = keys;
    const fitting = fits();
    if (fitting !== undefined && fitting !== tried) {
      past = null;
      return attach(fitting, false, false);
    }
    // A past key opened it for announcements, which is all there is to be had.
    if (state.at === 'open' && state.right.level === 0) return;
    past ??= deps.epochs().slice(0, PAST_KEYS_MAX);
    const next = past.shift();
    if (next !== undefined) return attach(next, true, false);
    state = { at: 'behind' };
    known = deps.epochs().length;
    hangUp();
    deps.changed();
  };
  const attached = (right: RoomRight): void => {
    if (tried === null) return;
    const mine = slot;
    become({ at: 'open', right, epoch: tried.epoch });
    void deps.converse(mine, right).then((begun) => {
      if (closed || slot !== mine) return void begun.close();
      sync = begun;
      begun.start();
      for (const message of early.splice(0)) begun.onMessage(message);
      deps.changed();
    });
  };
  /** C31: keys that no announcement there tells of, since those are stored before keys are renewed: whoever owns the mailbox undoes it. */
  const usurped = (right: RoomRight, { status }: SpaceSync): boolean =>
    right.owner && present !== null && fits() === undefined && status().idle;
  /** Only once everything of ours is there, so that whoever is shut out by new keys finds their announcement, and everything of others is here, so that two who hold different keys do not turn the lock against each other for ever. */
  const rekey = (): void => {
    if (state.at !== 'open' || rekeying || sync?.status().idle !== true) return;
    const current = deps.current();
    const { epoch, right } = state;
    if (current === null || tried === null || !(right.level === 0 ? usurped(right, sync) : deps.outdated(epoch))) return;
    const next = signersOf(current);
    const old = signersOf(tried).append;
    if (next.append === null || !(right.owner || (right.listed && right.append && old !== null))) return;
    const keys = [next.read.publicKey, next.append.publicKey];
    rekeying = true;
    deps.send({
      type: 'rekey',
      slot,
      read: proveMailbox(crypto, next.read, place, 'rekey-read'),
      append: proveMailbox(crypto, next.append, place, 'rekey-append'),
      present: old === null ? null : proveMailbox(crypto, old, place, 'rekey', keys),
      past: before(current),
    });
  };
  /** More can be opened than was: other epochs are known, or the append key of this one. */
  const outgrown = (): boolean => {
    if (state.at === 'behind') return deps.epochs().length > known;
    if (state.at !== 'open') return false;
    if (state.right.level === 0) return deps.epochs().length > known;
    const { epoch } = state;
    return !state.right.append && deps.epochs().some((one) => one.epoch === epoch && one.append !== null && tried?.append === null);
  };

  return {
    space: deps.space,
    mailbox,
    slot: () => slot,
    state: () => state,
    sync: () => sync,
    full: () => full,
    open: begin,
    onMessage(message) {
      switch (message.type) {
        case 'attached':
          return attached(rightOf(message));
        case 'stale':
          rekeying = false;
          return stale(message.read);
        case 'full':
          full = true;
          return deps.changed();
        case 'done':
          if (message.code !== REKEY) return;
          rekeying = false;
          return state.at === 'open' && state.right.level === 0 ? begin(false) : undefined;
        case 'refused': {
          const reason = refusalOf(message.code);
          // Made before, in a run that did not live to tell.
          if (reason === 'taken') return begin(false);
          // A database put back to before it was made.
          if (reason === 'unknown-mailbox' && !remade && deps.mayMake()) {
            remade = true;
            return begin(true);
          }
          if (reason === 'unavailable') deps.later(() => state.at === 'shut' && !closed && begin(false));
          state = { at: 'shut', reason, detail: message.detail };
          hangUp();
          return deps.changed();
        }
      }
    },
    onLog(message) {
      if (sync !== null) sync.onMessage(message);
      else if (early.length < EARLY_MAX) early.push(message);
    },
    look() {
      if (outgrown()) begin(false);
      else rekey();
    },
    send(message) {
      deps.send(message(slot));
    },
    close() {
      closed = true;
      hangUp();
    },
  };
}
