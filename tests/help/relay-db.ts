/** The relay's database for tests, over both drivers: fresh, with its tables made, and gone after the file. */
import type { Database } from '@leanvibe/relay/internal/db/database';
import { migrate } from '@leanvibe/relay/internal/db/migrate';
import type { Migration } from '@leanvibe/relay/internal/db/migration';
import { migrations as all } from '@leanvibe/relay/internal/db/migrations';
import { type DatabaseDeps, type DatabasePlace, openDatabase } from '@leanvibe/relay/internal/db/open';
import { afterAll } from 'vitest';
import { leftOut } from './needs.js';
import { type Postgres, postgresOfFile } from './postgres.js';
import { chance, silent, temporaryFolder } from './store-things.js';
import { systemClock } from './system-clock.js';

export const databaseDeps: DatabaseDeps = { clock: systemClock, random: chance, logger: silent };

export interface TestDatabases {
  readonly name: 'SQLite' | 'PostgreSQL';
  /** A new database; `migrations` are the relay's own unless others are given. Closed after the file, if not before. */
  open(migrations?: readonly Migration[]): Promise<Database>;
  /** The same database opened once more, as another process would. */
  again(db: Database, deps?: DatabaseDeps): Promise<Database>;
  /** Where it lies, for whoever opens it elsewhere. */
  placeOf(db: Database): DatabasePlace;
  /** The server behind it; null for SQLite. */
  readonly server: (() => Promise<Postgres>) | null;
}

/** Call it at the top of a test file: `for (const databases of openTestDatabases()) describe(databases.name, …)`. */
export function openTestDatabases(): readonly TestDatabases[] {
  const folder = temporaryFolder('relay-db');
  let made = 0;
  afterAll(() => folder.remove()); // hooks run last one first
  const sqlite = openEach('SQLite', null, async () => ({ sqliteFile: `${folder.path}/${made++}.db` }));
  if (leftOut('postgres')) return [sqlite];
  const server = postgresOfFile();
  return [sqlite, openEach('PostgreSQL', server, async () => ({ url: await (await server()).schema(), lines: 4 }))];
}

function openEach(name: TestDatabases['name'], server: TestDatabases['server'], place: () => Promise<DatabasePlace>): TestDatabases {
  const places = new Map<Database, DatabasePlace>();
  const open = async (at: DatabasePlace, deps = databaseDeps): Promise<Database> => {
    const db = await openDatabase(at, deps);
    places.set(db, at);
    return db;
  };
  const placeOf = (db: Database): DatabasePlace => {
    const at = places.get(db);
    if (at === undefined) throw new Error('a database that was opened elsewhere');
    return at;
  };
  afterAll(async () => {
    for (const db of places.keys()) await db.close();
  });
  return {
    name,
    server,
    placeOf,
    again: (db, deps) => open(placeOf(db), deps),
    async open(migrations = all) {
      const db = await open(await place());
      const migrated = await migrate(db, migrations, databaseDeps);
      if (!migrated.ok) throw new Error(migrated.error.message);
      return db;
    },
  };
}
