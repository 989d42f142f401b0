/** What metrics ask of accounts: who said yes to being counted, and says so still. */
import type { Expression } from 'kysely';
import type { Session } from '../db/database.js';

export interface Consents {
  /**
   * Whether the account says yes, holding that answer until the transaction ends: on PostgreSQL a withdrawal waits for it, on SQLite there is one
   * writer. False for accounts that are unknown or deleted.
   */
  hold(session: Session, account: string): Promise<boolean>;
  /** Accounts that say yes, for `where account in`. */
  all(session: Session): Expression<string>;
}

export interface ConsentsDep {
  readonly consents: Consents;
}
