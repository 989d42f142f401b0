/** The peer doorway: everything two devices may say to each other on a sync channel (C25 – C30). */
import type { EntryId, Hash, MailboxId, StoreId } from './ids.js';
import {
  ENTRY_BYTES_MAX,
  FRAME_ENTRIES_MAX,
  LEAF_IDS_MAX,
  MAILBOXES_MAX,
  OFFER_IDS_MAX,
  ORIGIN_BYTES_MAX,
  RANGES_MAX,
  TAGS_MAX,
} from './limits.js';
import { bytes, id, list, optional, record, type Shape, text, type TypeOf, uint, union } from './shape.js';

/** A space's place in the sender's own list of opened spaces. */
const slot = uint(65535);
/** C26: 0 announcements; 1 links, checkpoints, attestations; 2 changes and parts. */
const lane = uint(2) as Shape<0 | 1 | 2>;
const hash = id<Hash>();
const fingerprint = bytes(16, 16);
/** Hex digits of an entry id, one byte each (0–15): a branch of the 16-way tree. */
const prefix = bytes(0, 64);

/** A point of a log. */
const head = record({ position: [0, uint()], prefixHash: [1, hash] });
export const cursor = record({ lane: [0, lane], position: [1, uint()], prefixHash: [2, hash] });
export type WireCursor = TypeOf<typeof cursor>;

/** What one side holds under a prefix (C27). */
export const rangeSum = record({ prefix: [0, prefix], count: [1, uint()], fingerprint: [2, fingerprint] });
export type WireRangeSum = TypeOf<typeof rangeSum>;

/** One differing range of an answer: a child's sum, or the ids of a leaf; exactly one of the two. */
export const rangeAnswer = record({
  prefix: [0, prefix],
  summary: [1, optional(record({ count: [0, uint()], fingerprint: [1, fingerprint] }))],
  ids: [2, optional(list(id<EntryId>(), LEAF_IDS_MAX))],
});
export type WireRangeAnswer = TypeOf<typeof rangeAnswer>;

/** Where the sender of `stored` put what it was sent: its log ran from `before` to `after` with nothing else in between (C28). */
const placed = record({ before: [0, head], after: [1, head] });

/** One slot's conversation: what `core/log` says and hears. */
export const logMessage = union({
  /** The sender's own heads, and its store: a head below the receiver's cursor is a rollback. */
  heads: [16, record({ slot: [0, slot], store: [1, id<StoreId>(16)], lanes: [2, list(cursor, 3)] })],
  /** How far the sender has read the receiver's log, and which store that was: send what comes after. */
  cursors: [17, record({ slot: [0, slot], store: [1, id<StoreId>(16)], lanes: [2, list(cursor, 3)] })],
  /** Entries of the sender's log up to `through`, less those the receiver is known to hold. */
  entries: [
    18,
    record({
      slot: [0, slot],
      lane: [1, lane],
      through: [2, uint()],
      prefixHash: [3, hash],
      items: [4, list(bytes(1, ENTRY_BYTES_MAX), FRAME_ENTRIES_MAX)],
    }),
  ],
  /** Ids first, when many would be sent that the receiver may hold from others. */
  offer: [
    19,
    record({ slot: [0, slot], lane: [1, lane], through: [2, uint()], prefixHash: [3, hash], ids: [4, list(id<EntryId>(), OFFER_IDS_MAX)] }),
  ],
  /** One bit per offered id, least significant first: 1 = send it. */
  want: [20, record({ slot: [0, slot], lane: [1, lane], through: [2, uint()], bits: [3, bytes(0, OFFER_IDS_MAX / 8)] })],
  /** Committed here up to the sender's `through` (absent: loose entries only); grants that many data bytes again. */
  stored: [
    21,
    record({ slot: [0, slot], lane: [1, lane], through: [2, optional(uint())], credit: [3, uint()], placed: [4, optional(placed)] }),
  ],
  /** A question of range-based reconciliation: the asker's sums; `round` pairs it with its answer. */
  reconcile: [
    22,
    record({ slot: [0, slot], lane: [1, lane], seed: [2, bytes(16, 16)], round: [3, uint()], ranges: [4, list(rangeSum, RANGES_MAX, 1)] }),
  ],
  /** Asks for entries by id: holes, damage, reconciliation leaves. */
  get: [23, record({ slot: [0, slot], lane: [1, lane], ids: [2, list(id<EntryId>(), OFFER_IDS_MAX)] })],
  /** Entries outside the cursor's order, each asked for by id. */
  loose: [
    24,
    record({
      slot: [0, slot],
      lane: [1, lane],
      items: [2, list(bytes(1, ENTRY_BYTES_MAX), FRAME_ENTRIES_MAX)],
      missing: [3, list(id<EntryId>(), OFFER_IDS_MAX)],
    }),
  ],
  /** The answer to `reconcile`: for each asked range that differs, its children or its ids; equal ranges are left out. */
  ranges: [25, record({ slot: [0, slot], lane: [1, lane], round: [2, uint()], ranges: [3, list(rangeAnswer, RANGES_MAX)] })],
  /** The receiver's cursor does not lie on the sender's log (C26): reconcile. Echoes the cursor it is about. */
  unmatched: [26, record({ slot: [0, slot], lane: [1, lane], position: [2, uint()], prefixHash: [3, hash] })],
  /** Asks which ids stand in the receiver's log behind `after`, up to `through`: they must lead from one prefix hash to the other. */
  trace: [27, record({ slot: [0, slot], lane: [1, lane], after: [2, uint()], through: [3, uint()] })],
  /** The first of the ids asked for, pruned ones too; more are asked for again. */
  traced: [28, record({ slot: [0, slot], lane: [1, lane], after: [2, uint()], ids: [3, list(id<EntryId>(), OFFER_IDS_MAX)] })],
});
export type LogMessage = TypeOf<typeof logMessage>;

/** What a relay showed the sender of one mailbox. `live`: 1 while it is connected to it. */
export const shownMailbox = record({
  relay: [0, text(ORIGIN_BYTES_MAX)],
  mailbox: [1, id<MailboxId>()],
  store: [2, id<StoreId>(16)],
  lanes: [3, list(cursor, 3)],
  live: [4, uint(1)],
});
export type ShownMailbox = TypeOf<typeof shownMailbox>;

export const BYE_CODES = ['done', 'version', 'protocol-error', 'too-slow', 'duplicate', 'refused', 'revoked'] as const;

export const sessionMessage = union({
  hello: [1, record({ version: [0, uint(255)], versionMin: [1, uint(255)], nonce: [2, bytes(32, 32)] })],
  /** C25: HMACs over the session for the newest epochs of every space, in random order. */
  tags: [2, record({ tags: [0, list(bytes(16, 16), TAGS_MAX)] })],
  /** `echo`: one of the receiver's tags; `proof`: the sender's own tag for that space and epoch. `level` 0 = announcements only, 1 = everything. */
  open: [3, record({ slot: [0, slot], echo: [1, bytes(16, 16)], proof: [2, bytes(16, 16)], level: [3, uint(1)] })],
  /** C30: sealed presence of one document. */
  presence: [4, record({ slot: [0, slot], sealed: [1, bytes(1, 16384)] })],
  ping: [5, record({ nonce: [0, uint()] })],
  pong: [6, record({ nonce: [0, uint()] })],
  /** A device's word about itself, sealed by the transport only: its name is in the catalog. */
  bye: [7, record({ code: [0, uint(BYE_CODES.length - 1)], detail: [1, text(256)] })],
  /** How far the sender has read the mailboxes of a space both sides opened at level 1: a relay may show each of them another log. */
  shown: [8, record({ slot: [0, slot], mailboxes: [1, list(shownMailbox, MAILBOXES_MAX)] })],
});
export type SessionMessage = TypeOf<typeof sessionMessage>;

/** The two halves of the doorway share one code space; codes from 16 up belong to the log, and each code is one byte of the frame. */
const LOG_CODE_MIN = 16;

/** Which half a frame is for, by its code; says nothing about whether it decodes. */
export function isLogFrame(frame: Uint8Array): boolean {
  const code = frame[1] ?? 0;
  return code >= LOG_CODE_MIN;
}
