/** Opens the relay's one database: a SQLite file on a thread of its own, or PostgreSQL with a replica for lists. */
import { Kysely, PostgresDialect } from 'kysely';
import type { Database } from './database.js';
import { createLines, type PoolDeps, withFallback } from './postgres-pool.js';
import { createSqliteDialect } from './sqlite-dialect.js';
import { startSqlite } from './sqlite-thread.js';
import type { Tables } from './tables.js';

export type DatabasePlace =
  /** A path, or `:memory:`. */
  | { readonly sqliteFile: string }
  | {
      readonly url: string;
      readonly replicaUrl?: string;
      /** Lines to each server; default 10. */
      readonly lines?: number;
      /** Longest statement in ms, default 30,000; 0 for none (migrations). */
      readonly statementMs?: number;
      /** How long a call waits for a database that is away before it rejects with `DatabaseGone`; default 5,000 ms. */
      readonly patienceMs?: number;
    };

export type DatabaseDeps = PoolDeps;

/** A replica that is away is worth little waiting: the primary answers too. */
const REPLICA_PATIENCE_MS = 500;

/** Rejects with `DatabaseRefused` (a file that cannot be opened) or `DatabaseGone` (a server that does not answer), else with what the server said. */
export async function openDatabase(place: DatabasePlace, deps: DatabaseDeps): Promise<Database> {
  return 'sqliteFile' in place ? await openSqlite(place.sqliteFile) : await openPostgres(place, deps);
}

async function openSqlite(file: string): Promise<Database> {
  const thread = await startSqlite(file);
  const sql = new Kysely<Tables>({ dialect: createSqliteDialect(thread) });
  return {
    dialect: 'sqlite',
    sql,
    reads: sql,
    async close() {
      await sql.destroy();
      await thread.close(); // kysely forgets a driver it never used
    },
  };
}

async function openPostgres(place: Extract<DatabasePlace, { url: string }>, deps: DatabaseDeps): Promise<Database> {
  const { url, replicaUrl, lines = 10, statementMs = 30_000, patienceMs = 5_000 } = place;
  const primary = createLines({ url, lines, statementMs, patienceMs }, deps);
  try {
    (await primary.take()).release();
  } catch (error) {
    await primary.end();
    throw error;
  }
  const sql = new Kysely<Tables>({ dialect: new PostgresDialect({ pool: primary }) });
  if (replicaUrl === undefined) return { dialect: 'postgres', sql, reads: sql, close: () => primary.end() };
  const replica = createLines({ url: replicaUrl, lines, statementMs, patienceMs: REPLICA_PATIENCE_MS }, deps);
  const reads = new Kysely<Tables>({ dialect: new PostgresDialect({ pool: withFallback(replica, primary, deps) }) });
  return { dialect: 'postgres', sql, reads, close: async () => void (await Promise.all([primary.end(), replica.end()])) };
}
