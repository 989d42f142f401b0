/** Packs the pruned rows of a store from before rows were packed. */
import type { Database } from 'better-sqlite3';
import { PACKED_POSITION_MAX } from './block.js';
import { createPacking } from './packing.js';
import { logSum } from './sums.js';

/** Blocks are written once for each slice. */
const SLICE_ROWS = 65_536;

interface PrunedRow {
  readonly position: number;
  readonly entry: Buffer;
  readonly prefix: Buffer;
  readonly peer: Buffer | null;
  readonly sum: number;
}

/** Inside the caller's transaction; 20 µs for each row. A row whose sum is wrong stays where it is, to be found there. */
export function packPruned(db: Database): void {
  const packing = createPacking(db);
  const spaces = db.prepare<[], { ref: number; id: Buffer }>('SELECT ref, id FROM spaces').all();
  const slice = db.prepare<[number, number, number, number, number], PrunedRow>(
    `SELECT l.position, l.entry, l.prefix, p.id AS peer, l.sum FROM log l LEFT JOIN peers p ON p.ref = l.peer
     WHERE l.space = ? AND l.lane = ? AND l.position > ? AND l.position <= ? AND l.body IS NULL ORDER BY l.position LIMIT ?`,
  );
  const remove = db.prepare('DELETE FROM log WHERE space = ? AND lane = ? AND position = ?');
  for (const space of spaces) {
    for (const lane of [0, 1, 2]) {
      for (let at = 0; ; ) {
        const rows = slice.all(space.ref, lane, at, PACKED_POSITION_MAX, SLICE_ROWS);
        for (const { position, entry, prefix, peer, sum } of rows) {
          at = position;
          if (logSum(space.id, lane, position, entry, prefix, peer) !== sum) continue;
          packing.pack(space, lane, position, entry);
          remove.run(space.ref, lane, position);
        }
        packing.flush();
        if (rows.length < SLICE_ROWS) break;
      }
    }
  }
}
