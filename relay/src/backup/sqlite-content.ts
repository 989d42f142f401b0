/** What a SQLite database holds, table by table; reads everything once, in one snapshot when the caller has opened one. */
import { createHash } from 'node:crypto';
import type Sqlite from 'better-sqlite3';
import type { Content } from './manifest.js';

export function sqliteContent(db: Sqlite.Database): Content {
  const names = db
    .prepare<[], { readonly name: string }>(
      "select name from sqlite_master where type = 'table' and name not like 'sqlite_%' order by name",
    )
    .all()
    .map(({ name }) => name);
  return {
    steps: names.includes('migration')
      ? db
          .prepare<[], { readonly name: string }>('select name from migration order by name')
          .all()
          .map(({ name }) => name)
      : [],
    tables: Object.fromEntries(names.map((name) => [name, tableContent(db, name)])),
  };
}

function tableContent(db: Sqlite.Database, table: string): Content['tables'][string] {
  const columns = db.prepare<[], { readonly name: string; readonly pk: number }>(`pragma table_info(${quoted(table)})`).all();
  const keys = columns.filter(({ pk }) => pk > 0).toSorted((a, b) => a.pk - b.pk);
  const order = keys.length > 0 ? keys.map(({ name }) => quoted(name)).join(', ') : 'rowid';
  const hash = createHash('sha256');
  let rows = 0;
  for (const row of db
    .prepare(`select * from ${quoted(table)} order by ${order}`)
    .raw()
    .safeIntegers()
    .iterate()) {
    for (const value of row as readonly unknown[]) addValue(hash, value);
    rows += 1;
  }
  return { rows, hash: hash.digest('hex') };
}

/** With its type and length before it, so that no two rows run together into the same bytes. */
function addValue(hash: ReturnType<typeof createHash>, value: unknown): void {
  const bytes = value instanceof Uint8Array ? value : Buffer.from(value === null ? '' : String(value as string | number | bigint));
  hash.update(`${value === null ? 'null' : value instanceof Uint8Array ? 'bytes' : typeof value} ${bytes.length} `).update(bytes);
}

export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
