/** Group commit: batches that wait together share one fsync, and a failing one spoils nobody else. */
import type { Database } from 'better-sqlite3';
import type { Applier } from './apply.js';
import type { Failure, Outcome } from './messages.js';
import { errorCode } from './open-error.js';
import { type PackedBatch, unpackBatch } from './pack.js';
import { packPlaced, type PlacedRow } from './placed.js';
import { commitsWriter, readCommits } from './witness.js';

export interface Grouper {
  /** One outcome per batch, in order; all that succeeded are on disk. */
  commit(batches: readonly Uint8Array<ArrayBuffer>[]): readonly Outcome[];
  /** Hears what went wrong beside the commits: after an I/O error none is acknowledged any more. */
  failed(error: unknown): Failure;
}

type Attempt = { readonly rows: readonly PlacedRow[] } | { readonly failure: Failure };

/** `acknowledge` is told the number of commits after each that is on disk, before anybody hears of it. */
export function createGrouper(db: Database, applier: Applier, acknowledge: (commits: number) => void): Grouper {
  const setCommits = commitsWriter(db);
  let commits = readCommits(db) ?? 0;
  const begin = db.prepare('BEGIN IMMEDIATE');
  const end = db.prepare('COMMIT');
  const undo = db.prepare('ROLLBACK');
  const mark = db.prepare('SAVEPOINT batch');
  const keep = db.prepare('RELEASE batch');
  const back = db.prepare('ROLLBACK TO batch');
  /** After a failed write or fsync nobody knows what is on disk, so nothing is acknowledged until the store was opened anew. */
  let broken: Failure | null = null;

  function finish(): void {
    setCommits(commits + 1);
    end.run();
    commits += 1;
    acknowledge(commits);
  }

  function failed(error: unknown): Failure {
    applier.forget();
    const failure = failureOf(error);
    const code = errorCode(error);
    // Where there is no folder for temporary files, VACUUM fails before it has touched anything.
    if (code.startsWith('SQLITE_IOERR') && code !== 'SQLITE_IOERR_GETTEMPPATH' && failure.kind === 'broken') broken = failure;
    return failure;
  }

  function rollback(): void {
    applier.forget();
    if (db.inTransaction) undo.run();
  }

  /** Null when SQLite gave up the whole transaction, which takes the neighbours with it. */
  function attempt(batch: PackedBatch): Attempt | null {
    mark.run();
    try {
      const rows = applier.apply(batch);
      keep.run();
      return { rows };
    } catch (error) {
      const failure = failed(error);
      if (!db.inTransaction) return null;
      back.run();
      keep.run();
      return { failure };
    }
  }

  function together(batches: readonly PackedBatch[]): readonly Attempt[] | null {
    begin.run();
    const attempts: Attempt[] = [];
    for (const batch of batches) {
      const result = attempt(batch);
      if (result === null) return null;
      attempts.push(result);
    }
    finish();
    return attempts;
  }

  function alone(batch: PackedBatch): Attempt {
    if (broken !== null) return { failure: broken };
    try {
      begin.run();
      const rows = applier.apply(batch);
      finish();
      return { rows };
    } catch (error) {
      const failure = failed(error);
      rollback();
      return { failure };
    }
  }

  function all(batches: readonly PackedBatch[]): readonly Attempt[] {
    const failure = broken;
    if (failure !== null) return batches.map(() => ({ failure }));
    const [first] = batches;
    if (batches.length === 1 && first !== undefined) return [alone(first)];
    try {
      const attempts = together(batches);
      if (attempts !== null) return attempts;
    } catch (error) {
      // The cause returns when each batch is tried alone; an I/O error has already closed the store to writing.
      failed(error);
    }
    rollback();
    return batches.map(alone);
  }

  return {
    failed,
    commit: (batches) =>
      all(batches.map(unpackBatch)).map((attempt) =>
        'rows' in attempt ? { placed: packPlaced(attempt.rows) } : { failure: attempt.failure },
      ),
  };
}

/** Sorts what SQLite threw; anything that is not SQLite's is a wrong batch. A shared-memory file that cannot grow means a full disk too. */
export function failureOf(error: unknown): Failure {
  const code = errorCode(error);
  const message = error instanceof Error ? error.message : String(error);
  if (code === 'SQLITE_FULL' || code === 'SQLITE_IOERR_SHMSIZE') return { kind: 'full', message: 'the disk is full' };
  if (code.startsWith('SQLITE_')) return { kind: 'broken', message: `${code}: ${message}` };
  return { kind: 'wrong', message };
}
