/** One relay to one SQLite file: two would each keep hints, limits and caches that the other never hears of. */
import { join } from 'node:path';
import { err, ok, type Result } from '@leanvibe/core/base/result';
import Sqlite from 'better-sqlite3';

const LOCK_FILE = 'leanvibe-relay.lock';
/** A relay that is being restarted may take a moment to be gone. */
const WAIT_MS = 1_000;

export interface NotAlone {
  readonly message: string;
  readonly fix: string;
}

/** The lock is the operating system's, so that a relay that was killed holds nothing. Commands beside it (backup, admin) do not ask. */
export function holdAlone(data: string): Result<() => void, NotAlone> {
  let lock: Sqlite.Database | null = null;
  try {
    const held = new Sqlite(join(data, LOCK_FILE), { timeout: WAIT_MS });
    lock = held;
    held.exec('begin exclusive');
    return ok(() => void held.close());
  } catch (error) {
    lock?.close();
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (code === 'SQLITE_BUSY')
      return err({ message: `another relay serves from ${data}`, fix: 'stop that one, or give this one a folder of its own with --data' });
    if (!/^SQLITE_(CANTOPEN|READONLY|IOERR|PERM|FULL|NOTADB)/.test(code)) throw error;
    return err({
      message: `nothing can be written in ${data} (${code})`,
      fix: 'see who owns it and whether its disk is full, or name another folder with --data',
    });
  }
}
