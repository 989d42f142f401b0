/** The engine's public face: what a shell (agent, page, phone) may ask, and what it is told. No I/O of its own. */
import type { Audit } from './audit-report.js';
import type { ChangeToken, CrdtKind } from '@leanvibe/protocol/change';
import type { RefusalReason } from '@leanvibe/protocol/errors';
import type { ChangeId, DeviceId, DocumentId, EntryId, PersonId, SpaceId } from '@leanvibe/protocol/ids';
import type { DeviceKind, Role } from '@leanvibe/protocol/link';
import type { Result } from '../base/result.js';
import type { Json } from '../doc/crdt.js';
import type { AdmitEvent, Offer } from '../pairing/admit.js';
import type { Join, JoinEvent, JoinOptions } from '../pairing/join.js';
import type { Channel } from '../ports/channel.js';
import type { History } from './history-report.js';
import type { Paper, PaperEntry } from './paper-form.js';
import type { Quarantine } from './quarantine-sets.js';
import type { Recovery } from './recovery-form.js';
import type { Relays } from './relay-api.js';
import type { DebtView, Invites, Mailboxes, PersonView, Teams } from './team-api.js';

export type { DebtView, InviteOptions, Invites, InviteView, Mailboxes, MailboxView, PersonView, RequestView, Teams } from './team-api.js';
import type { Unsent } from './unsent-drafts.js';

/** A device as its space lists it. Names are in the catalog document, not here. */
export interface DeviceView {
  readonly device: DeviceId;
  readonly person: PersonId;
  readonly kind: DeviceKind;
  readonly role: Role;
  readonly revoked: boolean;
  readonly thisDevice: boolean;
}

export interface SpaceView {
  readonly space: SpaceId;
  readonly home: boolean;
  /** What this device is in it: `removed` once an announcement or link said so. */
  readonly standing: 'live' | 'removed' | 'joining';
  readonly devices: readonly DeviceView[];
  /** Devices that can still read what is written now, because nobody able has rotated since they were removed. */
  readonly rotationOwed: readonly DeviceId[];
  readonly persons: readonly PersonView[];
  /** Null when this device is not live in it. */
  readonly myRole: Role | null;
  /** No owner is left: nothing can be written until a recovery key brings one back. */
  readonly readOnly: boolean;
  readonly debts: readonly DebtView[];
}

export interface PeerView {
  readonly device: DeviceId;
  readonly via: string;
  readonly address: string;
  /** `announcements`: the peer is behind or was removed, and is sent announcements only. `silent`: its channel stands, but nothing is answered. */
  readonly state: 'connecting' | 'silent' | 'syncing' | 'in-step' | 'announcements' | 'strangers';
  /** Entries of ours the peer has not stored yet. */
  readonly pendingOut: number;
  /** Entries the peer announced that are not stored here yet. */
  readonly pendingIn: number;
}

/** Why one document is not in step (product.md `why`). */
export interface WhyRow {
  readonly space: SpaceId;
  /** Null for entries that wait for their key: nobody here can know what they are about. */
  readonly document: DocumentId | null;
  readonly state: 'in-step' | 'draft' | 'sealed' | 'waiting' | 'held' | 'quarantined' | 'void' | 'refused' | 'unverified';
  /** A fixed word: `key-missing`, `dependency-missing`, `membership-missing`, `removed`, `frontier-missing`, `depends`, `nobody-connected`, `fork`, `unknown-signer`, `not-offered-yet`, `cloned`, `forked`, `not-editor`, `over-limit`, `slow`, `not-attested`, `disputed`, a refusal reason. */
  readonly reason: string;
  readonly count: number;
  /** Devices whose changes these are, where known. */
  readonly devices: readonly DeviceId[];
}

export type EngineEvent =
  | { readonly type: 'document'; readonly space: SpaceId; readonly document: DocumentId; readonly origin: 'here' | 'peer' }
  /** A checkpoint of it, or somebody's word about one, came or was made. */
  | { readonly type: 'checkpoint'; readonly space: SpaceId; readonly document: DocumentId }
  | { readonly type: 'membership'; readonly space: SpaceId }
  | { readonly type: 'peer'; readonly device: DeviceId; readonly state: PeerView['state'] | 'gone'; readonly reason: string }
  /** Something about a relay changed: ask `relays.views()`. */
  | { readonly type: 'relay'; readonly origin: string }
  | { readonly type: 'refused'; readonly reason: RefusalReason; readonly from: DeviceId | null }
  /** Somebody knocked at an invite made here, or was let in or turned away. */
  | {
      readonly type: 'request';
      readonly space: SpaceId;
      /** As in `invites.pending()`. */
      readonly request: string;
      readonly state: 'waiting' | 'admitted' | 'denied';
    }
  /** Things a person must hear of. `invite-used`: a device knocked with an invite that others used up. `forked`: two copies of `device` wrote at once, which shuts it out. `rolled-back`: a peer, or this very store, lost what it had; `relay-rolled-back`: `relay` did. `relay-lost`: it has not what it acknowledged and is given it again; `relay-unreliable`: it still has not. `relay-forked`: it contradicts itself, or showed `device` another log than this one. `relay-withheld`: it does not hand over what it says it has, or has shown `device`. `removed`: this device was revoked. `words-used`, `others-words-used`: `device` typed recovery words of this person, or of another one. */
  | {
      readonly type: 'alarm';
      readonly alarm:
        | 'rolled-back'
        | 'relay-rolled-back'
        | 'relay-lost'
        | 'relay-unreliable'
        | 'relay-forked'
        | 'relay-withheld'
        | 'cloned'
        | 'forked'
        | 'invite-used'
        | 'removed'
        | 'words-used'
        | 'others-words-used'
        | 'store-full'
        | 'store-broken'
        | 'damaged';
      readonly space: SpaceId | null;
      readonly device: DeviceId | null;
      /** The origin of the relay it is about. */
      readonly relay?: string;
    };

export interface EditDone {
  readonly answer: Json;
  /** False when the command changed nothing. */
  readonly changed: boolean;
}

/** A change written for an agent token, or drafts of this device that will be one. */
export interface TokenAct {
  readonly token: ChangeToken;
  readonly document: DocumentId;
  /** The device that signed it. */
  readonly device: DeviceId;
  /** Null for drafts. */
  readonly change: ChangeId | null;
  /** Its place in its chain; 0 for drafts. */
  readonly seq: number;
  /** The verdict on record as text, or `draft`. */
  readonly verdict: string;
}

export type EditFailure =
  | { readonly code: 'refused'; readonly message: string }
  | { readonly code: 'not-editor'; readonly message: string }
  | { readonly code: 'store-full'; readonly message: string }
  | { readonly code: 'store-broken'; readonly message: string }
  | { readonly code: 'no-space'; readonly message: string };

export interface Pairing {
  /** Opens a showing of two minutes; ends an earlier one. `autoConfirm`: admit whoever proves the link's secret without asking. */
  offer(options: { readonly name: string; readonly autoConfirm: boolean }, on: (event: AdmitEvent) => void): Offer;
  /** The showing now open, if any. */
  current(): Offer | null;
  cancel(): void;
  /** The person's answer to `asked`; with a short code, the digits they see on the other screen (or null when compared by eye). */
  confirm(accept: boolean, digits: string | null): Result<null, string>;
  /** A newcomer dialled our pairing protocol. */
  serve(channel: Channel): void;
  /** Joins over a channel this device dialled; by the link's secret, or by short code. `keepHome`: this device has data of its own, and its person agreed to bring it along. */
  join(channel: Channel, options: JoinOptions, on: (event: JoinEvent) => void): Join;
}

export interface Engine extends Mailboxes {
  readonly device: DeviceId;
  /** This device's person: the home space it was born with, or joined. */
  person(): PersonId;
  home(): SpaceId;
  spaces(): readonly SpaceView[];
  /** Ids derived alike on every device; other documents get random ids from `newDocument`. */
  derivedDocument(purpose: 'catalog' | 'facts' | 'suggestions' | 'metrics', of: SpaceId | DocumentId, extra?: string): DocumentId;
  newDocument(): DocumentId;
  /** Runs a command on a document; when it resolves the edit is on disk here (`kept`). The document comes to be with its first edit. */
  edit(
    space: SpaceId,
    document: DocumentId,
    kind: CrdtKind,
    command: Json,
    /** The robot it is made for, which the change will say (C46); its edits are never merged with anybody else's. */
    options?: { readonly token: ChangeToken },
  ): Promise<Result<EditDone, EditFailure>>;
  /** Every change that names an agent token, by any device, from records alone; and what tokens wrote here that is not numbered yet. */
  tokenActs(space: SpaceId): Promise<readonly TokenAct[]>;
  /** A read model; of an unknown document, that of an empty one. Throws CommandRefused on an unknown query. */
  view(space: SpaceId, document: DocumentId, kind: CrdtKind, query: Json): Promise<Json>;
  documents(space: SpaceId): Promise<readonly DocumentId[]>;
  /** C24, for comparing replicas. Null for a document this device does not know. */
  canonical(space: SpaceId, document: DocumentId): Promise<Uint8Array | null>;
  /** Takes over an authenticated channel and syncs until it closes. */
  connect(channel: Channel): void;
  peers(): readonly PeerView[];
  /** Every reachable peer holds everything this device holds, and the other way round. */
  inStep(): boolean;
  /** Devices this device should try to reach: live devices of all its spaces but itself. */
  wanted(): readonly DeviceId[];
  /** Revokes a device in every space where this device may. Durable when it resolves. */
  revoke(device: DeviceId): Promise<Result<null, string>>;
  why(space: SpaceId, documents: readonly DocumentId[]): Promise<readonly WhyRow[]>;
  /** C44: this store is an older image or a copy; edits are kept as drafts until a person settles it. */
  cloned(): boolean;
  /** A person's word that no other copy of this device is in use: numbering goes on after what peers hold. */
  goOnAsOnlyCopy(): Promise<void>;
  /** Makes what a backup holds besides the sealed entries: numbers all drafts, and admits a paper device to every space this device is live in. */
  paper(): Promise<Result<Paper, string>>;
  /** Takes that paper device out again: its backup could not be written. */
  withdrawPaper(paper: Paper): Promise<void>;
  /** Brings a backup's spaces to this device, which must have no data of its own, with what checkpoints hold of them; throws what `entries` throws, and then nothing has changed. */
  restore(paper: Paper, entries: AsyncIterable<PaperEntry>): Promise<Result<null, string>>;
  /** Computes every verdict and state anew and compares; null for a space this device is not in. Reads everything. */
  audit(space: SpaceId): Promise<Audit | null>;
  /** The signed links of a space in causal order, read back from the store and verified anew; null for a space this device is not in. */
  history(space: SpaceId): Promise<History | null>;
  refusals(): Readonly<Record<string, number>>;
  storage(): Promise<{ readonly entries: number; readonly bytes: number }>;
  /** Asks peers for the bytes of damaged entries. */
  refetch(space: SpaceId, entries: readonly EntryId[]): void;
  readonly pairing: Pairing;
  readonly teams: Teams;
  readonly quarantine: Quarantine;
  readonly recovery: Recovery;
  readonly invites: Invites;
  readonly unsent: Unsent;
  readonly relays: Relays;
  /** C44: devices that two copies wrote as, proven by their own links: no space takes them in again. */
  forked(): readonly DeviceId[];
  subscribe(callback: (event: EngineEvent) => void): () => void;
  /** Resolves when intake has nothing left to do. For tests and a clean stop. */
  settled(): Promise<void>;
  stop(): Promise<void>;
}
