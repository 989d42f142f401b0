/** How much of the log intake takes at a time. */
import { ENTRY_BYTES_MAX } from '@leanvibe/protocol/limits';
import type { LogRow } from '../ports/store.js';

/** Opening a row and judging it takes up to half a millisecond of the main loop. */
export const PAGE = { rows: 64, bytes: 1024 * 1024 };

/** Several pages share a commit. */
export const PAGES_PER_FLUSH = 4;

/** False when the store had no more rows at that moment. */
export function isFull(rows: readonly LogRow[]): boolean {
  return rows.length === PAGE.rows || rows.reduce((bytes, row) => bytes + (row.sealed?.length ?? 0), 0) > PAGE.bytes - ENTRY_BYTES_MAX;
}
