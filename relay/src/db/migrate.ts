/** Brings a database to this program's schema: forward only, one step a transaction, safe when several copies start at once. */
import { err, ok, type Result } from '@leanvibe/core/base/result';
import type { ClockDep } from '@leanvibe/core/ports/clock';
import type { LoggerDep } from '@leanvibe/core/ports/logger';
import { type Kysely, sql as raw } from 'kysely';
import type { Database, Sql } from './database.js';
import type { Migration } from './migration.js';
import { sleep } from './patience.js';

export interface MigrateProblem {
  readonly code: 'newer' | 'failed';
  /** What is wrong and what to do, for a person. */
  readonly message: string;
}

type Done = { readonly migration: { readonly name: string; readonly atMs: number } };

/** Any number; the same in every copy. */
const LOCK = 7_236_508;
const LOCK_WAIT_MS = 100;
/** See `Migration.name`. */
const ADDED = '-added';

/** Answers the names of the steps this call ran. Rejects with `DatabaseGone` when the database is away. */
export async function migrate(
  db: Database,
  migrations: readonly Migration[],
  deps: ClockDep & LoggerDep,
): Promise<Result<readonly string[], MigrateProblem>> {
  const steps = inOrder(migrations);
  const ran: string[] = [];
  for (;;) {
    const next = await step(db, steps, deps);
    if (next === 'busy') await sleep(deps, LOCK_WAIT_MS);
    else if (next === 'whole') return ok(ran);
    else if (typeof next === 'string') ran.push(next.slice('ran '.length));
    else return err(next);
  }
}

/** By number, which must go 1, 2, 3 …; a list that does not is a mistake of the program. */
export function inOrder(migrations: readonly Migration[]): readonly Migration[] {
  const sorted = [...migrations].sort((a, b) => (a.name < b.name ? -1 : 1));
  sorted.forEach(({ name }, at) => {
    if (!/^\d{4}-[a-z0-9-]+$/.test(name) || Number(name.slice(0, 4)) !== at + 1)
      throw new Error(`migration ${name} stands in place ${at + 1}: they are numbered 0001-word, 0002-word … without gaps`);
  });
  return sorted;
}

type Step = 'busy' | 'whole' | `ran ${string}` | MigrateProblem;

/** Runs the first step that was not run yet, with all other copies shut out. */
async function step(db: Database, steps: readonly Migration[], deps: ClockDep & LoggerDep): Promise<Step> {
  let under: string | null = null;
  try {
    return await db.sql.transaction().execute(async (sql): Promise<Step> => {
      if (db.dialect === 'postgres' && !(await locked(sql))) return 'busy';
      const done = await namesDone(sql);
      const unknown = done.filter((name) => !steps.some((one) => one.name === name));
      const strange = unknown.find((name) => !name.endsWith(ADDED));
      if (strange !== undefined)
        return { code: 'newer', message: `this database was written by a newer relay (${strange}); update this program` };
      const next = steps.find(({ name }) => !done.includes(name));
      if (next === undefined) {
        for (const name of unknown) deps.logger.log('warn', 'database-newer', { step: name });
        return 'whole';
      }
      under = next.name;
      await next.up(sql, db.dialect);
      await tableOf(sql).insertInto('migration').values({ name: next.name, atMs: deps.clock.nowMs() }).execute();
      deps.logger.log('info', 'database-migrated', { step: next.name });
      return `ran ${next.name}`;
    });
  } catch (error) {
    if (under === null || !(error instanceof Error)) throw error;
    return { code: 'failed', message: `step ${under} failed and was undone: ${error.message}; nothing was changed by it` };
  }
}

async function locked(sql: Sql): Promise<boolean> {
  const { rows } = await raw<{ readonly got: boolean }>`select pg_try_advisory_xact_lock(${LOCK}) as got`.execute(sql);
  return rows[0]?.got === true;
}

async function namesDone(sql: Sql): Promise<readonly string[]> {
  await sql.schema
    .createTable('migration')
    .ifNotExists()
    .addColumn('name', 'text', (column) => column.primaryKey())
    .addColumn('atMs', 'bigint', (column) => column.notNull())
    .execute();
  const rows = await tableOf(sql).selectFrom('migration').select('name').orderBy('name').execute();
  return rows.map((row) => row.name);
}

function tableOf(sql: Sql): Kysely<Done> {
  return sql.withTables<Done>() as unknown as Kysely<Done>;
}
