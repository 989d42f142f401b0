/** Reads on the calling thread through a connection of its own: a point read costs microseconds, and nothing uncommitted is ever seen. */
import type { Hashing } from '@leanvibe/core/ports/crypto';
import type { Store } from '@leanvibe/core/ports/store';
import Sqlite, { type Database } from 'better-sqlite3';
import { type Damage, DamagedRow } from './damage.js';
import { afterPrefix, keyBytes, keyText } from './keytext.js';
import { createLogReader, pause, plain, SLICE_BYTES, SLICE_ROWS } from './reader-log.js';
import { recordSum } from './sums.js';

export type Reader = Pick<
  Store,
  'head' | 'prefixHash' | 'rows' | 'entry' | 'has' | 'pruned' | 'ids' | 'spaces' | 'get' | 'scan' | 'size'
> & {
  readonly close: () => void;
};

/** Reads throw what SQLite throws, or `DamagedRow`. */
export function openReader(path: string, hashing: Hashing, onDamage: (damage: Damage) => void): Reader {
  const db = new Sqlite(path, { readonly: true });
  const run = statements(db);
  function record(table: string, row: { readonly key: Buffer; readonly value: Buffer; readonly sum: number }): Uint8Array {
    if (recordSum(keyBytes(table), row.key, row.value) === row.sum) return plain(row.value);
    onDamage({ kind: 'record', table });
    throw new DamagedRow('a record is damaged');
  }

  return {
    ...createLogReader(db, hashing, onDamage),
    get: async (table, key) => {
      const bytes = keyBytes(key);
      const row = run.get.get(keyBytes(table), bytes);
      return row === undefined ? null : record(table, { ...row, key: bytes });
    },
    scan: async (table, prefix, after, limit) => {
      const found: { readonly key: string; readonly value: Uint8Array }[] = [];
      const tab = keyBytes(table);
      const start = keyBytes(prefix);
      const bound = afterPrefix(start);
      // `after` itself is passed over; a prefix that is itself a key is not.
      let from = after !== null && after >= prefix ? { key: keyBytes(after), inclusive: 0 } : { key: start, inclusive: 1 };
      while (found.length < limit) {
        const want = Math.min(limit - found.length, SLICE_ROWS);
        const rows =
          bound === null
            ? run.scanAll.iterate(tab, from.key, from.inclusive, from.key, want)
            : run.scan.iterate(tab, from.key, from.inclusive, from.key, bound, want);
        let slice = 0;
        let count = 0;
        for (const row of rows) {
          found.push({ key: keyText(row.key), value: record(table, row) });
          from = { key: row.key, inclusive: 0 };
          count += 1;
          slice += row.value.length;
          if (slice >= SLICE_BYTES) break;
        }
        if (count < want && slice < SLICE_BYTES) break;
        if (found.length < limit) await pause();
      }
      return found;
    },
    close: () => db.close(),
  };
}

interface RecordRow {
  readonly key: Buffer;
  readonly value: Buffer;
  readonly sum: number;
}

function statements(db: Database) {
  const scan = (bound: string): string =>
    `SELECT key, value, sum FROM records WHERE tab = ? AND key >= ? AND (? OR key > ?) ${bound} ORDER BY key LIMIT ?`;
  return {
    get: db.prepare<[Buffer, Buffer], { value: Buffer; sum: number }>('SELECT value, sum FROM records WHERE tab = ? AND key = ?'),
    scan: db.prepare<[Buffer, Buffer, number, Buffer, Buffer, number], RecordRow>(scan('AND key < ?')),
    scanAll: db.prepare<[Buffer, Buffer, number, Buffer, number], RecordRow>(scan('')),
  };
}
