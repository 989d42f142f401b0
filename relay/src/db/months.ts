/** Months of PostgreSQL tables that grow with time: made ahead, dropped after retention; SQLite has none and deletes. Mailboxes are never kept this way (C34). */
import type { ClockDep } from '@leanvibe/core/ports/clock';
import type { LoggerDep } from '@leanvibe/core/ports/logger';
import { sql as raw } from 'kysely';
import type { DatabaseDep, Session, Sql } from './database.js';

/** A table that is cut into months by one column of milliseconds. */
export interface MonthlyTable {
  readonly table: 'metricHour' | 'metricDay' | 'audit';
  readonly column: 'startMs' | 'atMs';
  readonly keptDays: number;
}

export type Shape = 'plain' | 'months' | 'hypertable';

export interface Months {
  /** Makes the months these times fall in, where they are missing. */
  ensure(timesMs: readonly number[]): Promise<void>;
  /** Makes what comes, drops what has been kept long enough. Any number of copies may do it at once. */
  tend(): Promise<{ readonly made: number; readonly dropped: number; readonly deleted: number }>;
}

export interface MonthsDep {
  readonly months: Months;
}

const AHEAD = 2;
const DAY_MS = 86_400_000;
/** One lock for all who make or drop months, in any copy. */
const LOCK = 5_260_310;

export interface Month {
  readonly fromMs: number;
  readonly toMs: number;
  /** `2026_11` */
  readonly name: string;
}

/** The UTC month `shift` months after the one this time falls in. */
export function monthOf(timeMs: number, shift = 0): Month {
  const date = new Date(timeMs);
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth() + shift];
  const fromMs = Date.UTC(year, month, 1);
  return { fromMs, toMs: Date.UTC(year, month + 1, 1), name: new Date(fromMs).toISOString().slice(0, 7).replace('-', '_') };
}

/** How a table came out of its migration: in months, as a hypertable, or plain. */
export async function shapeOf(sql: Sql, table: string): Promise<Shape> {
  const found = await raw<{ kind: string }>`select relkind::text as kind from pg_class where oid = to_regclass(${`"${table}"`})`.execute(
    sql,
  );
  if (found.rows[0]?.kind === 'p') return 'months';
  if (!(await hasTimescale(sql))) return 'plain';
  const hyper = await raw`select 1 from timescaledb_information.hypertables where hypertable_name = ${table}`.execute(sql);
  return hyper.rows.length > 0 ? 'hypertable' : 'plain';
}

export async function hasTimescale(sql: Sql): Promise<boolean> {
  return (await raw`select 1 from pg_extension where extname = 'timescaledb'`.execute(sql)).rows.length > 0;
}

export function createMonths(deps: DatabaseDep & ClockDep & LoggerDep, tables: readonly MonthlyTable[]): Months {
  const made = new Set<string>();
  const shapes = new Map<string, Shape>();
  const shape = async (table: string): Promise<Shape> => {
    const known = deps.db.dialect === 'sqlite' ? 'plain' : (shapes.get(table) ?? (await shapeOf(deps.db.sql, table)));
    if (!shapes.has(table)) {
      shapes.set(table, known);
      deps.logger.log('info', 'table-shape', { table, shape: known });
    }
    return known;
  };
  const ensure = async (months: readonly Month[]): Promise<number> => {
    let count = 0;
    for (const { table } of tables) {
      if ((await shape(table)) !== 'months') continue;
      for (const month of months) {
        if (made.has(`${table} ${month.name}`)) continue;
        if (await makeMonth(deps.db.sql, table, month)) count++;
        made.add(`${table} ${month.name}`);
      }
    }
    return count;
  };
  return {
    ensure: async (timesMs) => {
      await ensure([...new Map(timesMs.map((timeMs) => [monthOf(timeMs).name, monthOf(timeMs)])).values()]);
    },
    tend: async () => {
      const nowMs = deps.clock.nowMs();
      const count = { made: 0, dropped: 0, deleted: 0 };
      count.made = await ensure(Array.from({ length: AHEAD + 2 }, (_, at) => monthOf(nowMs, at - 1)));
      for (const kept of tables) {
        const beforeMs = nowMs - kept.keptDays * DAY_MS;
        const dropped = (await shape(kept.table)) === 'months' ? await dropMonths(deps.db.sql, kept.table, beforeMs) : [];
        for (const name of dropped) made.delete(`${kept.table} ${name}`);
        if ((await shape(kept.table)) === 'hypertable')
          await raw`select drop_chunks(${`"${kept.table}"`}::regclass, older_than => ${beforeMs}::bigint)`.execute(deps.db.sql);
        // The month retention ends in goes row by row.
        const deleted = await raw`delete from ${raw.table(kept.table)} where ${raw.ref(kept.column)} < ${beforeMs}`.execute(deps.db.sql);
        count.dropped += dropped.length;
        count.deleted += Number(deleted.numAffectedRows ?? 0);
      }
      if (count.made + count.dropped + count.deleted > 0) deps.logger.log('info', 'months-tended', count);
      return count;
    },
  };
}

/** Made beside the table and attached: attaching locks out neither readers nor writers. False when it was there. */
async function makeMonth(sql: Sql, table: string, month: Month): Promise<boolean> {
  return locked(sql, (session) => attachMonth(session, table, month));
}

/** In a transaction that shuts out others who do so. */
export async function attachMonth(session: Session, table: string, month: Month): Promise<boolean> {
  const name = `${table}_${month.name}`;
  const there = await raw<{ found: string | null }>`select to_regclass(${`"${name}"`})::text as found`.execute(session);
  if (there.rows[0]?.found != null) return false;
  await raw`create table ${raw.table(name)} (like ${raw.table(table)} including defaults including constraints)`.execute(session);
  await raw`alter table ${raw.table(table)} attach partition ${raw.table(name)}
    for values from (${raw.lit(month.fromMs)}) to (${raw.lit(month.toMs)})`.execute(session);
  return true;
}

/** Drops whole months that ended before. Answers their names. */
async function dropMonths(sql: Sql, table: string, beforeMs: number): Promise<readonly string[]> {
  return locked(sql, async (session) => {
    const found = await raw<{ name: string }>`select c.relname::text as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
      where i.inhparent = to_regclass(${`"${table}"`}) order by 1`.execute(session);
    const names = found.rows.map(({ name }) => name.slice(table.length + 1)).filter((name) => /^\d{4}_\d{2}$/.test(name));
    const over = names.filter((name) => Date.UTC(Number(name.slice(0, 4)), Number(name.slice(5)), 1) <= beforeMs);
    for (const name of over) await raw`drop table ${raw.table(`${table}_${name}`)}`.execute(session);
    return over;
  });
}

/** A drop waits for whoever uses the table, and everyone else waits behind it: it gives up soon and is tried again at the next tending. */
async function locked<Value>(sql: Sql, work: (session: Session) => Promise<Value>): Promise<Value> {
  return sql.transaction().execute(async (session) => {
    await raw`set local lock_timeout = '3s'`.execute(session);
    await raw`select pg_advisory_xact_lock(${raw.lit(LOCK)})`.execute(session);
    return work(session);
  });
}
