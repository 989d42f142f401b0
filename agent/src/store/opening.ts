/** Opens the store file whatever state it is in: new, sound, old, newer, another program's, damaged. */
import { closeSync, existsSync, openSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { err, ok, type Result } from '@leanvibe/core/base/result';
import Sqlite, { type Database } from 'better-sqlite3';
import { finishSwap, makingPath, putNew, rebuildingPath, removeWith, swap } from './aside.js';
import { checkContent, checkStructure, type Depth, depthFor } from './check.js';
import { fileBytes, readHeader } from './file.js';
import { makeFolder } from './home.js';
import type { SalvageReport } from './messages.js';
import { migrate, SCHEMA_VERSION, schemaVersion } from './migrate.js';
import { isCorrupt, type OpenError, openError, openErrorOf } from './open-error.js';
import { GENERATION_TABLE } from './generation-table.js';
import { salvage } from './salvage.js';
import { APPLICATION_ID, makeDurable, PAGE_BYTES, readMeta, writeMeta } from './schema.js';
import { keyBytes } from './keytext.js';
import { copyWithHeader } from './template.js';
import { commitsWriter, openWitness, readCommits, type Witness } from './witness.js';

export interface Opened {
  readonly db: Database;
  readonly witness: Witness;
  readonly storeId: Buffer;
  readonly salvaged: SalvageReport | null;
  readonly migrated: number;
  readonly checked: Depth;
}

/** How long another program's lock is waited for. */
const BUSY_MS = 2_000;

/** `storeId` becomes the id of a store made, rebuilt or found to be an older copy. */
export function openStoreFile(path: string, storeId: Uint8Array): Result<Opened, OpenError> {
  try {
    if (existsSync(path) && !statSync(path).isFile()) return err(openError('not-a-file', path));
    makeFolder(dirname(path));
    finishSwap(path);
    const made = existsSync(path) ? null : createNew(path, storeId);
    const opened = openExisting(path, storeId);
    return opened.ok && made !== null ? ok({ ...opened.value, salvaged: made }) : opened;
  } catch (error) {
    return err(openErrorOf(error, path));
  }
}

/** Made under another name, so that a file at `path` is always whole. A log without its store is put aside, not deleted. */
function createNew(path: string, storeId: Uint8Array): SalvageReport | null {
  const making = makingPath(path);
  makeEmpty(making);
  const counts = salvage(null, making, storeId);
  const movedTo = putNew(path);
  return movedTo === null ? null : { reason: 'its file is gone and only its write-ahead log was left', movedTo, ...counts };
}

/** SQLite gives a file's own permissions to its log, so the file is made first, for its owner only. */
function makeEmpty(path: string): void {
  removeWith(path);
  closeSync(openSync(path, 'ax', 0o600));
}

function openExisting(path: string, storeId: Uint8Array): Result<Opened, OpenError> {
  const header = readHeader(path);
  if (header === null) throw new Error('the store vanished while it was opened');
  if (header.isSqlite && header.applicationId !== APPLICATION_ID) {
    const guard = openGuard(path);
    const ours = hasOurTables(guard);
    guard.close();
    if (!ours) return err(openError('foreign', path));
    return rebuild(path, storeId, 'its mark is damaged', false);
  }
  if (!header.isSqlite || header.pageBytes !== PAGE_BYTES) return rebuild(path, storeId, 'its first page is destroyed', true);
  const depth = depthFor((fileBytes(path) ?? 0) + (fileBytes(`${path}-wal`) ?? 0));
  const inspected = inspect(path, depth);
  if ('error' in inspected) return err(inspected.error);
  if ('damage' in inspected) return rebuild(path, storeId, inspected.damage, inspected.firstPage);
  return ok(start(inspected, path, storeId, depth));
}

interface Sound {
  readonly db: Database;
  readonly storeId: Buffer;
  readonly migrated: number;
}

type Inspected = Sound | { readonly damage: string; readonly firstPage: boolean } | { readonly error: OpenError };

function inspect(path: string, depth: Depth): Inspected {
  const db = new Sqlite(path, { timeout: BUSY_MS });
  const found = inspectOpen(db, path, depth);
  if (!('db' in found)) closeUntouched(db, path);
  return found;
}

/** No store will see so many migrations; larger numbers are flipped bits. */
const PLAUSIBLE_VERSION_MAX = 9_999;

function inspectOpen(db: Database, path: string, depth: Depth): Inspected {
  try {
    if (!hasOurTables(db)) return { damage: 'its tables are gone', firstPage: true };
    const version = schemaVersion(db);
    const told = readMeta(db, 'schema')?.readUInt32LE(0);
    // Either mark of a newer program is enough: never write to what one may have written. A damaged mark is rarely a small number.
    const newest = Math.max(version, told ?? 0);
    if (newest > SCHEMA_VERSION && newest <= PLAUSIBLE_VERSION_MAX)
      return { error: openError('newer', path, `store version ${newest}; this one knows ${SCHEMA_VERSION}`) };
    if (version !== told) return { damage: 'its version is damaged', firstPage: false };
    const structure = checkStructure(db, depth);
    if (structure !== null) return { damage: 'its pages contradict each other', firstPage: false };
    makeDurable(db);
    const migrated = migrate(db);
    const content = checkContent(db);
    const storeId = readMeta(db, 'store');
    if (content !== null || storeId === null) return { damage: content ?? 'its own description is damaged', firstPage: false };
    return { db, storeId, migrated };
  } catch (error) {
    if (isCorrupt(error)) return { damage: 'its pages contradict each other', firstPage: !hasOurTables(db) };
    closeUntouched(db, path);
    throw error;
  }
}

function hasOurTables(db: Database): boolean {
  try {
    return db.prepare("SELECT count(*) FROM sqlite_schema WHERE name IN ('meta', 'log', 'bodies', 'records')").pluck().get() === 4;
  } catch (error) {
    if (isCorrupt(error)) return false;
    throw error;
  }
}

/** The last writer to close folds the log into the main file; while a reader is open it does not, and the file stays as it was found. */
export function closeUntouched(db: Database, path: string): void {
  if (!db.open) return;
  const guard = openGuard(path);
  db.close();
  guard.close();
}

/** Read-only, and holding on to the log even if the pages are damaged. */
function openGuard(path: string): Database {
  const guard = new Sqlite(path, { readonly: true, timeout: BUSY_MS });
  hasOurTables(guard);
  return guard;
}

function start(sound: Sound, path: string, newId: Uint8Array, checked: Depth): Opened {
  const { db } = sound;
  db.pragma('journal_mode = WAL');
  db.pragma('wal_autocheckpoint = 1000');
  db.pragma(`journal_size_limit = ${64 * 1024 * 1024}`);
  const witness = openWitness(path);
  const commits = readCommits(db) ?? 0;
  const acknowledged = witness.read(sound.storeId) ?? commits;
  // Also proves that the file can be written, while there is still somebody to tell.
  commitsWriter(db)(commits);
  if (acknowledged <= commits) {
    witness.write(sound.storeId, commits);
    return { ...sound, witness, checked, salvaged: null };
  }
  const entriesKept = db.prepare<[], number>('SELECT coalesce(sum(position), 0) FROM heads WHERE space <> 0').pluck().get() ?? 0;
  const recordsKept = db.prepare<[], number>('SELECT count(*) FROM records').pluck().get() ?? 0;
  renew(db, newId);
  witness.write(newId, commits);
  const reason = `its last ${acknowledged - commits} commits are missing: it is an older copy, or its write-ahead log was lost`;
  const salvaged = { reason, movedTo: null, entriesKept, entriesLost: 0, bytesLost: 0, recordsKept, recordsLost: 0 };
  return { ...sound, storeId: Buffer.from(newId), witness, checked, salvaged };
}

/** A new life of the store (C44): peers compare instead of trusting positions, and the device learns that it was restored. */
export function renew(db: Database, storeId: Uint8Array): void {
  db.transaction(() => {
    writeMeta(db, 'store', storeId);
    db.prepare('DELETE FROM records WHERE tab = ?').run(keyBytes(GENERATION_TABLE));
  }).immediate();
}

/** Nothing is deleted: the damaged file and its log are put aside under a new name. */
function rebuild(path: string, storeId: Uint8Array, reason: string, firstPage: boolean): Result<Opened, OpenError> {
  const target = rebuildingPath(path);
  makeEmpty(target);
  const repaired = `${path}-repair`;
  removeWith(repaired);
  if (firstPage) copyWithHeader(path, repaired);
  const source = openGuard(firstPage ? repaired : path);
  let counts: ReturnType<typeof salvage>;
  try {
    counts = salvage(source, target, storeId);
  } finally {
    source.close();
    removeWith(repaired);
  }
  const movedTo = swap(path);
  const again = openExisting(path, storeId);
  return again.ok ? ok({ ...again.value, salvaged: { reason, movedTo, ...counts } }) : again;
}
