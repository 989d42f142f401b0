/** The newest part of each lane, as opening checks it: dense, whole, and ending where its head says. */
import type { Database } from 'better-sqlite3';
import { blockOf, firstOf, idsIn, rowsIn } from './block.js';
import { HELD_ROWS, type HeldRow } from './log-rows.js';
import { createPacked, DamagedBlock, type Packed } from './packed.js';
import { headSum, logSum } from './sums.js';

/** Newest rows of each lane whose sums are checked (1 µs each, packed ones less). */
const ROWS_MAX = 100_000;

interface HeadRow {
  readonly id: Buffer | null;
  readonly space: number;
  readonly lane: number;
  readonly position: number;
  readonly prefix: Buffer;
  readonly bytes: number;
  readonly sum: number;
}

/** Null when all is well; else what is wrong. */
export function checkLanes(db: Database): string | null {
  const packed = createPacked(db);
  const heads = db.prepare<[], HeadRow>('SELECT s.id, h.* FROM heads h LEFT JOIN spaces s ON s.ref = h.space WHERE h.space <> 0').all();
  try {
    for (const head of heads) {
      const wrong = head.id === null || headSum(head.id, head.lane, head.position, head.prefix, head.bytes) !== head.sum;
      if (wrong || !checkTail(db, packed, head, head.id)) return 'the end of a log is damaged';
    }
    if (!endsAgree(db, packed, heads)) return 'a log has lost its end';
    // All of them (8 µs each): the first commit learns the ids of every block, and would stop at one that is damaged.
    const blocks = db.prepare<[], { place: number; block: number }>('SELECT place, block FROM packed').all();
    for (const { place, block } of blocks) packed.load(Math.floor(place / 4), place % 4, block);
    return null;
  } catch (error) {
    if (error instanceof DamagedBlock) return error.message;
    throw error;
  }
}

/** No lane has rows above its head, or rows and no head. Ends are found by index, so the cost is per lane and not per row. */
function endsAgree(db: Database, packed: Packed, heads: readonly HeadRow[]): boolean {
  const told = new Map(heads.map((head) => [`${head.space}.${head.lane}`, head.position]));
  const last = db.prepare<[number, number], number>('SELECT coalesce(max(position), 0) FROM log WHERE space = ? AND lane = ?').pluck();
  const spaces = db.prepare<[], number>('SELECT ref FROM spaces').pluck().all();
  return spaces.every((space) =>
    [0, 1, 2].every((lane) => Math.max(last.get(space, lane) ?? 0, packed.last(space, lane)) === (told.get(`${space}.${lane}`) ?? 0)),
  );
}

function checkTail(db: Database, packed: Packed, head: HeadRow, space: Buffer | null): boolean {
  if (space === null) return false;
  const rows = db.prepare<[number, number, number, number], HeldRow>(
    `${HELD_ROWS} WHERE l.space = ? AND l.lane = ? AND l.position BETWEEN ? AND ?`,
  );
  let checked = 0;
  for (let last = head.position; last > 0 && checked < ROWS_MAX; last = firstOf(blockOf(last)) - 1) {
    const block = blockOf(last);
    const inBlock = packed.load(head.space, head.lane, block);
    const positions = new Set(inBlock === null ? [] : [...idsIn(inBlock, block)].map((row) => row.position));
    let count = inBlock === null ? 0 : rowsIn(inBlock);
    for (const row of rows.iterate(head.space, head.lane, firstOf(block), last)) {
      if (logSum(space, head.lane, row.position, row.entry, row.prefix, row.peer) !== row.sum) return false;
      positions.add(row.position);
      count += 1;
    }
    if (count !== positions.size || count !== last - firstOf(block) + 1) return false;
    checked += count;
  }
  return head.position === 0 || packed.prefixAt(head.space, head.lane, head.position)?.equals(head.prefix) === true;
}
