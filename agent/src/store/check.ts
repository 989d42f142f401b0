/** The checks of opening: enough to never build on a damaged store, bounded so that a start stays under two seconds. */
import type { Database } from 'better-sqlite3';
import { readMeta } from './schema.js';
import { headSum, logSum, recordSum } from './sums.js';
import { readCommits } from './witness.js';

/** Up to here SQLite's whole check (1.2 GB/s measured in cache), which alone compares indexes with tables. */
const WHOLE_BYTES_MAX = 128 * 1024 * 1024;
/** Up to here its quick check. Larger stores are checked in outline, and whole by `verify`. */
const QUICK_BYTES_MAX = 512 * 1024 * 1024;
/** Newest rows of each lane and records whose sums are checked (1 µs each). */
const ROWS_MAX = 100_000;

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
  return checkHeads(db) ?? checkRecords(db);
}

export interface HeadRow {
  readonly id: Buffer | null;
  readonly space: number;
  readonly lane: number;
  readonly position: number;
  readonly prefix: Buffer;
  readonly bytes: number;
  readonly sum: number;
}

export interface LogCheckRow {
  readonly position: number;
  readonly entry: Buffer;
  readonly prefix: Buffer;
  readonly peer: Buffer | null;
  readonly sum: number;
}

function checkHeads(db: Database): string | null {
  const heads = db.prepare<[], HeadRow>('SELECT s.id, h.* FROM heads h LEFT JOIN spaces s ON s.ref = h.space WHERE h.space <> 0').all();
  for (const head of heads) {
    const wrong = head.id === null || headSum(head.id, head.lane, head.position, head.prefix, head.bytes) !== head.sum;
    if (wrong || !checkTail(db, head, head.id)) return 'the end of a log is damaged';
  }
  return lanesWithoutHead(db) === 0 ? null : 'a log has lost its end';
}

/** Ends of lanes are found by index, so the cost is per lane and not per row. */
function lanesWithoutHead(db: Database): number {
  const count = db.prepare<[], number>(
    `SELECT count(*) FROM spaces s, (SELECT 0 AS lane UNION ALL SELECT 1 UNION ALL SELECT 2) l
     WHERE coalesce((SELECT max(position) FROM log WHERE space = s.ref AND lane = l.lane), 0)
        <> coalesce((SELECT position FROM heads WHERE space = s.ref AND lane = l.lane), 0)`,
  );
  return count.pluck().get() ?? 0;
}

function checkTail(db: Database, head: HeadRow, space: Buffer | null): boolean {
  if (space === null) return false;
  const rows = db.prepare<[number, number, number], LogCheckRow>(
    'SELECT l.position, l.entry, l.prefix, p.id AS peer, l.sum FROM log l LEFT JOIN peers p ON p.ref = l.peer WHERE l.space = ? AND l.lane = ? ORDER BY l.position DESC LIMIT ?',
  );
  let expected = head.position;
  for (const row of rows.iterate(head.space, head.lane, ROWS_MAX)) {
    if (row.position !== expected || logSum(space, head.lane, row.position, row.entry, row.prefix, row.peer) !== row.sum) return false;
    if (row.position === head.position && !row.prefix.equals(head.prefix)) return false;
    expected -= 1;
  }
  return expected === Math.max(0, head.position - ROWS_MAX);
}

function checkRecords(db: Database): string | null {
  const rows = db.prepare<[number], { tab: Buffer; key: Buffer; value: Buffer; sum: number }>(
    'SELECT tab, key, value, sum FROM records LIMIT ?',
  );
  for (const row of rows.iterate(ROWS_MAX)) if (recordSum(row.tab, row.key, row.value) !== row.sum) return 'a record is damaged';
  return null;
}
