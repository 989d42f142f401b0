/** The table of receipts. */
import type { Migration } from '../db/migration.js';

export const gdprMigrations: readonly Migration[] = [
  {
    name: '0008-receipts',
    async up(sql) {
      await sql.schema
        .createTable('receipt')
        .addColumn('receipt', 'text', (column) => column.primaryKey())
        .addColumn('erasedMs', 'bigint', (column) => column.notNull())
        .addColumn('rows', 'text', (column) => column.notNull())
        .execute();
    },
  },
];
