/** One mailbox as this device sees it: which keys open it, at which level it talks, and when its keys are to be renewed (C31). */
import { sameBytes } from '@leanvibe/protocol/bytes';
import { PAST_KEYS_MAX } from '@leanvibe/protocol/limits';
import type { LogMessage } from '@leanvibe/protocol/peer';
import type { RelayRefusal } from '@leanvibe/protocol/relay';
import type { EpochSecrets } from '../keys/epoch.js';
import { keptSigners, proveMailbox } from '../keys/mailbox.js';
import type { SpaceSync } from '../log/sync.js';
import { refusalOf } from './relay-line.js';
import { createRenewal } from './relay-renewal.js';
import type { Room, RoomDeps } from './relay-room-api.js';
import { rightOf, type RoomRight, type RoomState } from './relay-right.js';

/** What a relay says of itself before this side begins; entries come only when asked for. */
const EARLY_MAX = 16;
/** What the relay cannot do just now is asked for again. */
const AGAIN_MS = 5_000;
/** What it will not do may change with a plan, or with who owns the mailbox. */
const REFUSED_MS = 300_000;
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
  let closed = false;

  const renewal = createRenewal({
    crypto,
    place,
    signersOf,
    nowMs: deps.nowMs,
    epochs: deps.epochs,
    current: deps.current,
    outdated: deps.outdated,
    settled: deps.settled,
    send: deps.send,
    later: deps.later,
    again: () => !closed && deps.changed(),
  });

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
  const attach = (secrets: EpochSecrets, asPast: boolean, make: boolean): void => {
    tried = secrets;
    slot = deps.slot();
    known = deps.epochs().length;
    become({ at: 'opening' });
    hangUp();
    // A relay that answers every key with another would be asked at the speed of the network.
    if (spent >= TRIES_MAX) return deps.later(AGAIN_MS, () => state.at === 'opening' && !closed && begin(false));
    spent++;
    deps.later(AGAIN_MS, () => spent--);
    const { read, append } = signersOf(secrets);
    if (make && append !== null) {
      deps.send({
        type: 'make',
        slot,
        mailbox,
        read: proveMailbox(crypto, read, place, 'make-read'),
        append: proveMailbox(crypto, append, place, 'make-append'),
        past: renewal.before(secrets),
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
    // Said twice it would begin a second conversation about one cursor.
    if (tried === null || state.at !== 'opening') return;
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
  const shut = (reason: RelayRefusal, detail: string): void => {
    const afterMs = reason === 'unavailable' ? AGAIN_MS : REFUSED_MS;
    deps.later(afterMs, () => {
      if (state.at !== 'shut' || closed) return;
      remade = false;
      begin(false);
    });
    state = { at: 'shut', reason, detail };
    hangUp();
    deps.changed();
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
          renewal.answered();
          return stale(message.read);
        case 'full':
          full = true;
          return deps.changed();
        case 'done':
          if (message.code !== REKEY) return;
          renewal.answered();
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
          return shut(reason, message.detail);
        }
      }
    },
    onLog(message) {
      if (sync !== null) return sync.onMessage(message);
      if (state.at !== 'open') return;
      if (early.length < EARLY_MAX) early.push(message);
      else shut('malformed', 'it went on before this device began');
    },
    look() {
      if (full && sync?.status().pendingOut === 0) full = false;
      if (outgrown()) begin(false);
      else if (state.at === 'open' && sync !== null && tried !== null) {
        const { epoch, right } = state;
        renewal.look({ slot, epoch, right, proven: tried, sync, strange: present !== null && fits() === undefined, full });
      }
    },
    denied: () => deps.later(REFUSED_MS, renewal.answered),
    send(message) {
      deps.send(message(slot));
    },
    close() {
      closed = true;
      hangUp();
    },
  };
}
