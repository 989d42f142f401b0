/** The engine's records: their tables, keys and shapes at rest. Every value is sealed by the vault; keys hold random ids only. */
import { changeToken } from '@leanvibe/protocol/change';
import { cover } from '@leanvibe/protocol/checkpoint';
import { AUTH_HEADS_MAX, CHANGE_BYTES_MAX, DEPENDENCIES_MAX, NAME_BYTES_MAX } from '@leanvibe/protocol/limits';
import {
  type ChangeId,
  type DeviceId,
  type DocumentId,
  type EntryId,
  type Hash,
  type LinkId,
  type PersonId,
  type SpaceId,
  toHex,
} from '@leanvibe/protocol/ids';
import { consentedCard, role } from '@leanvibe/protocol/link';
import { bytes, flag, id, idSet, list, optional, record, text, type TypeOf, uint } from '@leanvibe/protocol/shape';
import { commitRead, type EpochSecrets } from '../keys/epoch.js';
import type { Crypto } from '../ports/crypto.js';
import { changeRow } from '../intake/row.js';

export const TABLES = {
  /** Which spaces this device is in. */
  space: 'space',
  /** `cloned`: present while this device's store is known to be a copy (C44). `paper`: a sealing key lent by the backup this device was restored from (C1). */
  device: 'device',
  epoch: 'epoch',
  intake: 'intake',
  wait: 'wait',
  refusal: 'refusal',
  /** Chains with changes in quarantine. */
  aside: 'aside',
  part: 'part',
  document: 'document',
  change: 'change',
  /** C46: changes that name an agent token, by the keys of their rows. */
  robot: 'robot',
  applied: 'applied',
  draft: 'draft',
  cache: 'cache',
  /** Invites made here, and who knocked at them (C42). */
  invite: 'invite',
  request: 'request',
  /** Checkpoints known, and words about them: what standing needs of them (C36). */
  checkpoint: 'checkpoint',
  word: 'word',
  /** What a document starts from here instead of the changes that were covered. */
  base: 'base',
} as const;

const padded = (value: number): string => value.toString(16).padStart(12, '0');

export const documentKey = (space: SpaceId, document: DocumentId): string => `${space}/${document}`;
export const changeKey = (space: SpaceId, document: DocumentId, change: ChangeId): string => `${space}/${document}/${change}`;
/** Applied rows and drafts sort by their number. */
export const numberedKey = (space: SpaceId, document: DocumentId, number: number): string => `${space}/${document}/${padded(number)}`;
export const entryKey = (space: SpaceId, entry: EntryId): string => `${space}/${entry}`;
/** Several secrets may claim to be those of one epoch until its link is known. */
export const epochKey = (crypto: Crypto, space: SpaceId, { epoch, read }: Pick<EpochSecrets, 'epoch' | 'read'>): string =>
  `${space}/${epoch}/${toHex(commitRead(crypto, space, read)).slice(0, 16)}`;

export const spaceRecord = record({ home: [0, uint(1)] });
export const epochRecord = record({ read: [0, bytes(32, 32)], append: [1, optional(bytes(32, 32))], learned: [2, uint()] });
/** By this device's clock. */
export const asideRecord = record({ sinceMs: [0, uint()] });
export const intakeRecord = record({ position: [0, uint()] });
export const refusalRecord = record({ reason: [0, text(64)], lane: [1, uint(2)], from: [2, optional(id<DeviceId>())] });
/** `inspected` rows with the verdict they had when written, as text. */
export const changeRecord = record({ row: [0, changeRow], verdict: [1, text(64)], bytes: [2, uint()] });
/** What `tokenActs` lists: it stays when a checkpoint covers the row. */
export const robotRecord = record({
  token: [0, changeToken],
  device: [1, id<DeviceId>()],
  seq: [2, uint()],
  verdict: [3, text(64)],
});
export const appliedRecord = record({ change: [0, id<ChangeId>()], entry: [1, id<EntryId>()], device: [2, id<DeviceId>()] });
export type AppliedRecord = TypeOf<typeof appliedRecord>;
/** `bytes`: of the changes applied since the last checkpoint; absent in records of older programs. */
export const documentRecord = record({ crdt: [0, uint(255)], applied: [1, uint()], bytes: [2, optional(uint())] });
/** A local state cache (C37): the state after `applied` rows. */
export const cacheRecord = record({ applied: [0, uint()], state: [1, bytes(0, 16 * CHANGE_BYTES_MAX)] });

/** `uses` and `used` count approvals; `asks`: a person decides. */
export const inviteRecord = record({
  secret: [0, bytes(16, 16)],
  space: [1, id<SpaceId>()],
  role: [2, role],
  madeAt: [3, uint()],
  expiresAt: [4, uint()],
  uses: [5, uint()],
  used: [6, uint()],
  asks: [7, flag],
  over: [8, flag],
});
export const REQUEST_STATES = ['waiting', 'approved', 'denied'] as const;
/** By `invite/device`. `id`: what a person names it by. */
export const requestRecord = record({
  id: [0, bytes(16, 16)],
  person: [1, id<PersonId>()],
  personName: [2, text(NAME_BYTES_MAX)],
  deviceName: [3, text(NAME_BYTES_MAX)],
  device: [4, consentedCard],
  at: [5, uint()],
  state: [6, uint(REQUEST_STATES.length - 1)],
  role: [7, role],
});
export const checkpointKey = (space: SpaceId, document: DocumentId, checkpoint: Hash): string => `${space}/${document}/${checkpoint}`;
export const wordKey = (space: SpaceId, document: DocumentId, entry: EntryId): string => `${space}/${document}/${entry}`;

/** `seenMs`: when it was first held here. `bytes`: of its state. */
export const checkpointRecord = record({
  entry: [0, id<EntryId>()],
  device: [1, id<DeviceId>()],
  addedBy: [2, id<LinkId>()],
  authHeads: [3, idSet<LinkId>(AUTH_HEADS_MAX)],
  crdt: [4, uint(255)],
  covers: [5, list(cover, DEPENDENCIES_MAX)],
  bytes: [6, uint()],
  seenMs: [7, uint()],
});
export const wordRecord = record({
  checkpoint: [0, id<Hash>()],
  device: [1, id<DeviceId>()],
  addedBy: [2, id<LinkId>()],
  authHeads: [3, idSet<LinkId>(AUTH_HEADS_MAX)],
  agrees: [4, uint(1)],
});
/** `also`: changes that made no difference to the state. `kept`: entries of covered changes whose bytes are still here. */
export const baseRecord = record({
  accepted: [0, list(record({ checkpoint: [0, id<Hash>()], entry: [1, id<EntryId>()] }), 1024)],
  also: [1, idSet<ChangeId>(1_000_000)],
  kept: [2, idSet<EntryId>(16_777_216)],
});
export type BaseRecord = TypeOf<typeof baseRecord>;
