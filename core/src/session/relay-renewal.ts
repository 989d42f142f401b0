/** When the keys of a mailbox are renewed, by a device that may (C31). */
import { PAST_KEYS_MAX } from '@leanvibe/protocol/limits';
import type { EpochId } from '@leanvibe/protocol/ids';
import type { RelayUp } from '@leanvibe/protocol/relay';
import type { EpochSecrets } from '../keys/epoch.js';
import { type keptSigners, type ProofPlace, proveMailbox } from '../keys/mailbox.js';
import type { SpaceSync } from '../log/sync.js';
import type { Crypto } from '../ports/crypto.js';
import type { RoomRight } from './relay-right.js';

export interface RenewalDeps {
  readonly crypto: Crypto;
  readonly place: ProofPlace;
  readonly signersOf: ReturnType<typeof keptSigners>;
  nowMs(): number;
  /** Every epoch held, those in use first. */
  epochs(): readonly EpochSecrets[];
  /** The epoch written under now; null while there is none. */
  current(): EpochSecrets | null;
  /** By the links held here this epoch may no longer be written under. */
  outdated(epoch: EpochId): boolean;
  /** Whether all that is stored here has been taken account of. */
  settled(): boolean;
  send(message: RelayUp): void;
  later(afterMs: number, run: () => void): void;
  /** Looks again whether keys are to be renewed. */
  again(): void;
}

/** A mailbox that is open, as renewal needs it. */
export interface OpenRoom {
  readonly slot: number;
  readonly epoch: EpochId;
  readonly right: RoomRight;
  /** The epoch its keys were proven by. */
  readonly proven: EpochSecrets;
  readonly sync: SpaceSync;
  /** Its present keys are of no epoch held here. */
  readonly strange: boolean;
  /** The owner's append wait for room at the relay. */
  readonly full: boolean;
}

export interface Renewal {
  look(room: OpenRoom): void;
  /** The relay did it, would not, or told of other keys. */
  answered(): void;
  /** Read keys of the other epochs held: whoever knows no newer one finds the announcements by them. */
  before(secrets: EpochSecrets): readonly Uint8Array[];
}

/** Whoever is to be shut out cannot put it off for longer by going on to write, or by filling the quota. */
const PATIENCE_MS = 30_000;
const SOON_MS = 1_000;
/**
 * Keys put back that did not stay are put back more and more seldom: a device that was taken out of the space, and at an account that owns
 * the mailbox cannot know it, would otherwise turn the lock against the others for ever.
 */
const FIRST_PAUSE_MS = 5_000;
const MOST_PAUSE_MS = 600_000;

export function createRenewal(deps: RenewalDeps): Renewal {
  const { crypto, place, signersOf } = deps;
  let asked = false;
  /** Counted anew in each conversation: two who renew by turns must get to tell each other what they know. */
  let owed: { readonly slot: number; readonly sinceMs: number } | null = null;
  let waiting = false;
  let putBack: { readonly atMs: number; readonly pauseMs: number } | null = null;

  const again = (afterMs: number): false => {
    if (!waiting)
      deps.later(afterMs, () => {
        waiting = false;
        deps.again();
      });
    waiting = true;
    return false;
  };

  const before = (secrets: EpochSecrets): readonly Uint8Array[] => {
    const others = deps.epochs().filter((one) => one !== secrets);
    return others.slice(0, PAST_KEYS_MAX).map((one) => signersOf(one).read.publicKey);
  };
  /**
   * C31: keys that no announcement there tells of, since those are stored before keys are renewed: whoever owns the mailbox undoes it.
   * An announcement that is stored here and not yet read would tell of them.
   */
  const usurped = ({ right, strange, sync }: OpenRoom): boolean => {
    if (!right.owner || !strange || !sync.status().idle) return false;
    if (!deps.settled()) return again(SOON_MS);
    const waitMs = putBack === null ? 0 : putBack.pauseMs - Math.abs(deps.nowMs() - putBack.atMs);
    if (waitMs > 0) return again(waitMs);
    putBack = { atMs: deps.nowMs(), pauseMs: Math.min(MOST_PAUSE_MS, putBack === null ? FIRST_PAUSE_MS : putBack.pauseMs * 2) };
    return true;
  };
  /** All that is ours in the lanes that announcements and links travel in is there, or finds no room. */
  const told = ({ full, sync }: OpenRoom): boolean => {
    const { own, peerHolds } = sync.status();
    return full || ([0, 1] as const).every((lane) => peerHolds[lane] >= own[lane]);
  };
  /**
   * Only once everything of ours is there, so that whoever is shut out by new keys finds their announcement, and everything of others is
   * here, so that two who hold different keys do not turn the lock against each other for ever; but not at the pace of whoever is shut out.
   */
  const outgrown = (room: OpenRoom): boolean => {
    if (!deps.outdated(room.epoch)) {
      owed = null;
      return false;
    }
    if (room.sync.status().idle) return true;
    if (owed?.slot !== room.slot) {
      owed = { slot: room.slot, sinceMs: deps.nowMs() };
      deps.later(PATIENCE_MS, deps.again);
    }
    return Math.abs(deps.nowMs() - owed.sinceMs) >= PATIENCE_MS && told(room);
  };

  return {
    before,
    look(room) {
      const current = deps.current();
      const { proven, right } = room;
      if (asked || current === null) return;
      const next = signersOf(current);
      const old = signersOf(proven).append;
      if (next.append === null || !(right.owner || (right.listed && right.append && old !== null))) return;
      if (!(right.level === 0 ? usurped(room) : outgrown(room))) return;
      const keys = [next.read.publicKey, next.append.publicKey];
      asked = true;
      deps.send({
        type: 'rekey',
        slot: room.slot,
        read: proveMailbox(crypto, next.read, place, 'rekey-read'),
        append: proveMailbox(crypto, next.append, place, 'rekey-append'),
        present: old === null ? null : proveMailbox(crypto, old, place, 'rekey', keys),
        past: before(current),
      });
    },
    answered() {
      asked = false;
    },
  };
}
