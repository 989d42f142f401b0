/** Membership: what a judged set of links comes to, for everyone who is not a resolver. Plain values; equal sets give equal values. */
import type { ChangeId, DeviceId, EpochId, Hash, LinkId, MailboxId, PersonId } from '@leanvibe/protocol/ids';
import type { DeviceCard, Role } from '@leanvibe/protocol/link';
import type { EpochState, RotationDebt } from './epochs.js';
import type { ForkProof } from './forks.js';
import type { VoidReason } from './judgement.js';

export interface PersonState {
  readonly person: PersonId;
  readonly role: Role;
  /** Live devices, ascending. Empty when the last one was removed but not the person. */
  readonly devices: readonly DeviceId[];
}

export interface DeviceState {
  readonly device: DeviceId;
  readonly person: PersonId;
  readonly card: DeviceCard;
  /** The addition in force, or the last one that was; changes name it as their chain (C8). */
  readonly addedBy: LinkId;
  readonly state: 'live' | 'removed';
  /** What ended it: removals, or for a fork proof the links that share an index. Empty while live. */
  readonly removedBy: readonly LinkId[];
  /** Every valid addition, earliest first. */
  readonly history: readonly LinkId[];
}

/**
 * `removed`: by remove-device or remove-person. `demoted`: to a role that cannot write. `succeeded`: goes on as another device.
 * `forked`: the two links convict it. `void`: what admitted it, or let it write, fell with its author.
 */
export type RemovalCause = 'removed' | 'demoted' | 'succeeded' | 'forked' | 'void';

/** One link that speaks against one chain of changes. A change that does not know `by` needs adoption (C9). */
export interface Removal {
  readonly device: DeviceId;
  readonly addedBy: LinkId;
  readonly by: LinkId;
  readonly cause: RemovalCause;
  readonly frontier: Hash | null;
}

export interface Demotion {
  readonly person: PersonId;
  readonly by: LinkId;
  readonly role: Role;
  readonly frontier: Hash | null;
}

export interface Succession {
  readonly previous: DeviceId;
  readonly next: DeviceId;
  readonly by: LinkId;
}

/** A mailbox of the space at a relay, and the link that says so (G24). */
export interface MailboxState {
  /** An origin. */
  readonly relay: string;
  readonly mailbox: MailboxId;
  readonly by: DeviceId;
  readonly link: LinkId;
}

export interface VoidLink {
  readonly link: LinkId;
  readonly reason: VoidReason;
  /** Valid links that struck it, or the link it rested on; a fork proof names the links that share an index. Empty when it never had authority. */
  readonly by: readonly LinkId[];
}

export interface Membership {
  /** All lists ascend by their first id. */
  readonly persons: readonly PersonState[];
  readonly devices: ReadonlyMap<DeviceId, DeviceState>;
  readonly voids: readonly VoidLink[];
  readonly epochs: ReadonlyMap<EpochId, EpochState>;
  /** Epochs no valid epoch replaces, lowest id first; struck ones too, for what they sealed must stay within reach. A rotation names them as parents. */
  readonly maximalEpochs: readonly EpochId[];
  /** Those a writer may use (C12), lowest id first. */
  readonly usableEpochs: readonly EpochId[];
  /** Why the next writer must rotate first; empty while an epoch is usable. */
  readonly rotationOwed: readonly RotationDebt[];
  readonly removals: readonly Removal[];
  readonly demotions: readonly Demotion[];
  readonly forkProofs: readonly ForkProof[];
  readonly accepted: ReadonlySet<ChangeId>;
  /** Settled as not wanted, and by nobody accepted (G23); their verdicts are what they were. */
  readonly dropped: ReadonlySet<ChangeId>;
  readonly successions: readonly Succession[];
  /** Those in use, first come first: of several at one relay the first is the one to use. */
  readonly mailboxes: readonly MailboxState[];
  /** No device of an owner is live, paper ones included: nothing may be written. */
  readonly readOnly: boolean;
  /** Of a link in the set; null for any other. */
  verdict(link: LinkId): 'valid' | VoidReason | null;
  /** What speaks against the chain that this addition began; empty for a clear one. */
  removalsOf(addedBy: LinkId): readonly Removal[];
}
