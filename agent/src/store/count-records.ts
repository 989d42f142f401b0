/** Counting records by their key in the store of an agent that does not run: keys are not sealed, so no device key is needed. */
import Sqlite from 'better-sqlite3';
import { keyBytes } from './keytext.js';

/** 0 where there is no store, or none that can be read. */
export function countRecords(path: string, table: string, prefix: string): number {
  try {
    const db = new Sqlite(path, { readonly: true, fileMustExist: true });
    try {
      const start = keyBytes(prefix);
      const query = 'SELECT count(*) FROM records WHERE tab = ? AND substr(key, 1, ?) = ?';
      return db.prepare<[Buffer, number, Buffer], number>(query).pluck().get(keyBytes(table), start.length, start) ?? 0;
    } finally {
      db.close();
    }
  } catch {
    // Whoever asks is about to delete it.
    return 0;
  }
}
