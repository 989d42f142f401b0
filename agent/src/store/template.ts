/** The first page of an empty store: what a destroyed header is replaced by in a copy, so that the rest can be read. */
import { closeSync, copyFileSync, existsSync, openSync, writeSync } from 'node:fs';
import Sqlite from 'better-sqlite3';
import { fileBytes } from './file.js';
import { migrate } from './migrate.js';
import { PAGE_BYTES, prepareEmpty } from './schema.js';

/** Makes `copy` (and its log) from the store at `path`, with a first page as the newest schema lays it out. */
export function copyWithHeader(path: string, copy: string): void {
  copyFileSync(path, copy);
  if (existsSync(`${path}-wal`)) copyFileSync(`${path}-wal`, `${copy}-wal`);
  const page = firstPage();
  page.writeUInt32BE(Math.floor((fileBytes(copy) ?? 0) / PAGE_BYTES), 28);
  // No free pages are believed; SQLite then merely never reuses them.
  page.writeUInt32BE(0, 32);
  page.writeUInt32BE(0, 36);
  page.copy(page, 92, 24, 28);
  page.writeUInt8(2, 18);
  page.writeUInt8(2, 19);
  const file = openSync(copy, 'r+');
  try {
    writeSync(file, page, 0, PAGE_BYTES, 0);
  } finally {
    closeSync(file);
  }
}

function firstPage(): Buffer {
  const db = new Sqlite(':memory:');
  try {
    prepareEmpty(db);
    migrate(db);
    return Buffer.from(db.serialize().subarray(0, PAGE_BYTES));
  } finally {
    db.close();
  }
}
