/** The relay's database as commands open it: for one piece of work, and closed whatever happens. */
import { existsSync, mkdirSync } from 'node:fs';
import type { Loaded } from '../config/load.js';
import type { Database } from '../db/database.js';
import { DatabaseGone, DatabaseRefused } from '../db/errors.js';
import { migrate } from '../db/migrate.js';
import { migrations } from '../db/migrations.js';
import { openDatabase } from '../db/open.js';
import { databasePlace, sqlitePath } from '../db/place.js';
import { createLogger, stderrSink } from '../observe/logger.js';
import type { Cli } from './cli.js';
import { failed } from './failure.js';

/** Its steps in order. */
export const KNOWN_STEPS = migrations.map(({ name }) => name).toSorted();

/** `make`: an SQLite file that is not there is made; else that is a failure, since somebody meant another folder. */
export async function withDatabase<Value>(
  cli: Cli,
  { settings }: Pick<Loaded, 'settings'>,
  options: { readonly make: boolean },
  work: (db: Database) => Promise<Value>,
): Promise<Value> {
  if (!options.make && settings.databaseUrl === null && !existsSync(sqlitePath(settings)))
    throw failed(`there is no database at ${sqlitePath(settings)}`, 'name its folder with --data, or start one: leanvibe-relay serve');
  if (options.make && settings.databaseUrl === null) mkdirSync(settings.data, { recursive: true, mode: 0o700 });
  const logger = createLogger(stderrSink(), { level: 'warn', base: {}, clock: cli.clock });
  try {
    const db = await openDatabase(databasePlace(settings), { clock: cli.clock, random: cli.random, logger });
    try {
      return await work(db);
    } finally {
      await db.close();
    }
  } catch (error) {
    if (error instanceof DatabaseGone || error instanceof DatabaseRefused)
      throw failed(error.message, settings.databaseUrl === null ? '' : 'check that DATABASE_URL is right and PostgreSQL runs');
    throw error;
  }
}

/** The names of the steps that were run. */
export async function migrateNow(cli: Cli, db: Database): Promise<readonly string[]> {
  const logger = createLogger(stderrSink(), { level: 'warn', base: {}, clock: cli.clock });
  const done = await migrate(db, migrations, { clock: cli.clock, logger });
  if (!done.ok) throw failed(done.error.message, done.error.code === 'newer' ? 'run the newer version of leanvibe-relay' : '');
  return done.value;
}
