/** Answers about spaces, people and invites: see views.ts. Times are ISO 8601 in UTC, names as people gave them. */
import type { Role } from '@leanvibe/protocol/link';

/** Somebody who can still read what is written now, until a device that may has renewed the keys. */
export interface DebtRow {
  readonly deviceId: string;
  readonly deviceName: string;
  readonly person: string;
  readonly personName: string;
  readonly reason: 'removed' | 'demoted' | 'void';
  readonly documents: number;
  /** Names of the devices that may renew the keys. */
  readonly waitingFor: readonly string[];
}

export interface SpaceRow {
  readonly id: string;
  readonly name: string;
  /** The person's own devices; nobody else is invited into it. */
  readonly home: boolean;
  /** This person's; null while joining, and for who is no longer a member. */
  readonly role: Role | null;
  readonly standing: 'live' | 'removed' | 'joining';
  /** No owner is left: nobody can write or change who is in it until a recovery key brings one back. */
  readonly readOnly: boolean;
  readonly people: number;
  readonly devices: number;
  readonly projects: number;
  readonly debts: readonly DebtRow[];
}

export interface MemberRow {
  /** The person's id. */
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  readonly self: boolean;
  readonly devices: readonly { readonly deviceId: string; readonly name: string; readonly thisDevice: boolean }[];
}

export interface InviteRow {
  readonly id: string;
  readonly space: string;
  readonly spaceName: string;
  /** Whoever is let in by it gets this role. */
  readonly role: Role;
  readonly expiresAt: string;
  readonly uses: number;
  readonly used: number;
  /** `auto`: nobody is asked before somebody with the link is let in. */
  readonly approval: 'ask' | 'auto';
  readonly state: 'open' | 'used' | 'expired' | 'revoked';
  /** Null once it lets nobody in any more. Whoever has it may knock. */
  readonly link: string | null;
}

/** One just made. */
export interface InviteOffer extends InviteRow {
  readonly link: string;
}

/** Somebody who proved an invite and waits for an answer. */
export interface RequestRow {
  readonly id: string;
  readonly invite: string;
  readonly space: string;
  readonly spaceName: string;
  readonly role: Role;
  /** Both names are their own word. */
  readonly personName: string;
  readonly deviceName: string;
  readonly person: string;
  readonly deviceId: string;
  /** Of that device, to compare by voice. */
  readonly words: string;
  readonly at: string;
}

/** An invite this device was given. The agent goes on asking until it has an answer. */
export interface SpaceJoinRow {
  /** The invite's id. */
  readonly id: string;
  /** `asking`: the inviting device was not reached yet. `waiting`: it knows, and its person has not answered. */
  readonly state: 'asking' | 'waiting' | 'joined' | 'denied' | 'failed';
  /** As the link says. */
  readonly hostName: string;
  readonly spaceName: string;
  /** Known once joined. */
  readonly space: string | null;
  readonly role: Role | null;
  /** Why it is not further, or how it ended, in plain words. */
  readonly message: string | null;
  readonly since: string;
}
