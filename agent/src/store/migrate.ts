/** Forward-only, numbered changes of the schema; a store is as new as the last one it has seen. */
import type { Database } from 'better-sqlite3';
import { packPruned } from './pack-pruned.js';
import { noteRoots, PACKED, TABLES, writeMeta } from './schema.js';

export type Migration = (db: Database) => void;

/** Number n takes a store from version n to n + 1. Never edit one that was released. */
export const MIGRATIONS: readonly Migration[] = [
  (db) => void db.exec(TABLES),
  // No other tables: documents may start from checkpoints from here on, which an older program would take for documents without a past.
  () => undefined,
  (db) => {
    db.exec(PACKED);
    noteRoots(db);
    packPruned(db);
  },
];

export const SCHEMA_VERSION = MIGRATIONS.length;

export function schemaVersion(db: Database): number {
  return Number(db.pragma('user_version', { simple: true }));
}

/** All missing steps in one transaction: a crash leaves the old version whole. Answers how many were run. */
export function migrate(db: Database, migrations: readonly Migration[] = MIGRATIONS): number {
  const from = schemaVersion(db);
  if (from >= migrations.length) return 0;
  db.transaction(() => {
    for (const step of migrations.slice(from)) step(db);
    db.pragma(`user_version = ${migrations.length}`);
    const version = Buffer.alloc(4);
    version.writeUInt32LE(migrations.length);
    writeMeta(db, 'schema', version);
  }).immediate();
  return migrations.length - from;
}
