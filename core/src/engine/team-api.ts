/** The public face of teams (C2, C42): people, roles, debts and invites, as a shell asks for them and is told. */
import type { DeviceId, LinkId, MailboxId, PersonId, SpaceId } from '@leanvibe/protocol/ids';
import type { ConsentedCard, Role } from '@leanvibe/protocol/link';
import type { Result } from '../base/result.js';
import type { Accept, AcceptEvent, AcceptOptions } from '../pairing/guest.js';
import type { Channel } from '../ports/channel.js';

/** A member of a space, with its live devices. */
export interface PersonView {
  readonly person: PersonId;
  readonly role: Role;
  /** This device's own person in that space. */
  readonly self: boolean;
  readonly devices: readonly DeviceId[];
}

/** Somebody who can still read what is written, until one of those it waits for has renewed the keys (C12). */
export interface DebtView {
  readonly device: DeviceId;
  readonly person: PersonId;
  /** `void`: it holds an epoch that nobody had the right to open. */
  readonly reason: 'removed' | 'demoted' | 'void';
  /** Live devices that may renew the keys. */
  readonly waitingFor: readonly DeviceId[];
  /** Documents of the space: each may be written to by somebody who does not know yet. */
  readonly documents: number;
}

/** Spaces shared by people. Errors are plain sentences; nothing has changed then. */
export interface Teams {
  /** This person is its sole owner; the person's other devices follow by themselves. */
  createSpace(): Promise<Result<SpaceId, string>>;
  admit(space: SpaceId, person: PersonId, role: Role, devices: readonly ConsentedCard[]): Promise<Result<null, string>>;
  setRole(space: SpaceId, person: PersonId, role: Role): Promise<Result<null, string>>;
  kick(space: SpaceId, person: PersonId): Promise<Result<null, string>>;
  /** This person with all devices. Documents stay readable here. */
  leave(space: SpaceId): Promise<Result<null, string>>;
}

/** A mailbox of a space, and the link that says so. */
export interface MailboxView {
  /** The relay's origin, as `https://relay.example`. */
  readonly relay: string;
  readonly mailbox: MailboxId;
  readonly by: DeviceId;
  readonly link: LinkId;
}

/** Where a space's mailboxes are (C31, G24); a `membership` event follows whenever that may have changed. Errors are plain sentences; nothing has changed then. */
export interface Mailboxes {
  /** Alike on every device that holds the same links; of several at one relay the first is the one to use. Empty for a space this device is not in. */
  mailboxes(space: SpaceId): readonly MailboxView[];
  /** Tells the space's members; it does not speak with the relay. `relay`: an origin. Editors and above may. */
  openMailbox(space: SpaceId, relay: string, mailbox: MailboxId): Promise<Result<null, string>>;
  /** Whoever's person opened it may, and an admin or above. */
  closeMailbox(space: SpaceId, mailbox: MailboxId): Promise<Result<null, string>>;
}

export interface InviteOptions {
  readonly space: SpaceId;
  /** The most it gives. */
  readonly role: Role;
  /** Seven days unless said otherwise; a year at most. */
  readonly expiresInMs?: number;
  /** How many people it may let in: one unless said otherwise. */
  readonly uses?: number;
  /** `auto`: whoever knows the secret is let in without a question. */
  readonly approval?: 'ask' | 'auto';
}

/** An invite made on this device; a link to it holds this device's addresses and key, `id` and `secret`. */
export interface InviteView {
  /** Hex, 16 bytes each. */
  readonly id: string;
  readonly secret: string;
  readonly space: SpaceId;
  readonly role: Role;
  readonly madeAtMs: number;
  readonly expiresAtMs: number;
  readonly uses: number;
  readonly used: number;
  readonly approval: 'ask' | 'auto';
  readonly state: 'open' | 'used' | 'expired' | 'revoked';
}

/** Somebody who waits for a person's word. Names are what the guest says. */
export interface RequestView {
  readonly id: string;
  readonly invite: string;
  readonly space: SpaceId;
  readonly role: Role;
  readonly person: PersonId;
  readonly personName: string;
  readonly deviceName: string;
  readonly device: DeviceId;
  readonly atMs: number;
}

/** Invites to spaces (C42). They live on the device that made them: it must be reached to knock, and asks there. */
export interface Invites {
  create(options: InviteOptions): Promise<Result<InviteView, string>>;
  list(): readonly InviteView[];
  /** Whoever waits at it is turned away. */
  revoke(id: string): Promise<Result<null, string>>;
  pending(): readonly RequestView[];
  /** `role`: a lower one than the invite's. */
  approve(id: string, role?: Role): Promise<Result<null, string>>;
  deny(id: string): Promise<Result<null, string>>;
  /** A guest dialled our invite protocol. */
  serve(channel: Channel): void;
  /** Knocks over a channel this device dialled; the same words may be tried again until somebody decided. */
  accept(channel: Channel, options: AcceptOptions, on: (event: AcceptEvent) => void): Accept;
}
