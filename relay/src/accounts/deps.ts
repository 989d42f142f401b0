/** What the routes of accounts are made of. */
import type { ClockDep } from '@leanvibe/core/ports/clock';
import type { LoggerDep } from '@leanvibe/core/ports/logger';
import type { RandomDep } from '@leanvibe/core/ports/random';
import type { DatabaseDep } from '../db/database.js';
import type { AuditDep } from '../ports/audit.js';
import type { BusDep } from '../ports/bus.js';
import type { AttemptsDep } from './attempts.js';
import type { HasherDep } from './hasher.js';
import type { LaterDep } from './later.js';
import type { MailerDep } from './mailer.js';
import type { MfaDep } from './mfa.js';
import type { SessionsDep } from './sessions.js';

export interface AccountSettings {
  readonly registration: 'open' | 'invite' | 'closed';
  /**
   * `mail`: an account is made when its e-mail address was confirmed; nothing then tells whether an address has an account. `none`: at once, which whoever
   * tries to sign in right after registering can tell.
   */
  readonly confirm: 'mail' | 'none';
}

export interface AccountDeps
  extends DatabaseDep,
    ClockDep,
    RandomDep,
    LoggerDep,
    AuditDep,
    BusDep,
    AttemptsDep,
    HasherDep,
    LaterDep,
    MailerDep,
    MfaDep,
    SessionsDep {
  readonly settings: AccountSettings;
  /** Revokes every device of the account. The devices' room. */
  readonly revokeDevices: (account: string) => Promise<void>;
}
