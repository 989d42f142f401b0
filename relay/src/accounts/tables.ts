/** Accounts, their sign-ins, and what is needed to prove oneself. Tokens and codes are kept as SHA-256 of what was handed out. */

export interface AccountTable {
  /** UUID. */
  readonly account: string;
  /** Lowercase. */
  readonly email: string;
  /** argon2id, as a PHC string. */
  readonly passwordHash: string;
  readonly madeMs: number;
  readonly passwordMs: number;
  readonly tier: string;
  /** When it was agreed that counters of its devices are kept; null: not agreed. */
  readonly consentMs: number | null;
  /** When an operator locked it: it is admitted nowhere until it is unlocked. */
  readonly lockedMs: number | null;
  /** When it was deleted; everything of it goes 30 days later. */
  readonly deletedMs: number | null;
  /** Named when it was deleted; all that is left in the end. */
  readonly receipt: string | null;
  /** The authenticator's secret, sealed with a key of the relay; null: none is used. */
  readonly totp: Uint8Array | null;
  /** The step of the last code that was taken: none is taken twice. */
  readonly totpStep: number;
  /** A secret that was set up, not confirmed yet. */
  readonly totpNext: Uint8Array | null;
}

/** A registration whose e-mail address is to be confirmed; an account only then. */
export interface PendingTable {
  readonly hash: string;
  readonly email: string;
  readonly passwordHash: string;
  readonly expiresMs: number;
}

/** One sign-in, with all the refresh tokens that follow one another in it. */
export interface SessionTable {
  readonly session: string;
  readonly account: string;
  readonly madeMs: number;
  readonly expiresMs: number;
  readonly endedMs: number | null;
}

export interface RefreshTable {
  readonly hash: string;
  readonly session: string;
  readonly expiresMs: number;
  /** Whoever comes with a used one is not who it was given to, or was robbed of it. */
  readonly usedMs: number | null;
}

export interface RecoveryCodeTable {
  readonly hash: string;
  readonly account: string;
}

export interface ResetTable {
  readonly hash: string;
  readonly account: string;
  readonly expiresMs: number;
}

export interface InviteTable {
  readonly hash: string;
  readonly madeMs: number;
  readonly expiresMs: number;
}

/** Attempts that failed or are being judged, by keyed hash of an address or of an e-mail, whether or not there is such an account. */
export interface AttemptTable {
  readonly key: string;
  readonly failures: number;
  readonly lastMs: number;
}

export interface SigningKeyTable {
  readonly kid: string;
  /** JWK, JSON. */
  readonly publicKey: string;
  /** JWK, JSON, sealed with a key of the relay. */
  readonly privateKey: Uint8Array;
  readonly madeMs: number;
  /** No longer signed with; believed until the last token it signed has expired. */
  readonly retiredMs: number | null;
}

export interface AccountTables {
  readonly account: AccountTable;
  readonly pending: PendingTable;
  readonly session: SessionTable;
  readonly refresh: RefreshTable;
  readonly recoveryCode: RecoveryCodeTable;
  readonly reset: ResetTable;
  readonly invite: InviteTable;
  readonly attempt: AttemptTable;
  readonly signingKey: SigningKeyTable;
}
