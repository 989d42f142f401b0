/** The tables of metrics and projects. */
import { sql as raw, type CreateTableBuilder, type RawBuilder } from 'kysely';
import type { Dialect, Sql } from '../db/database.js';
import type { Migration } from '../db/migration.js';
import { hasTimescale } from '../db/months.js';
import { PEAKS, SUMS } from './spans.js';

/** Days of one chunk of a hypertable. */
const CHUNK_DAYS = 30;

/** Compared byte by byte, whatever language the database was made in. */
function idOf(dialect: Dialect): RawBuilder<unknown> {
  return dialect === 'postgres' ? raw`text collate "C"` : raw`text`;
}

export const metricMigrations: readonly Migration[] = [{ name: '0002-metrics', up: createMetricTables }];

async function createMetricTables(sql: Sql, dialect: Dialect): Promise<void> {
  const id = idOf(dialect);
  const hyper = dialect === 'postgres' && (await hasTimescale(sql));
  await createSpans(sql, 'metricHour', dialect, hyper);
  await createSpans(sql, 'metricDay', dialect, hyper);
  await sql.schema
    .createTable('metricBatch')
    .addColumn('account', id, (column) => column.notNull())
    .addColumn('batch', id, (column) => column.notNull())
    .addColumn('digest', 'text', (column) => column.notNull())
    .addColumn('receivedMs', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('metricBatchKey', ['account', 'batch'])
    .execute();
  await sql.schema.createIndex('metricBatchReceived').on('metricBatch').column('receivedMs').execute();
  await sql.schema
    .createTable('fleet')
    .addColumn('name', 'text', (column) => column.primaryKey())
    .addColumn('lookedMs', 'bigint', (column) => column.notNull())
    .addColumn('computedMs', 'bigint')
    .addColumn('people', 'bigint', (column) => column.notNull())
    .addColumn('shown', 'integer', (column) => column.notNull())
    .addColumn('means', 'text', (column) => column.notNull())
    .execute();
  await sql.schema
    .createTable('fleetMember')
    .addColumn('account', id, (column) => column.primaryKey())
    .execute();
  await sql.schema
    .createTable('project')
    .addColumn('account', id, (column) => column.notNull())
    .addColumn('project', id, (column) => column.notNull())
    .addColumn('name', dialect === 'postgres' ? raw`bytea` : raw`blob`)
    .addColumn('madeMs', 'bigint', (column) => column.notNull())
    .addColumn('changedMs', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('projectKey', ['account', 'project'])
    .execute();
}

/** Cut into months on PostgreSQL, by time on TimescaleDB, in one piece on SQLite. */
async function createSpans(sql: Sql, table: 'metricHour' | 'metricDay', dialect: Dialect, hyper: boolean): Promise<void> {
  const id = idOf(dialect);
  let create: CreateTableBuilder<string, string> = sql.schema
    .createTable(table)
    .addColumn('account', id, (column) => column.notNull())
    .addColumn('project', id, (column) => column.notNull())
    .addColumn('startMs', 'bigint', (column) => column.notNull());
  for (const name of [...SUMS, ...PEAKS]) create = create.addColumn(name, 'bigint', (column) => column.notNull().defaultTo(0));
  create = create.addPrimaryKeyConstraint(`${table}Key`, ['account', 'project', 'startMs']);
  if (dialect === 'postgres' && !hyper) create = create.modifyEnd(raw`partition by range (${raw.ref('startMs')})`);
  await create.execute();
  await sql.schema.createIndex(`${table}Start`).on(table).column('startMs').execute();
  if (hyper)
    await raw`select create_hypertable(${`"${table}"`}::regclass, 'startMs', chunk_time_interval => ${raw.lit(CHUNK_DAYS * 86_400_000)}::bigint)`.execute(
      sql,
    );
}
