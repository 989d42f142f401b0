/** The first page of an empty store: what a destroyed header is replaced by in a copy, so that the rest can be read. */
import { closeSync, copyFileSync, existsSync, openSync, readSync, writeSync } from 'node:fs';
import Sqlite, { type Database } from 'better-sqlite3';
import { fileBytes } from './file.js';
import { migrate } from './migrate.js';
import { isCorrupt } from './open-error.js';
import { notedRoots, PAGE_BYTES, prepareEmpty, type Roots } from './schema.js';

/** Makes `copy` (and its log) from the store at `path`, with a first page as the newest schema lays it out. */
export function copyWithHeader(path: string, copy: string): void {
  copyFileSync(path, copy);
  if (existsSync(`${path}-wal`)) copyFileSync(`${path}-wal`, `${copy}-wal`);
  const compacted = isCompacted(copy);
  writeFirstPage(copy, compacted, null);
  const roots = compacted ? null : rootsIn(copy);
  if (roots !== null) writeFirstPage(copy, compacted, roots);
}

function writeFirstPage(copy: string, compacted: boolean, roots: Roots | null): void {
  const page = firstPage(compacted, roots);
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

/** A store from before rows were packed has `packed` wherever there was room. Its description lies on page 2 in every store. */
function rootsIn(copy: string): Roots | null {
  const db = new Sqlite(copy, { readonly: true });
  try {
    return notedRoots(db);
  } catch (error) {
    if (isCorrupt(error)) return null;
    throw error;
  } finally {
    db.close();
  }
}

/** Pages 9 to 11 are the roots of other trees once a store was compacted: by their first bytes, the two of three that are left tell. */
function isCompacted(path: string): boolean {
  const bytes = Buffer.alloc(3 * PAGE_BYTES);
  const file = openSync(path, 'r');
  try {
    readSync(file, bytes, 0, bytes.length, 8 * PAGE_BYTES);
  } finally {
    closeSync(file);
  }
  const isTable = [0, 1, 2].map((at) => [0x05, 0x0d].includes(bytes[at * PAGE_BYTES] as number));
  return [true, false, true].filter((compacted, at) => compacted === isTable[at]).length >= 2;
}

function firstPage(compacted: boolean, roots: Roots | null): Buffer {
  const db = new Sqlite(':memory:');
  try {
    prepareEmpty(db);
    migrate(db);
    if (compacted) db.exec('VACUUM');
    if (roots !== null) moveRoots(db, roots);
    return Buffer.from(db.serialize().subarray(0, PAGE_BYTES));
  } finally {
    db.close();
  }
}

/** Only this database's description of itself is written, which nobody opens again. */
function moveRoots(db: Database, { table, index }: Roots): void {
  db.unsafeMode(true);
  db.pragma('writable_schema = ON');
  const move = db.prepare('UPDATE sqlite_schema SET rootpage = ? WHERE name = ?');
  move.run(table, 'packed');
  move.run(index, 'sqlite_autoindex_packed_1');
}
