/** A change: the signed, numbered, immutable body of one or more edits of one document by one device (C18). */
import type { ChangeId, DeviceId, DocumentId, EntryId, LinkId, SpaceId, TokenId } from './ids.js';
import {
  AUTH_HEADS_MAX,
  CHANGE_BYTES_MAX,
  CLAIMS_MAX,
  DEPENDENCIES_MAX,
  FRONTIER_ROWS_MAX,
  PART_BYTES_MAX,
  PARTS_MAX,
  TOKEN_NAME_BYTES_MAX,
} from './limits.js';
import { bytes, id, idSet, list, optional, record, text, type TypeOf, uint } from './shape.js';

/** How a payload is to be understood. 0 is the model used by simulations and never accepted by a product. */
export const CRDT_KINDS = { model: 0, facts: 1, yjs: 2, automerge: 3 } as const;
export type CrdtKind = keyof typeof CRDT_KINDS;

/** A client id taken by this change's chain: `run` absent for ids below 2^32, which come from other people's apps (C21). */
export const claim = record({ clientId: [0, uint()], run: [1, optional(bytes(16, 16))] });
export type Claim = TypeOf<typeof claim>;

/** C46: the agent token a change was written for. The device signs it, so the name is the device's word; shown with care, since any member may write any. */
export const changeToken = record({ id: [0, id<TokenId>(16)], name: [1, text(TOKEN_NAME_BYTES_MAX)] });
export type ChangeToken = TypeOf<typeof changeToken>;

export const changeBody = record({
  space: [0, id<SpaceId>()],
  document: [1, id<DocumentId>()],
  device: [2, id<DeviceId>()],
  /** The link that added the device, and so names the chain (C8). */
  addedBy: [3, id<LinkId>()],
  /** From 1, gap-free per (addedBy, document). */
  seq: [4, uint()],
  /** The change before it in the chain; absent at seq 1. */
  previous: [5, optional(id<ChangeId>())],
  /** Heads of other chains of the document that changed since `previous`. */
  dependencies: [6, idSet<ChangeId>(DEPENDENCIES_MAX)],
  /** Membership heads the author knew. */
  authHeads: [7, idSet<LinkId>(AUTH_HEADS_MAX)],
  /** A value of CRDT_KINDS. */
  crdt: [8, uint(255)],
  claims: [9, list(claim, CLAIMS_MAX)],
  payload: [10, bytes(0, CHANGE_BYTES_MAX)],
  /** Absent: written by the device's own person. */
  token: [11, optional(changeToken)],
});
export type ChangeBody = TypeOf<typeof changeBody>;

/** What a change entry seals: the body here, or a manifest of the parts that hold it. Signed over label ‖ changeId. */
export const signedChange = record({
  body: [0, optional(bytes(1, CHANGE_BYTES_MAX))],
  manifest: [
    1,
    optional(record({ parts: [0, list(id<EntryId>(), PARTS_MAX, 1)], bytes: [1, uint(CHANGE_BYTES_MAX)], changeId: [2, id<ChangeId>()] })),
  ],
  signature: [2, bytes(64, 64)],
});
export type SignedChange = TypeOf<typeof signedChange>;

/** What a part entry seals: a slice of a change's body, or an attachment (a frontier) found by its hash. */
export const part = record({ bytes: [0, bytes(1, PART_BYTES_MAX)] });

/** C5: the removed devices' last accepted changes, per document. The attachment's hash stands in the removal. */
export const frontier = list(
  record({ document: [0, id<DocumentId>()], addedBy: [1, id<LinkId>()], seq: [2, uint()], changeId: [3, id<ChangeId>()] }),
  FRONTIER_ROWS_MAX,
);
export type Frontier = TypeOf<typeof frontier>;

/** C13: what an announcement entry seals, under a parent's R. */
export const announcementBody = record({
  epoch: [0, id<LinkId>()],
  parents: [1, idSet<LinkId>(16)],
  commitRead: [2, bytes(32, 32)],
  commitAppend: [3, bytes(32, 32)],
  /** One fresh X25519 key for all boxes. */
  ephemeral: [4, bytes(32, 32)],
  /** secretbox of R ‖ W (or 32 random bytes): 64 + 16; random order, padded with random boxes to a power of two. */
  boxes: [5, list(bytes(80, 80), 2048)],
  priors: [6, list(record({ epoch: [0, id<LinkId>()], sealed: [1, bytes(72, 72)] }), 16)],
  author: [7, id<DeviceId>()],
});
export type AnnouncementBody = TypeOf<typeof announcementBody>;
export const signedAnnouncement = record({ body: [0, bytes(1, 250 * 1024)], signature: [1, bytes(64, 64)] });
