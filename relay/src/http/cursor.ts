/** Cursors of lists: where the page before ended, as a time and an id; opaque to clients. */
import { Refusal } from './problem.js';

export interface Place {
  readonly ms: number;
  readonly id: string;
}

export function writeCursor({ ms, id }: Place): string {
  return Buffer.from(`${ms} ${id}`).toString('base64url');
}

/** Null for the first page; throws `invalid` for what is no cursor of ours. */
export function readCursor(cursor: string | undefined): Place | null {
  if (cursor === undefined) return null;
  const [, ms, id] = /^(\d{1,16}) ([0-9a-f-]{1,64})$/.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  if (ms === undefined || id === undefined) throw new Refusal('invalid', 'the cursor is not one of this list; begin without one');
  return { ms: Number(ms), id };
}

/** `rows`: one more than asked for, when there are more. */
export function pageOf<Row, Item>(
  rows: readonly Row[],
  limit: number,
  placeOf: (row: Row) => Place,
  itemOf: (row: Row) => Item,
): { items: Item[]; next: string | null } {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return { items: shown.map(itemOf), next: rows.length > limit && last !== undefined ? writeCursor(placeOf(last)) : null };
}
