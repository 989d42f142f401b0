/** The tables of mailboxes and their logs. */
import { type RawBuilder, sql as raw } from 'kysely';
import type { Dialect, Sql } from '../db/database.js';
import type { Migration } from '../db/migration.js';

/** Column types of both dialects: ids are compared byte by byte, whatever language the database was made in. */
interface Types {
  readonly text: RawBuilder<unknown>;
  readonly bytes: RawBuilder<unknown>;
}

function typesOf(dialect: Dialect): Types {
  return dialect === 'postgres' ? { text: raw`text collate "C"`, bytes: raw`bytea` } : { text: raw`text`, bytes: raw`blob` };
}

const EMPTY = '0'.repeat(64);

async function mailboxes(sql: Sql, dialect: Dialect): Promise<void> {
  const { text } = typesOf(dialect);
  const hash = raw.lit(EMPTY);
  let table = sql.schema
    .createTable('mailbox')
    .addColumn('mailbox', text, (column) => column.primaryKey())
    .addColumn('account', text, (column) => column.notNull())
    .addColumn('readKey', text, (column) => column.notNull())
    .addColumn('appendKey', text, (column) => column.notNull())
    .addColumn('madeMs', 'bigint', (column) => column.notNull())
    .addColumn('deletedMs', 'bigint');
  for (const count of ['bytes', 'prunedBytes', 'entries', 'head0', 'head1', 'head2'])
    table = table.addColumn(count, 'bigint', (column) => column.notNull().defaultTo(0));
  for (const name of ['hash0', 'hash1', 'hash2']) table = table.addColumn(name, text, (column) => column.notNull().defaultTo(hash));
  // Every append writes the row anew: room on its page keeps that off the indexes.
  await (dialect === 'postgres' ? table.modifyEnd(raw`with (fillfactor = 60)`) : table).execute();
  await sql.schema.createIndex('mailboxAccount').on('mailbox').column('account').execute();
  await raw`create index "mailboxDeleted" on "mailbox" ("deletedMs") where "deletedMs" is not null`.execute(sql);

  await sql.schema
    .createTable('pastKey')
    .addColumn('mailbox', text, (column) => column.notNull())
    .addColumn('readKey', text, (column) => column.notNull())
    .addColumn('endedMs', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('pastKeyPlace', ['mailbox', 'readKey'])
    .execute();
  await sql.schema
    .createTable('listed')
    .addColumn('mailbox', text, (column) => column.notNull())
    .addColumn('account', text, (column) => column.notNull())
    .addPrimaryKeyConstraint('listedPlace', ['mailbox', 'account'])
    .execute();
}

async function logs(sql: Sql, dialect: Dialect): Promise<void> {
  const { text, bytes } = typesOf(dialect);
  await sql.schema
    .createTable('entry')
    .addColumn('mailbox', text, (column) => column.notNull())
    .addColumn('lane', 'integer', (column) => column.notNull())
    .addColumn('position', 'bigint', (column) => column.notNull())
    .addColumn('entryId', text, (column) => column.notNull())
    .addColumn('prefixHash', text, (column) => column.notNull())
    .addColumn('size', 'integer', (column) => column.notNull())
    .addColumn('fromDevice', text)
    .addColumn('prunedMs', 'bigint')
    .addColumn('sealed', bytes)
    .addPrimaryKeyConstraint('entryPlace', ['mailbox', 'lane', 'position'])
    .addUniqueConstraint('entryName', ['mailbox', 'entryId'])
    .execute();
  await raw`create index "entryPruned" on "entry" ("prunedMs") where "prunedMs" is not null and "sealed" is not null`.execute(sql);
  // Sealed bytes look random: trying to compress them is work for nothing.
  if (dialect === 'postgres') await raw`alter table "entry" alter column "sealed" set storage external`.execute(sql);
  await sql.schema
    .createTable('record')
    .addColumn('name', text, (column) => column.notNull())
    .addColumn('key', bytes, (column) => column.notNull())
    .addColumn('value', bytes, (column) => column.notNull())
    .addPrimaryKeyConstraint('recordPlace', ['name', 'key'])
    .execute();
  await sql.schema
    .createTable('meta')
    .addColumn('name', text, (column) => column.primaryKey())
    .addColumn('value', text, (column) => column.notNull())
    .execute();
}

export const mailboxMigrations: readonly Migration[] = [
  {
    name: '0001-mailboxes',
    async up(sql, dialect) {
      await mailboxes(sql, dialect);
      await logs(sql, dialect);
    },
  },
];
