/** Who is on the line, from server records only: a bad token is no token. */

export interface Quota {
  readonly tier: string;
  readonly mailboxes: number;
  /** Bytes of entries in mailboxes the account owns. */
  readonly bytes: number;
  readonly devices: number;
  /** Entries a device may append a minute. */
  readonly appendsPerMinute: number;
}

/** A device of an account, by its device token: unlinkable to any device id of the engine. */
export interface Caller {
  /** UUID. */
  readonly account: string;
  /** UUID of the relay's own record of this device. */
  readonly device: string;
  readonly kind: 'mac_agent' | 'ios_app' | 'pwa';
  readonly quota: Quota;
}

export interface Doorman {
  /** Null for a token that is unknown, expired, revoked, or of an account that is locked or deleted. Never throws for any text. */
  admit(deviceToken: string): Promise<Caller | null>;
  /** What an account may use, for mailboxes of it that others write to; null when it is locked, deleted or unknown. */
  quota(account: string): Promise<Quota | null>;
}

export interface DoormanDep {
  readonly doorman: Doorman;
}
