/** The table of the audit trail: on PostgreSQL in months, which go whole after a year. */
import { sql as raw } from 'kysely';
import type { Dialect, Sql } from '../db/database.js';
import { attachMonth, monthOf } from '../db/months.js';
import type { Migration } from '../db/migration.js';

export const auditMigrations: readonly Migration[] = [
  {
    name: '0007-audit',
    async up(sql) {
      await sql.schema
        .createTable('audit')
        .addColumn('audit', 'text', (column) => column.primaryKey())
        .addColumn('atMs', 'bigint', (column) => column.notNull())
        .addColumn('account', 'text')
        .addColumn('device', 'text')
        .addColumn('act', 'text', (column) => column.notNull())
        .addColumn('subject', 'text')
        .addColumn('outcome', 'text', (column) => column.notNull())
        .addColumn('address', 'text')
        .execute();
      await createIndexes(sql);
    },
  },
  { name: '0010-audit-months', up: cutIntoMonths },
];

async function createIndexes(sql: Sql): Promise<void> {
  await sql.schema.createIndex('auditAccount').on('audit').columns(['account', 'atMs', 'audit']).execute();
  await sql.schema.createIndex('auditAt').on('audit').column('atMs').execute();
}

/**
 * Every row is copied into its month while whoever notes waits, which no request does. A copy of the version before, still running, holds what it notes
 * from here on and cannot write it: a partitioned table has no key of `audit` alone.
 */
async function cutIntoMonths(sql: Sql, dialect: Dialect): Promise<void> {
  if (dialect === 'sqlite') return;
  // However long the table has become.
  await raw`set local statement_timeout = 0`.execute(sql);
  await raw`lock table "audit" in access exclusive mode`.execute(sql);
  await raw`alter table "audit" rename to "auditBefore"`.execute(sql);
  for (const index of ['auditAccount', 'auditAt']) await sql.schema.dropIndex(index).execute();
  await raw`create table "audit" (like "auditBefore", constraint "auditKey" primary key ("audit", "atMs")) partition by range ("atMs")`.execute(
    sql,
  );
  await createIndexes(sql);
  const { rows } = await raw<{ readonly atMs: number }>`select min("atMs") as "atMs" from "auditBefore"
    group by date_trunc('month', to_timestamp("atMs" / 1000.0) at time zone 'UTC')`.execute(sql);
  for (const { atMs } of rows) await attachMonth(sql, 'audit', monthOf(atMs));
  await raw`insert into "audit" select * from "auditBefore"`.execute(sql);
  await sql.schema.dropTable('auditBefore').execute();
}
