/** The tables of plans. */
import type { Sql } from '../db/database.js';
import type { Migration } from '../db/migration.js';

export const planMigrations: readonly Migration[] = [{ name: '0003-plans', up: createPlanTables }];

async function createPlanTables(sql: Sql): Promise<void> {
  await sql.schema
    .createTable('accountPlan')
    .addColumn('account', 'text', (column) => column.primaryKey())
    .addColumn('tier', 'text', (column) => column.notNull())
    .addColumn('subscription', 'text', (column) => column.notNull())
    .addColumn('eventMs', 'bigint', (column) => column.notNull())
    .execute();
  await sql.schema
    .createTable('billingEvent')
    .addColumn('event', 'text', (column) => column.primaryKey())
    .addColumn('receivedMs', 'bigint', (column) => column.notNull())
    .execute();
}
