/** The table of devices. */
import type { Migration } from '../db/migration.js';

export const deviceMigrations: readonly Migration[] = [
  {
    name: '0006-devices',
    async up(sql) {
      await sql.schema
        .createTable('device')
        .addColumn('device', 'text', (column) => column.primaryKey())
        .addColumn('account', 'text', (column) => column.notNull())
        .addColumn('kind', 'text', (column) => column.notNull())
        .addColumn('label', 'text', (column) => column.notNull())
        .addColumn('tokenHash', 'text', (column) => column.notNull().unique())
        .addColumn('publicKey', 'text')
        .addColumn('madeMs', 'bigint', (column) => column.notNull())
        .addColumn('revokedMs', 'bigint')
        .addColumn('pairedBy', 'text')
        .execute();
      await sql.schema.createIndex('deviceAccount').on('device').columns(['account', 'madeMs', 'device']).execute();
    },
  },
];
