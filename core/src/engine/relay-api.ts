/** What a shell may ask about relays, and what it is told. */
import type { MailboxId, SpaceId } from '@leanvibe/protocol/ids';
import type { RelayRefusal } from '@leanvibe/protocol/relay';
import type { Line } from '../session/relay-line.js';
import type { RelayPipe } from '../session/relay-pipes.js';

export interface RelayMailboxView {
  readonly space: SpaceId;
  readonly mailbox: MailboxId;
  /** `write`: all lanes, both ways. `read`: all lanes, nothing sent. `announcements`: its keys are newer than those held here. `behind`: no key held here opens it. `full`: its owner's room there is used up. */
  readonly state: 'opening' | 'write' | 'read' | 'announcements' | 'behind' | 'full' | 'refused';
  readonly reason: RelayRefusal | null;
  /** This account made it. */
  readonly owner: boolean;
  /** Entries of ours the relay has not acknowledged, and of its own not stored here. */
  readonly pendingOut: number;
  readonly pendingIn: number;
  /** Entries held here, and how many of them the relay says it has stored (or gave us). */
  readonly entries: number;
  readonly acknowledged: number;
}

export interface RelayView {
  readonly origin: string;
  readonly state: 'connecting' | 'silent' | 'refused' | 'syncing' | 'in-step';
  /** Why it refused the connection, for people. */
  readonly reason: string | null;
  readonly refusal: RelayRefusal | null;
  /** The relay's own names of this account and device. */
  readonly account: string | null;
  readonly device: string | null;
  readonly mailboxes: readonly RelayMailboxView[];
}

/** C33: what a relay showed it holds. */
export interface MailboxProof {
  readonly origin: string;
  readonly space: SpaceId;
  readonly mailbox: MailboxId;
  readonly entries: number;
  readonly acknowledged: number;
  /** Read back at random, and how many of them came back as they are. `null`: it did not answer in time. */
  readonly sampled: number;
  readonly right: number | null;
}

export interface RelayConnection {
  /** C41: meets whoever names the same 32 bytes. */
  pipe(name: Uint8Array, end: 'host' | 'guest'): RelayPipe;
  /** Sees whether the relay still answers; closes within seconds if it does not. */
  ping(): void;
  closed(): boolean;
  close(reason: string): void;
}

export interface Relays {
  /** Takes over a line to a relay and syncs until it closes. A newer line to the same relay replaces an older one. */
  connect(line: Line, options: { readonly origin: string; readonly token: string }, closed: (reason: string) => void): RelayConnection;
  /** Takes over a line without an account: for a guest's pipe, and nothing else. */
  visit(line: Line, origin: string): RelayConnection;
  views(): readonly RelayView[];
  /** Reads `count` entries a mailbox back at random from every relay connected. */
  prove(count: number): Promise<readonly MailboxProof[]>;
}
