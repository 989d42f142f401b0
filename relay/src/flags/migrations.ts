/** The table of feature flags. */
import type { Sql } from '../db/database.js';
import type { Migration } from '../db/migration.js';

export const flagMigrations: readonly Migration[] = [{ name: '0004-flags', up: createFlagTable }];

async function createFlagTable(sql: Sql): Promise<void> {
  await sql.schema
    .createTable('flag')
    .addColumn('flag', 'text', (column) => column.primaryKey())
    .addColumn('share', 'integer', (column) => column.notNull())
    .addColumn('changedMs', 'bigint', (column) => column.notNull())
    .execute();
}
