/** The table of the audit trail. */
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
      await sql.schema.createIndex('auditAccount').on('audit').columns(['account', 'atMs', 'audit']).execute();
      await sql.schema.createIndex('auditAt').on('audit').column('atMs').execute();
    },
  },
];
