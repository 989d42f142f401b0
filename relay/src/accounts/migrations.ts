/** The tables of accounts. */
import { sql as raw } from 'kysely';
import type { Dialect, Sql } from '../db/database.js';
import type { Migration } from '../db/migration.js';

export const accountMigrations: readonly Migration[] = [
  {
    name: '0005-accounts',
    async up(sql, dialect) {
      await accounts(sql, dialect);
      await signIns(sql);
      await proofs(sql, dialect);
    },
  },
  {
    name: '0009-locked',
    up: (sql) => sql.schema.alterTable('account').addColumn('lockedMs', 'bigint').execute(),
  },
];

const bytesOf = (dialect: Dialect): 'bytea' | 'blob' => (dialect === 'postgres' ? 'bytea' : 'blob');

async function accounts(sql: Sql, dialect: Dialect): Promise<void> {
  const bytes = raw.raw(bytesOf(dialect));
  await sql.schema
    .createTable('account')
    .addColumn('account', 'text', (column) => column.primaryKey())
    .addColumn('email', 'text', (column) => column.notNull().unique())
    .addColumn('passwordHash', 'text', (column) => column.notNull())
    .addColumn('madeMs', 'bigint', (column) => column.notNull())
    .addColumn('passwordMs', 'bigint', (column) => column.notNull())
    .addColumn('tier', 'text', (column) => column.notNull())
    .addColumn('consentMs', 'bigint')
    .addColumn('deletedMs', 'bigint')
    .addColumn('receipt', 'text')
    .addColumn('totp', bytes)
    .addColumn('totpStep', 'bigint', (column) => column.notNull().defaultTo(0))
    .addColumn('totpNext', bytes)
    .execute();
  await sql.schema.createIndex('accountDeleted').on('account').column('deletedMs').execute();
  await sql.schema
    .createTable('pending')
    .addColumn('hash', 'text', (column) => column.primaryKey())
    .addColumn('email', 'text', (column) => column.notNull())
    .addColumn('passwordHash', 'text', (column) => column.notNull())
    .addColumn('expiresMs', 'bigint', (column) => column.notNull())
    .execute();
  await sql.schema
    .createTable('invite')
    .addColumn('hash', 'text', (column) => column.primaryKey())
    .addColumn('madeMs', 'bigint', (column) => column.notNull())
    .addColumn('expiresMs', 'bigint', (column) => column.notNull())
    .execute();
}

async function signIns(sql: Sql): Promise<void> {
  await sql.schema
    .createTable('session')
    .addColumn('session', 'text', (column) => column.primaryKey())
    .addColumn('account', 'text', (column) => column.notNull())
    .addColumn('madeMs', 'bigint', (column) => column.notNull())
    .addColumn('expiresMs', 'bigint', (column) => column.notNull())
    .addColumn('endedMs', 'bigint')
    .execute();
  await sql.schema.createIndex('sessionAccount').on('session').column('account').execute();
  await sql.schema
    .createTable('refresh')
    .addColumn('hash', 'text', (column) => column.primaryKey())
    .addColumn('session', 'text', (column) => column.notNull())
    .addColumn('expiresMs', 'bigint', (column) => column.notNull())
    .addColumn('usedMs', 'bigint')
    .execute();
  await sql.schema.createIndex('refreshSession').on('refresh').column('session').execute();
}

async function proofs(sql: Sql, dialect: Dialect): Promise<void> {
  await sql.schema
    .createTable('recoveryCode')
    .addColumn('hash', 'text', (column) => column.primaryKey())
    .addColumn('account', 'text', (column) => column.notNull())
    .execute();
  await sql.schema.createIndex('recoveryCodeAccount').on('recoveryCode').column('account').execute();
  await sql.schema
    .createTable('reset')
    .addColumn('hash', 'text', (column) => column.primaryKey())
    .addColumn('account', 'text', (column) => column.notNull())
    .addColumn('expiresMs', 'bigint', (column) => column.notNull())
    .execute();
  await sql.schema
    .createTable('attempt')
    .addColumn('key', 'text', (column) => column.primaryKey())
    .addColumn('failures', 'integer', (column) => column.notNull())
    .addColumn('lastMs', 'bigint', (column) => column.notNull())
    .execute();
  await sql.schema
    .createTable('signingKey')
    .addColumn('kid', 'text', (column) => column.primaryKey())
    .addColumn('publicKey', 'text', (column) => column.notNull())
    .addColumn('privateKey', raw.raw(bytesOf(dialect)), (column) => column.notNull())
    .addColumn('madeMs', 'bigint', (column) => column.notNull())
    .addColumn('retiredMs', 'bigint')
    .execute();
}
