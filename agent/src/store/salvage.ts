/** Brings every row that can still be proven out of a damaged store into a new one, which gets a new id so that peers compare and re-supply. */
import Sqlite, { type Database } from 'better-sqlite3';
import { createApplier } from './apply.js';
import type { SalvageReport } from './messages.js';
import { GENERATION_TABLE } from './generation-table.js';
import { MIGRATIONS, migrate } from './migrate.js';
import { isCorrupt } from './open-error.js';
import { readLog, readOrphans, readRecords, readSpaces } from './salvage-read.js';
import { until } from './salvage-until.js';
import { makeDurable, prepareEmpty, writeMeta } from './schema.js';
import { commitsWriter } from './witness.js';

export interface SalvageCounts extends Omit<SalvageReport, 'reason' | 'movedTo'> {}

/** Batches of the copy: bounded memory, one fsync each. */
const ROWS_PER_TRANSACTION = 1_000;
const BYTES_PER_TRANSACTION = 16 * 1024 * 1024;

/**
 * Copies what checks from `damaged` (opened read-only; null when not even that worked) into a new file at `target`.
 * `target` is complete and on disk when this returns.
 */
export function salvage(damaged: Database | null, target: string, storeId: Uint8Array): SalvageCounts {
  const db = new Sqlite(target);
  try {
    prepareEmpty(db);
    makeDurable(db);
    migrate(db, MIGRATIONS);
    const counts = damaged === null ? NOTHING : copyAll(damaged, db);
    db.transaction(() => {
      writeMeta(db, 'store', storeId);
      commitsWriter(db)(0);
    }).immediate();
    return counts;
  } finally {
    db.close();
  }
}

const NOTHING: SalvageCounts = { entriesKept: 0, entriesLost: 0, bytesLost: 0, recordsKept: 0, recordsLost: 0 };

function copyAll(from: Database, to: Database): SalvageCounts {
  const spaces = tryRead(() => readSpaces(from), new Map<number, readonly Buffer[]>());
  const applier = createApplier(to);
  const counts = { ...NOTHING };
  const slices = slicer(to, () => applier.flush());
  for (const row of slices(
    until(() => readLog(from, spaces)),
    (each) => each.sealed?.length ?? 0,
  )) {
    if (row === null) counts.entriesLost += 1;
    else if (applier.restore({ ...row, from: row.peer })) {
      counts.entriesKept += 1;
      if (row.sealed === null && !row.pruned) counts.bytesLost += 1;
    }
  }
  for (const row of slices(
    until(() => readOrphans(from, spaces)),
    (each) => each.sealed.length,
  )) {
    if (!applier.restore({ ...row, from: null, pruned: false })) continue;
    counts.entriesKept += 1;
    counts.entriesLost = Math.max(0, counts.entriesLost - 1);
  }
  for (const row of slices(
    until(() => readRecords(from)),
    (each) => each.value.length,
  )) {
    if (row === null) counts.recordsLost += 1;
    else if (row.table.toString('latin1') !== GENERATION_TABLE) {
      applier.apply({ entries: [], put: [row], remove: [], prune: [], refill: [] });
      counts.recordsKept += 1;
    }
  }
  return counts;
}

function tryRead<Value>(read: () => Value, otherwise: Value): Value {
  try {
    return read();
  } catch (error) {
    if (isCorrupt(error)) return otherwise;
    throw error;
  }
}

/** Passes rows on inside transactions of bounded size. */
function slicer(to: Database, flush: () => void) {
  return function* slices<Row>(rows: Iterable<Row>, size: (row: NonNullable<Row>) => number): Generator<Row> {
    let count = 0;
    let bytes = 0;
    to.exec('BEGIN IMMEDIATE');
    for (const row of rows) {
      yield row;
      count += 1;
      bytes += row === null || row === undefined ? 0 : size(row);
      if (count < ROWS_PER_TRANSACTION && bytes < BYTES_PER_TRANSACTION) continue;
      flush();
      to.exec('COMMIT');
      to.exec('BEGIN IMMEDIATE');
      count = 0;
      bytes = 0;
    }
    flush();
    to.exec('COMMIT');
  };
}
