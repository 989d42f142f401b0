/** Who asks over HTTP, and what that may do. Scopes come from the relay's own records, never from what a token says of itself. */
import type { Caller, Quota } from '../ports/caller.js';

export const SCOPES = [
  'account',
  /** All that is left to an account in its thirty days of being deleted. */
  'export',
  'restore',
  'devices',
  /** A token for a further device of the same account. */
  'pair',
  'projects.read',
  'projects.write',
  'metrics.read',
  'metrics.write',
  'feedback',
] as const;

export type Scope = (typeof SCOPES)[number];

/** A person who signed in, by an access token. */
export interface SignedIn {
  readonly type: 'access';
  readonly account: string;
  /** The sign-in this token belongs to; it ends with it. */
  readonly session: string;
  readonly scopes: ReadonlySet<Scope>;
  readonly quota: Quota;
}

export interface OnDevice {
  readonly type: 'device';
  readonly account: string;
  readonly caller: Caller;
  readonly scopes: ReadonlySet<Scope>;
  readonly quota: Quota;
}

export interface Nobody {
  readonly type: 'none';
}

/** `access`: by an access token only; `device`: by a device token only. */
export type Auth = 'none' | 'access' | 'device' | 'access-or-device';

export type WhoOf<A extends Auth> = A extends 'none'
  ? Nobody
  : A extends 'access'
    ? SignedIn
    : A extends 'device'
      ? OnDevice
      : SignedIn | OnDevice;
export type Who = Nobody | SignedIn | OnDevice;

export interface AccessDoor {
  /** Null for a token that is no access token of this relay, has expired, or whose session or account has ended. Never throws for any text. */
  admit(accessToken: string): Promise<SignedIn | null>;
}

export interface AccessDoorDep {
  readonly accessDoor: AccessDoor;
}

/** What an account may do while it is there, and while it is deleted but not yet gone. */
export const ACCOUNT_SCOPES: ReadonlySet<Scope> = new Set(SCOPES.filter((scope) => scope !== 'restore'));
export const DELETED_SCOPES: ReadonlySet<Scope> = new Set<Scope>(['export', 'restore']);

const VIEWER: ReadonlySet<Scope> = new Set<Scope>(['projects.read', 'metrics.read', 'feedback']);
const DEVICE_SCOPES: Readonly<Record<Caller['kind'], ReadonlySet<Scope>>> = {
  mac_agent: new Set<Scope>([...VIEWER, 'projects.write', 'metrics.write', 'pair']),
  ios_app: VIEWER,
  pwa: VIEWER,
};

export function onDevice(caller: Caller): OnDevice {
  return { type: 'device', account: caller.account, caller, scopes: DEVICE_SCOPES[caller.kind], quota: caller.quota };
}
