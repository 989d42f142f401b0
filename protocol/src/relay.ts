/** The relay doorway: what a device and a relay say to each other on `WS /sync`, besides the log conversations of the peer doorway (C31 – C33). */
import type { EntryId, MailboxId } from './ids.js';
import { OFFER_IDS_MAX, OWNED_MAX, PAST_KEYS_MAX, PIPE_BYTES_MAX } from './limits.js';
import { bytes, id, list, optional, record, type Shape, text, type TypeOf, uint, union } from './shape.js';

/** The device's own number for one mailbox or pipe on this connection; both sides use it. */
const slot = uint(65535);
const lane = uint(2) as Shape<0 | 1 | 2>;
const key = bytes(32, 32);

/** A public key of a mailbox and a signature by it over what is asked for (W30). */
export const keyProof = record({ key: [0, key], signature: [1, bytes(64, 64)] });
export type KeyProof = TypeOf<typeof keyProof>;

/** What a proof is for; the number is signed. */
export const OPERATIONS = ['read', 'append', 'make-read', 'make-append', 'rekey-read', 'rekey-append', 'rekey', 'remove'] as const;
export type MailboxOperation = (typeof OPERATIONS)[number];

/** Why a relay does not do what it was asked. */
export const RELAY_REFUSALS = [
  'version',
  'token',
  'origin',
  'unknown-mailbox',
  'proof',
  'taken',
  'not-yours',
  'quota-mailboxes',
  'quota-bytes',
  'too-many',
  'nobody-there',
  'malformed',
  'revoked',
  'going-away',
  'too-slow',
  'unavailable',
] as const;
export type RelayRefusal = (typeof RELAY_REFUSALS)[number];

/** To the relay. Codes from 16 up are log conversations, in both directions, under the device's slot. */
export const relayUp = union({
  /** First of all. `origin`: the address the device believes it dialled. Without a token only a guest's pipe is to be had. */
  hello: [1, record({ version: [0, uint(255)], versionMin: [1, uint(255)], origin: [2, text(256)], token: [3, optional(text(256))] })],
  /** Opens a mailbox, with the proofs the device has. `read` by a past key gives announcements. */
  attach: [2, record({ slot: [0, slot], mailbox: [1, id<MailboxId>()], read: [2, keyProof], append: [3, optional(keyProof)] })],
  /** Makes a mailbox for this account under an id of the device's choosing, and opens it. `past`: read keys of epochs before, which open announcements. */
  make: [
    3,
    record({
      slot: [0, slot],
      mailbox: [1, id<MailboxId>()],
      read: [2, keyProof],
      append: [3, keyProof],
      past: [4, list(key, PAST_KEYS_MAX)],
    }),
  ],
  /** New keys. `present`: proof of the present append key; the owning account alone needs none. */
  rekey: [
    4,
    record({
      slot: [0, slot],
      read: [1, keyProof],
      append: [2, keyProof],
      present: [3, optional(keyProof)],
      past: [4, list(key, PAST_KEYS_MAX)],
    }),
  ],
  /** The owning account lets another account rekey, or no longer. */
  list: [5, record({ slot: [0, slot], account: [1, text(64)], listed: [2, uint(1)] })],
  /** The owning account drops the bytes of entries that a checkpoint covers; ids stay. */
  prune: [6, record({ slot: [0, slot], lane: [1, lane], ids: [2, list(id<EntryId>(), OFFER_IDS_MAX, 1)] })],
  /** Deletes the mailbox, for good after 30 days. */
  remove: [7, record({ slot: [0, slot], append: [1, keyProof] })],
  presence: [8, record({ slot: [0, slot], sealed: [1, bytes(1, 16384)] })],
  /** Closes a mailbox or pipe of this connection. */
  leave: [9, record({ slot: [0, slot] })],
  /** C41: meets whoever names the same 32 bytes. `end`: 0 waits for guests, 1 is one. */
  pipe: [10, record({ slot: [0, slot], name: [1, key], end: [2, uint(1)] })],
  data: [11, record({ slot: [0, slot], bytes: [1, bytes(1, PIPE_BYTES_MAX)] })],
  ping: [12, record({ nonce: [0, uint()] })],
  pong: [13, record({ nonce: [0, uint()] })],
});
export type RelayUp = TypeOf<typeof relayUp>;

export const ownedMailbox = record({ mailbox: [0, id<MailboxId>()], read: [1, key] });
export type OwnedMailbox = TypeOf<typeof ownedMailbox>;

/** From the relay. */
export const relayDown = union({
  /** `nonce` goes into every proof of this connection. `account`, `device`: the relay's own names of them, absent without a token. */
  welcome: [1, record({ version: [0, uint(255)], nonce: [1, key], account: [2, optional(text(64))], device: [3, optional(text(64))] })],
  /** `level` 0 = announcements only. `append`, `owner`, `listed`: what this connection may do with the mailbox. */
  attached: [2, record({ slot: [0, slot], level: [1, uint(1)], append: [2, uint(1)], owner: [3, uint(1)], listed: [4, uint(1)] })],
  /** Other than the present keys were proven, or the keys changed: these are the present ones. After a past key it follows `attached`. */
  stale: [3, record({ slot: [0, slot], read: [1, key], append: [2, key] })],
  /** The slot is closed, or without a slot the connection. `detail` is for people. */
  refused: [4, record({ slot: [0, optional(slot)], code: [1, uint(RELAY_REFUSALS.length - 1)], detail: [2, text(256)] })],
  /** `rekey`, `list`, `prune` or `remove` of this slot is on disk. */
  done: [5, record({ slot: [0, slot], code: [1, uint(15)] })],
  presence: [6, record({ slot: [0, slot], sealed: [1, bytes(1, 16384)] })],
  /** Somebody is at the other end of this pipe. A host that waits for more opens another. */
  met: [7, record({ slot: [0, slot] })],
  data: [8, record({ slot: [0, slot], bytes: [1, bytes(1, PIPE_BYTES_MAX)] })],
  /** A pipe's other end is gone. */
  ended: [9, record({ slot: [0, slot] })],
  /** The owning account has no room left: what is sent waits unacknowledged until there is some. */
  full: [10, record({ slot: [0, slot] })],
  ping: [12, record({ nonce: [0, uint()] })],
  pong: [13, record({ nonce: [0, uint()] })],
  /** Follows the welcome of an account: its mailboxes and the present read key of each, by which a device finds those it has no link of. */
  owned: [14, record({ mailboxes: [0, list(ownedMailbox, OWNED_MAX)] })],
});
export type RelayDown = TypeOf<typeof relayDown>;
