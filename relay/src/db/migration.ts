/** One step of the schema: forward only, numbered without gaps, never changed once it was on main. */
import type { Dialect, Sql } from './database.js';

export interface Migration {
  /** `0001-mailboxes`: its place and what it is about. */
  readonly name: string;
  /** Runs once, in a transaction where the dialect allows one. Online: nullable column, backfill in batches, then the constraint. */
  up(sql: Sql, dialect: Dialect): Promise<void>;
}
