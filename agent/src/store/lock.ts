/** One agent per home: a lock that dies with its process, even on kill -9, and says who holds it. */
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { err, ok, type Result } from '@leanvibe/core/base/result';
import Sqlite, { type Database } from 'better-sqlite3';
import { writeDurably } from '../keychain/durable-file.js';
import { makeFolder } from './home.js';
import { errorCode, type OpenError, openErrorOf } from './open-error.js';

export interface LockHolder {
  readonly pid: number;
  /** The control port, null until it is known. */
  readonly port: number | null;
}

export interface HomeLock {
  /** Tells others where the agent answers. */
  describe(port: number): void;
  release(): void;
}

export type LockError =
  | { readonly code: 'held'; readonly holder: LockHolder | null; readonly message: string; readonly fix: string }
  | OpenError;

/**
 * Makes the home (0700) if needed. The lock is an open write transaction on `lock.db`: the operating system drops it with the process.
 * Nothing else of this process may open `lock.db` (POSIX drops all locks of a process on a file when any descriptor of it closes).
 * Folders shared over a network may not keep locks; a home belongs on a local disk.
 */
export function lockHome(home: string): Result<HomeLock, LockError> {
  const path = join(home, 'lock.db');
  let db: Database | null = null;
  try {
    makeFolder(home);
    closeSync(openSync(path, 'a', 0o600));
    db = new Sqlite(path, { timeout: 0 });
    db.exec('BEGIN IMMEDIATE; CREATE TABLE IF NOT EXISTS held(pid INTEGER)');
    const lock = hold(db, home);
    return ok(lock);
  } catch (error) {
    db?.close();
    return err(/^SQLITE_(BUSY|LOCKED)/.test(errorCode(error)) ? heldBy(readHolder(home), home) : openErrorOf(error, path));
  }
}

function hold(db: Database, home: string): HomeLock {
  const tell = (port: number | null): void =>
    writeDurably(join(home, 'running.json'), Buffer.from(JSON.stringify({ pid: process.pid, port })));
  tell(null);
  return {
    describe: tell,
    release() {
      if (db.open) db.close();
    },
  };
}

function heldBy(holder: LockHolder | null, home: string): LockError {
  const who = holder === null ? 'another agent' : `another agent (pid ${holder.pid}${holder.port === null ? '' : `, port ${holder.port}`})`;
  return {
    code: 'held',
    holder,
    message: `${who} already runs on this home ${home}`,
    fix: 'use that one, stop it with leanvibe stop, or choose another home',
  };
}

/** Only meaningful while somebody holds the lock. */
export function readHolder(home: string): LockHolder | null {
  try {
    const told: unknown = JSON.parse(readFileSync(join(home, 'running.json'), 'utf8'));
    if (typeof told !== 'object' || told === null || !('pid' in told) || !('port' in told)) return null;
    const { pid, port } = told;
    if (!Number.isSafeInteger(pid)) return null;
    return { pid: Number(pid), port: Number.isSafeInteger(port) ? Number(port) : null };
  } catch (error) {
    if (error instanceof SyntaxError || errorCode(error) === 'ENOENT') return null;
    throw error;
  }
}
