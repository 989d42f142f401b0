/** A checkpoint: the signed full state of one document with what it covers, and the words of other devices about it (C35, C36). */
import type { ChangeId, DeviceId, DocumentId, EntryId, Hash, LinkId, SpaceId } from './ids.js';
import { AUTH_HEADS_MAX, CHANGE_BYTES_MAX, CHECKPOINT_CLIENTS_MAX, DEPENDENCIES_MAX, PARTS_MAX } from './limits.js';
import { bytes, id, idSet, list, optional, record, type TypeOf, uint } from './shape.js';

/** One chain's last covered change. */
export const cover = record({
  addedBy: [0, id<LinkId>()],
  device: [1, id<DeviceId>()],
  seq: [2, uint()],
  changeId: [3, id<ChangeId>()],
});
export type Cover = TypeOf<typeof cover>;

/** Where a client id's clock ends in the state (0: claimed, not written yet), and whose it is: `cover` counts from 0 in the list of covers. */
export const clientClock = record({ clientId: [0, uint()], cover: [1, uint(DEPENDENCIES_MAX - 1)], clock: [2, uint()] });
export type ClientClock = TypeOf<typeof clientClock>;

export const checkpointBody = record({
  space: [0, id<SpaceId>()],
  document: [1, id<DocumentId>()],
  device: [2, id<DeviceId>()],
  addedBy: [3, id<LinkId>()],
  authHeads: [4, idSet<LinkId>(AUTH_HEADS_MAX)],
  /** A value of CRDT_KINDS. */
  crdt: [5, uint(255)],
  /** By addedBy, each once. */
  covers: [6, list(cover, DEPENDENCIES_MAX, 1)],
  /** The first 16 bytes of every covered changeId, ascending, end to end: how a device without the changes knows that an old one is covered. */
  ids: [7, bytes(16, CHANGE_BYTES_MAX)],
  /** By client id, each once. */
  clients: [8, list(clientClock, CHECKPOINT_CLIENTS_MAX)],
  state: [9, bytes(0, CHANGE_BYTES_MAX)],
});
export type CheckpointBody = TypeOf<typeof checkpointBody>;

/** What a checkpoint entry seals: the body here, or a manifest of the parts that hold it; in either the body is deflated (RFC 1951, W23). */
export const signedCheckpoint = record({
  body: [0, optional(bytes(1, CHANGE_BYTES_MAX))],
  manifest: [
    1,
    optional(record({ parts: [0, list(id<EntryId>(), PARTS_MAX, 1)], bytes: [1, uint(CHANGE_BYTES_MAX)], checkpoint: [2, id<Hash>()] })),
  ],
  signature: [2, bytes(64, 64)],
});

/** A device's word that its own replay gives the checkpoint (agrees 1), or that it does not (0). */
export const attestationBody = record({
  space: [0, id<SpaceId>()],
  document: [1, id<DocumentId>()],
  checkpoint: [2, id<Hash>()],
  device: [3, id<DeviceId>()],
  addedBy: [4, id<LinkId>()],
  authHeads: [5, idSet<LinkId>(AUTH_HEADS_MAX)],
  agrees: [6, uint(1)],
});
export type AttestationBody = TypeOf<typeof attestationBody>;

export const signedAttestation = record({ body: [0, bytes(1, 4096)], signature: [1, bytes(64, 64)] });
