/** A row of the log as SQL gives it: one list of columns for all who read rows. */
import type { Lane } from '@leanvibe/core/ports/store';

export interface HeldRow {
  readonly lane: Lane;
  readonly position: number;
  readonly entry: Buffer;
  readonly prefix: Buffer;
  readonly peer: Buffer | null;
  readonly body: number | null;
  readonly sum: number;
}

export interface StoredRow extends HeldRow {
  readonly bytes: Buffer | null;
}

const COLUMNS = 'l.lane, l.position, l.entry, l.prefix, p.id AS peer, l.body, l.sum';
const LOG = 'FROM log l LEFT JOIN peers p ON p.ref = l.peer';
const BODIES = `${LOG} LEFT JOIN bodies b ON b.ref = l.body`;

/** HeldRow. */
export const HELD_ROWS = `SELECT ${COLUMNS} ${LOG}`;
/** StoredRow. */
export const STORED_ROWS = `SELECT ${COLUMNS}, b.bytes ${BODIES}`;
/** StoredRow; parameters: a peer's id, and the position above which its rows come without their bytes, which are not even read. */
export const SOME_STORED_ROWS = `SELECT ${COLUMNS}, CASE WHEN p.id = ? AND l.position > ? THEN NULL ELSE b.bytes END AS bytes ${BODIES}`;
