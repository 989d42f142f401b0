/** The signed history of a space's membership: every link in causal order, what it did and whether it counted, verified anew from stored bytes. */
import type { ChangeId, DeviceId, DocumentId, EntryId, EpochId, LinkId, MailboxId, PersonId } from '@leanvibe/protocol/ids';
import type { DeviceKind, Role } from '@leanvibe/protocol/link';
import type { VoidReason } from '../group/judgement.js';

/** What a link says, without the bytes only programs need. */
export type Deed =
  | { readonly type: 'genesis'; readonly home: boolean; readonly person: PersonId; readonly device: DeviceId }
  | { readonly type: 'add-person'; readonly person: PersonId; readonly role: Role; readonly devices: readonly DeviceId[] }
  | { readonly type: 'add-device'; readonly person: PersonId; readonly device: DeviceId; readonly kind: DeviceKind }
  | { readonly type: 'remove-device'; readonly device: DeviceId; readonly person: PersonId | null }
  | { readonly type: 'remove-person'; readonly person: PersonId }
  | { readonly type: 'set-role'; readonly person: PersonId; readonly role: Role }
  | { readonly type: 'epoch'; readonly recipients: readonly DeviceId[]; readonly replaces: number }
  | { readonly type: 'grant'; readonly epoch: EpochId; readonly device: DeviceId; readonly append: boolean }
  | { readonly type: 'accept' | 'drop'; readonly changes: readonly ChangeId[]; readonly of: readonly ChangesOf[] }
  | { readonly type: 'succeed'; readonly previous: DeviceId; readonly next: DeviceId }
  | { readonly type: 'mailbox'; readonly relay: string; readonly mailbox: MailboxId; readonly open: boolean };

/** Whose changes a link names, and where; those not here are counted nowhere. */
export interface ChangesOf {
  readonly device: DeviceId;
  readonly document: DocumentId;
  readonly count: number;
}

export interface HistoryLink {
  readonly link: LinkId;
  readonly author: DeviceId;
  /** Null for a device no link adds. */
  readonly person: PersonId | null;
  readonly index: number;
  readonly parents: readonly LinkId[];
  readonly deed: Deed;
  readonly verdict: 'valid' | VoidReason;
  /** For a void link: what struck it, or what its fall began with. */
  readonly cause: readonly LinkId[];
}

export interface HistoryFork {
  readonly device: DeviceId;
  readonly index: number;
  /** Two links with that index: the proof. */
  readonly links: readonly LinkId[];
}

export type HistoryFault =
  /** Stored bytes that do not open or verify; `what` is a refusal's word, or `damaged`. */
  | { readonly entry: EntryId; readonly link: null; readonly what: string }
  /** A link in use whose verified bytes are not in the store, or which counts for something else than it does by them. */
  | { readonly entry: null; readonly link: LinkId; readonly what: 'missing' | 'verdict' };

export interface History {
  /** Parents first; the same order on every device that holds the same links. */
  readonly links: readonly HistoryLink[];
  readonly forks: readonly HistoryFork[];
  /** Links whose stored bytes, signatures and verdicts were checked in this call and hold. */
  readonly verified: number;
  readonly faults: readonly HistoryFault[];
  /** Entries that wait for a key, and so may hold links nobody here can read. */
  readonly sealed: number;
}
