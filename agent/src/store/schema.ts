/** The tables of a store file, and the marks by which a file is known to be one. */
import type { Database } from 'better-sqlite3';
import { openMeta, sealMeta } from './sums.js';

/** 'LVst' in the SQLite header: other programs' files are recognised by not having it. */
export const APPLICATION_ID = 0x4c567374;
export const PAGE_BYTES = 4096;

/**
 * `bodies.place` (space * 4 + lane) lets a body whose log row was lost be put back: its hash is its entry id.
 * Tables are made in this order in a new file, so their root pages are known and a destroyed header can be rebuilt.
 */
export const TABLES = `
CREATE TABLE meta(name TEXT NOT NULL PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE spaces(ref INTEGER NOT NULL PRIMARY KEY, id BLOB NOT NULL UNIQUE) STRICT;
CREATE TABLE peers(ref INTEGER NOT NULL PRIMARY KEY, id BLOB NOT NULL UNIQUE) STRICT;
CREATE TABLE heads(space INTEGER NOT NULL, lane INTEGER NOT NULL, position INTEGER NOT NULL, prefix BLOB NOT NULL, bytes INTEGER NOT NULL, sum INTEGER NOT NULL, PRIMARY KEY(space, lane)) STRICT, WITHOUT ROWID;
CREATE TABLE log(space INTEGER NOT NULL, lane INTEGER NOT NULL, position INTEGER NOT NULL, entry BLOB NOT NULL, prefix BLOB NOT NULL, peer INTEGER, body INTEGER, sum INTEGER NOT NULL, PRIMARY KEY(space, lane, position)) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX log_entry ON log(space, entry);
CREATE TABLE bodies(ref INTEGER NOT NULL PRIMARY KEY, place INTEGER NOT NULL, bytes BLOB NOT NULL, sum INTEGER NOT NULL) STRICT;
CREATE TABLE records(tab BLOB NOT NULL, key BLOB NOT NULL, value BLOB NOT NULL, sum INTEGER NOT NULL, PRIMARY KEY(tab, key)) STRICT, WITHOUT ROWID;
`;

/**
 * Pruned rows of a lane, 256 positions to a row (block.ts). Made after all others, and its index by the table itself, so that SQLite keeps
 * their order when it rewrites a file. A changed block gets a new, higher `stamp`, by which each connection finds what it has not seen.
 */
export const PACKED = `
CREATE TABLE packed(stamp INTEGER NOT NULL PRIMARY KEY, place INTEGER NOT NULL, block INTEGER NOT NULL, sum INTEGER NOT NULL, rows BLOB NOT NULL, UNIQUE(place, block)) STRICT;
`;

/** Root pages in a file as it was made, and in one that was compacted: tables first, then indexes that were made by themselves. */
const KNOWN_ROOTS: readonly Roots[] = [
  { table: 12, index: 13 },
  { table: 11, index: 12 },
];

/** Where `packed` and its index begin. */
export interface Roots {
  readonly table: number;
  readonly index: number;
}

export function packedRoots(db: Database): Roots {
  const root = db.prepare<[string], number>('SELECT rootpage FROM sqlite_schema WHERE name = ?').pluck();
  return { table: root.get('packed') ?? 0, index: root.get('sqlite_autoindex_packed_1') ?? 0 };
}

/** False in a file that was made before rows were packed, until it is compacted. */
export function hasKnownRoots(db: Database): boolean {
  const { table, index } = packedRoots(db);
  return KNOWN_ROOTS.some((known) => known.table === table && known.index === index);
}

/** Written before SQLite puts a page into a new file. */
export function prepareEmpty(db: Database): void {
  db.pragma(`page_size = ${PAGE_BYTES}`);
  db.pragma('auto_vacuum = NONE');
  db.pragma(`application_id = ${APPLICATION_ID}`);
}

/** C28, P3: a commit is on disk when it returns, on macOS past the drive's own cache too. */
export function makeDurable(db: Database): void {
  db.pragma('synchronous = FULL');
  if (process.platform === 'darwin') {
    db.pragma('fullfsync = ON');
    db.pragma('checkpoint_fullfsync = ON');
  }
}

export type MetaName = 'store' | 'schema' | 'packed';

/** Null when there is no such row or its sum is wrong. */
export function readMeta(db: Database, name: MetaName): Buffer | null {
  const row: unknown = db.prepare('SELECT value FROM meta WHERE name = ?').pluck().get(name);
  return Buffer.isBuffer(row) ? openMeta(name, row) : null;
}

export function writeMeta(db: Database, name: MetaName, value: Uint8Array): void {
  db.prepare('INSERT INTO meta(name, value) VALUES(?, ?) ON CONFLICT(name) DO UPDATE SET value = excluded.value').run(
    name,
    sealMeta(name, value),
  );
}

/** Kept outside the schema too, for files that lose their first page before they are compacted. */
export function noteRoots(db: Database): void {
  const { table, index } = packedRoots(db);
  const value = Buffer.alloc(8);
  value.writeUInt32LE(table);
  value.writeUInt32LE(index, 4);
  writeMeta(db, 'packed', value);
}

/** Where they were when `packed` was made; null when that is not known. */
export function notedRoots(db: Database): Roots | null {
  const value = readMeta(db, 'packed');
  return value?.length === 8 ? { table: value.readUInt32LE(), index: value.readUInt32LE(4) } : null;
}
