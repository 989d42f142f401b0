/** One step of the schema: forward only, numbered without gaps, never changed once it was on main. */
import type { Dialect, Sql } from './database.js';

export interface Migration {
  /**
   * `0001-mailboxes`: its place and what it is about. One that ends in `-added` promises that programs which do not know it go on with the database as it
   * then is, so that a release can be taken back: it adds tables, indexes or columns that are null or have a default, and nothing of an account that only
   * a newer program would know to erase. Every other step shuts older programs out.
   */
  readonly name: string;
  /** Runs once, in a transaction where the dialect allows one. Online: nullable column, backfill in batches, then the constraint. */
  up(sql: Sql, dialect: Dialect): Promise<void>;
}
