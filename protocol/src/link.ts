/** A link: one signed operation of a space's membership DAG (C2, C3). */
import type { ChangeId, DeviceId, EpochId, Hash, LinkId, MailboxId, PersonId, SpaceId } from './ids.js';
import { ACCEPTED_MAX, EPOCH_PARENTS_MAX, ORIGIN_BYTES_MAX, PARENTS_MAX, RECIPIENTS_MAX } from './limits.js';
import { bytes, flag, id, idSet, list, optional, record, text, type TypeOf, uint, union } from './shape.js';

export const ROLES = ['viewer', 'editor', 'admin', 'owner'] as const;
export type Role = (typeof ROLES)[number];
/** A role on the wire: its place in ROLES. */
export const role = uint(ROLES.length - 1);

export const DEVICE_KINDS = ['computer', 'phone', 'browser', 'paper'] as const;
export type DeviceKind = (typeof DEVICE_KINDS)[number];

/** A device as a space knows it: its signing key is its id. */
export const deviceCard = record({
  device: [0, id<DeviceId>()],
  /** X25519 public key. */
  sealingKey: [1, bytes(32, 32)],
  /** Place in DEVICE_KINDS. */
  kind: [2, uint(DEVICE_KINDS.length - 1)],
});
export type DeviceCard = TypeOf<typeof deviceCard>;

/** A card with the device's own signature over label ‖ signing key ‖ sealing key ‖ kind ‖ space ‖ person, so that nobody is added unasked or under another name. */
export const consentedCard = record({ card: [0, deviceCard], consent: [1, bytes(64, 64)] });
export type ConsentedCard = TypeOf<typeof consentedCard>;

/** R of an older epoch under the R of the new one (C11). */
export const priorSecret = record({ epoch: [0, id<EpochId>()], sealed: [1, bytes(72, 72)] });

export const operation = union({
  /** The first link. In a home space `person` is absent: the space is the person. */
  genesis: [1, record({ home: [0, flag], person: [1, optional(id<PersonId>())], card: [2, deviceCard], nonce: [3, bytes(32, 32)] })],
  'add-person': [2, record({ person: [0, id<PersonId>()], role: [1, role], devices: [2, list(consentedCard, 64)] })],
  'add-device': [3, record({ person: [0, id<PersonId>()], device: [1, consentedCard] })],
  'remove-device': [4, record({ device: [0, id<DeviceId>()], frontier: [1, id<Hash>()] })],
  'remove-person': [5, record({ person: [0, id<PersonId>()], frontier: [1, id<Hash>()] })],
  /** `frontier` is present when the new role may no longer write. */
  'set-role': [6, record({ person: [0, id<PersonId>()], role: [1, role], frontier: [2, optional(id<Hash>())] })],
  /** Opens an epoch; its id is this link's id. Commitments bind R and W (C11). */
  epoch: [
    7,
    record({
      parents: [0, idSet<EpochId>(EPOCH_PARENTS_MAX)],
      commitRead: [1, bytes(32, 32)],
      commitAppend: [2, bytes(32, 32)],
      recipients: [3, list(record({ device: [0, id<DeviceId>()], append: [1, flag] }), RECIPIENTS_MAX)],
      priors: [4, list(priorSecret, EPOCH_PARENTS_MAX)],
    }),
  ],
  /** Hands a newcomer the current epoch: ephemeral key (32) then secretbox of R ‖ W (or zeros) (80). */
  grant: [8, record({ epoch: [0, id<EpochId>()], device: [1, id<DeviceId>()], append: [2, flag], box: [3, bytes(112, 112)] })],
  accept: [9, record({ changes: [0, idSet<ChangeId>(ACCEPTED_MAX)] })],
  /** A device whose store was rolled back goes on as `next` (C44). */
  succeed: [10, record({ previous: [0, id<DeviceId>()], next: [1, id<DeviceId>()] })],
  /** Quarantined changes an admin has looked at and leaves where they are; an accept of the same change wins (G23). */
  drop: [11, record({ changes: [0, idSet<ChangeId>(ACCEPTED_MAX)] })],
  /** Tells where a mailbox of the space is, or with `open` false that it is used no more (G24). `relay` is an origin (origin.ts). */
  mailbox: [12, record({ relay: [0, text(ORIGIN_BYTES_MAX)], mailbox: [1, id<MailboxId>()], open: [2, flag] })],
});
export type Operation = TypeOf<typeof operation>;
export type OperationType = Operation['type'];

export const linkBody = record({
  /** Absent in the genesis link, whose id is the space's id. */
  space: [0, optional(id<SpaceId>())],
  parents: [1, idSet<LinkId>(PARENTS_MAX)],
  author: [2, id<DeviceId>()],
  /** The author's own line: 0, 1, 2 … without gaps. */
  index: [3, uint()],
  operation: [4, operation],
});
export type LinkBody = TypeOf<typeof linkBody>;

/** What a link entry seals: the body's exact bytes and the author's signature over label ‖ linkId. */
export const signedLink = record({ body: [0, bytes(1, 240 * 1024)], signature: [1, bytes(64, 64)] });
export type SignedLink = TypeOf<typeof signedLink>;
