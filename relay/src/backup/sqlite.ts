/** Backup and restore of the SQLite file: copied while the relay serves, opened, checked and compared before it counts as one. */
import { chmodSync, closeSync, existsSync, fsyncSync, openSync, readSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { err, ok, type Result } from '@leanvibe/core/base/result';
import Sqlite from 'better-sqlite3';
import { type Content, differences, isEmpty } from './manifest.js';
import { sqliteContent } from './sqlite-content.js';

/** So many pages between two turns of the event loop. */
const PAGES_AT_ONCE = 5000;
const HEADER = 'SQLite format 3\0';

/** `target` must not exist. Holds one read snapshot of the source open while it runs: its write-ahead log grows meanwhile. */
export async function backupSqlite(source: string, target: string): Promise<Result<Content, string>> {
  if (!existsSync(source)) return err(`there is no database at ${source}`);
  const draft = `${target}.partial`;
  rmSync(draft, { force: true });
  closeSync(openSync(draft, 'wx', 0o600));
  const db = new Sqlite(source, { readonly: true, fileMustExist: true });
  try {
    db.exec('begin');
    const wanted = sqliteContent(db);
    await db.backup(draft, { progress: () => PAGES_AT_ONCE });
    const found = checkedContent(draft);
    if (!found.ok) return err(`the copy is damaged: ${found.error}`);
    const wrong = differences(wanted, found.value);
    if (wrong.length > 0) return err(`the copy is not the database: ${wrong.join('; ')}`);
    settle(draft);
    renameSync(draft, target);
    syncFolder(target);
    return ok(wanted);
  } finally {
    db.close();
    removeFile(draft);
  }
}

/** Opens a backup, lets SQLite check every page, and says what it holds. */
export function checkedContent(path: string): Result<Content, string> {
  let db: Sqlite.Database;
  try {
    db = new Sqlite(path, { readonly: true, fileMustExist: true });
  } catch (error) {
    return err(error instanceof Error ? error.message : 'it cannot be opened');
  }
  try {
    const found = db.pragma('integrity_check(3)', { simple: true });
    return found === 'ok' ? ok(sqliteContent(db)) : err(String(found));
  } catch (error) {
    return err(error instanceof Error ? error.message : 'it cannot be read');
  } finally {
    db.close();
  }
}

export type Target = 'absent' | 'empty' | 'full' | 'in use';

/** What stands where a restore wants to go. */
export function inspectTarget(path: string): Target {
  // Opening would throw away the write-ahead log of a file that is gone or no database any more: perhaps the last copy of what was written last.
  if (!existsSync(path)) return existsSync(`${path}-wal`) ? 'full' : 'absent';
  if (existsSync(`${path}-wal`) && !isDatabase(path)) return 'full';
  const db = new Sqlite(path, { fileMustExist: true, timeout: 500 });
  try {
    // Leaving the write-ahead log needs everybody else gone: the one sure sign that no relay has this file open.
    if (db.pragma('journal_mode = delete', { simple: true }) !== 'delete') return 'in use';
    return isEmpty(sqliteContent(db)) ? 'empty' : 'full';
  } catch (error) {
    if (error instanceof Sqlite.SqliteError && error.code.startsWith('SQLITE_BUSY')) return 'in use';
    // What cannot be read as a database may still be somebody's last copy of one.
    return 'full';
  } finally {
    db.close();
  }
}

function isDatabase(path: string): boolean {
  const header = Buffer.alloc(HEADER.length);
  const file = openSync(path, 'r');
  readSync(file, header, 0, header.length, 0);
  closeSync(file);
  return header.toString('latin1') === HEADER;
}

/** Puts the draft in the place of what stands there, which is kept under `aside` unless that is null, with the logs beside it. */
export function replaceFile(draft: string, path: string, aside: string | null): void {
  settle(draft);
  for (const ending of ['-wal', '-shm', '-journal', '']) {
    if (!existsSync(`${path}${ending}`)) continue;
    if (aside !== null) renameSync(`${path}${ending}`, `${aside}${ending}`);
    else if (ending !== '') removeIf(`${path}${ending}`);
  }
  renameSync(draft, path);
  syncFolder(path);
}

/** Back to a plain file, whole on disk and for its user only. */
export function settle(path: string): void {
  const db = new Sqlite(path, { fileMustExist: true });
  db.pragma('journal_mode = delete');
  db.close();
  chmodSync(path, 0o600);
  const file = openSync(path, 'r');
  fsyncSync(file);
  closeSync(file);
}

/** Clients compare it with what they remember, and offer again what this copy lost (C26). */
export function newStoreId(path: string, storeId: string): void {
  const db = new Sqlite(path, { fileMustExist: true });
  try {
    const has = db.prepare("select 1 from sqlite_master where type = 'table' and name = 'meta'").get() !== undefined;
    if (has)
      db.prepare("insert into meta (name, value) values ('storeId', ?) on conflict (name) do update set value = excluded.value").run(
        storeId,
      );
  } finally {
    db.close();
  }
}

export function removeFile(path: string): void {
  for (const ending of ['', '-wal', '-shm', '-journal']) removeIf(`${path}${ending}`);
}

function removeIf(path: string): void {
  rmSync(path, { force: true });
}

/** A new name is only sure to outlast a power cut once its folder is on disk. */
function syncFolder(path: string): void {
  const folder = openSync(dirname(path), 'r');
  fsyncSync(folder);
  closeSync(folder);
}
