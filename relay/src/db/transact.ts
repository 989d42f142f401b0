/** A transaction that may be done over: for work that comes out the same when it has happened before. */
import type { Transaction } from 'kysely';
import { codeOf, DatabaseGone } from './errors.js';
import { patiently } from './patience.js';
import type { Database } from './database.js';
import type { PoolDeps } from './postgres-pool.js';
import type { Tables } from './tables.js';

/** Deadlock, serialisation failure, a lock another process held too long. */
const COLLIDED = new Set(['40P01', '40001', '55P03', 'SQLITE_BUSY', 'SQLITE_BUSY_SNAPSHOT']);
const TRIES = 4;

/** Tries again after a collision and when the database was lost in the middle; `work` is then called anew. */
export async function transact<T>(
  db: Database,
  deps: Pick<PoolDeps, 'clock' | 'random'>,
  work: (sql: Transaction<Tables>) => Promise<T>,
): Promise<T> {
  const worthIt = (error: unknown): boolean => COLLIDED.has(codeOf(error)) || (error instanceof DatabaseGone && error.perhapsDone);
  return await patiently(deps, { tries: TRIES, forMs: 10_000 }, worthIt, () => db.sql.transaction().execute(work));
}
