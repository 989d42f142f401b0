/** The checks of opening: enough to never build on a damaged store, bounded so that a start stays under two seconds. */
import type { Database } from 'better-sqlite3';
import { checkLanes } from './check-lanes.js';
import { readMeta } from './schema.js';
import { recordSum } from './sums.js';
import { readCommits } from './witness.js';

/** Up to here SQLite's whole check (1.2 GB/s measured in cache), which alone compares indexes with tables. */
const WHOLE_BYTES_MAX = 128 * 1024 * 1024;
/** Up to here its quick check. Larger stores are checked in outline, and whole by `verify`. */
const QUICK_BYTES_MAX = 512 * 1024 * 1024;
/** Records whose sums are checked (1 µs each). */
const RECORDS_MAX = 100_000;

export type Depth = 'whole' | 'quick' | 'outline';

export function depthFor(bytes: number): Depth {
  return bytes <= WHOLE_BYTES_MAX ? 'whole' : bytes <= QUICK_BYTES_MAX ? 'quick' : 'outline';
}

/** Null when the pages agree with each other; else SQLite's first complaint. Throws what SQLite throws. */
export function checkStructure(db: Database, depth: Depth): string | null {
  if (depth === 'outline') return null;
  const said: unknown = db.pragma(depth === 'whole' ? 'integrity_check(1)' : 'quick_check(1)', { simple: true });
  return said === 'ok' ? null : String(said);
}

/** Null when the newest content agrees with its sums; else what is wrong. */
export function checkContent(db: Database): string | null {
  if (readMeta(db, 'store') === null || readMeta(db, 'schema') === null || readCommits(db) === null)
    return 'its own description is damaged';
  return checkLanes(db) ?? checkRecords(db);
}

function checkRecords(db: Database): string | null {
  const rows = db.prepare<[number], { tab: Buffer; key: Buffer; value: Buffer; sum: number }>(
    'SELECT tab, key, value, sum FROM records LIMIT ?',
  );
  for (const row of rows.iterate(RECORDS_MAX)) if (recordSum(row.tab, row.key, row.value) !== row.sum) return 'a record is damaged';
  return null;
}
