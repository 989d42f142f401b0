/** What is known of one file, and whether that still holds. */
import type { Stats } from 'node:fs';
import { RACY_COARSE_MS, RACY_MS } from './limits.js';
import type { Manifest, SkipReason } from './project-index.js';
import type { TodosOfFile } from './todos.js';

export interface FileStamp {
  readonly size: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
  readonly ino: number;
}

export interface FileRow extends FileStamp {
  readonly state: 'text' | 'binary' | 'missing' | SkipReason;
  /** Zero unless text. */
  readonly lines: number;
  readonly language: string | null;
  readonly todos: TodosOfFile;
  /** False for text too large to be searched. */
  readonly searched: boolean;
  readonly manifest: Manifest | null;
  /** It was so fresh when read that a later change may carry the same stamp. */
  readonly racy: boolean;
}

export const NO_TODOS: TodosOfFile = { count: 0, list: [] };
const NO_STAMP: FileStamp = { size: 0, mtimeMs: 0, ctimeMs: 0, ino: 0 };

export function stampOf(stats: Stats): FileStamp {
  return { size: stats.size, mtimeMs: stats.mtimeMs, ctimeMs: stats.ctimeMs, ino: stats.ino };
}

export function absentRow(state: 'missing' | SkipReason, stamp: FileStamp = NO_STAMP): FileRow {
  return { ...stamp, state, lines: 0, language: null, todos: NO_TODOS, searched: true, manifest: null, racy: true };
}

export function isRacy(stamp: FileStamp, readAtMs: number): boolean {
  const coarse = Number.isInteger(stamp.mtimeMs / 1_000) && Number.isInteger(stamp.ctimeMs / 1_000);
  return Math.max(stamp.mtimeMs, stamp.ctimeMs) >= readAtMs - (coarse ? RACY_COARSE_MS : RACY_MS);
}

export function stillHolds(row: FileRow, now: FileStamp): boolean {
  return !row.racy && row.size === now.size && row.mtimeMs === now.mtimeMs && row.ctimeMs === now.ctimeMs && row.ino === now.ino;
}
