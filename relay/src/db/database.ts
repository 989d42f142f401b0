/** The relay's one database, SQLite or PostgreSQL behind the same query builder; every room describes its own tables and migrations. */
import type { Kysely, Transaction } from 'kysely';
import type { Tables } from './tables.js';

export type Dialect = 'sqlite' | 'postgres';

export type Sql = Kysely<Tables>;
/** Either the database itself or one transaction of it. */
export type Session = Kysely<Tables> | Transaction<Tables>;

export interface Database {
  readonly dialect: Dialect;
  /** The primary: everything that is written, and everything sync reads. */
  readonly sql: Sql;
  /** A replica where one is configured, else the primary: metrics and lists only; it may lag. */
  readonly reads: Sql;
  close(): Promise<void>;
}

export interface DatabaseDep {
  readonly db: Database;
}
