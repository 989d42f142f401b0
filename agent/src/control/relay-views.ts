/** Relays as the control API shows them. */

export interface RelayMailboxRow {
  readonly space: string;
  readonly spaceName: string;
  readonly mailbox: string;
  /** `write`: both ways. `read`: nothing is sent. `announcements`: its keys are newer than those held here. `behind`: no key held here opens it. `full`: its owner has no room left there. */
  readonly state: 'opening' | 'write' | 'read' | 'announcements' | 'behind' | 'full' | 'refused';
  /** Why it is refused, for people. */
  readonly reason: string | null;
  /** This account made it. */
  readonly owner: boolean;
  readonly pending: number;
  readonly pendingIn: number;
  /** Entries held here, and how many of them the relay says it has. */
  readonly entries: number;
  readonly acknowledged: number;
}

export interface RelayRow {
  readonly origin: string;
  readonly email: string;
  /** The relay's own names of this account and device. */
  readonly account: string;
  readonly device: string;
  readonly state: 'offline' | 'connecting' | 'silent' | 'refused' | 'syncing' | 'in-step';
  readonly reason: string | null;
  readonly mailboxes: readonly RelayMailboxRow[];
  /** Why it is not to be relied on, the newest last; until the next start of the agent. */
  readonly doubts: readonly { readonly alarm: string; readonly message: string; readonly at: string }[];
}

/** What a relay showed it holds: `right` of `sampled` entries came back as they are; null when it did not answer. */
export interface RelayProofRow {
  readonly origin: string;
  readonly space: string;
  readonly spaceName: string;
  readonly mailbox: string;
  readonly entries: number;
  readonly acknowledged: number;
  readonly sampled: number;
  readonly right: number | null;
}

export interface RelayLoginParams {
  readonly relay: string;
  readonly email: string;
  readonly password: string;
  readonly code?: string | undefined;
  /** Makes the account first. */
  readonly register?: boolean | undefined;
  /** Even over http:// to far away, where the password and the token can be read on the way. */
  readonly insecure?: boolean | undefined;
  /** An invite code, where the relay asks for one. */
  readonly invite?: string | undefined;
}
