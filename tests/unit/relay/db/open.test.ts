/** One database behind two drivers: what goes in comes out alike, and transactions are whole. */
import { DatabaseGone, DatabaseRefused, isDuplicate } from '@leanvibe/relay/internal/db/errors';
import { openDatabase } from '@leanvibe/relay/internal/db/open';
import { transact } from '@leanvibe/relay/internal/db/transact';
import { sql as raw } from 'kysely';
import { describe, expect, test } from 'vitest';
import { databaseDeps, openTestDatabases } from '../../../help/relay-db.js';

const record = (key: number, size = 10) => ({ name: 't', key: new Uint8Array([key]), value: new Uint8Array(size).fill(key) });

for (const databases of openTestDatabases())
  describe(databases.name, () => {
    test('counts and sums are numbers, bytes are bytes of their own, and what is not there is null', async () => {
      const { sql } = await databases.open();
      const pool = Buffer.alloc(8_192, 7);
      await sql
        .insertInto('record')
        .values([{ name: 't', key: pool.subarray(0, 3), value: pool.subarray(100, 200) }, record(1, 0)])
        .execute();
      const rows = await sql.selectFrom('record').selectAll().orderBy('key').execute();
      expect(rows).toEqual([record(1, 0), { name: 't', key: new Uint8Array(3).fill(7), value: new Uint8Array(100).fill(7) }]);
      expect(rows.some((row) => Buffer.isBuffer(row.value))).toBe(false);
      const told = await sql
        .selectFrom('record')
        .select(({ fn }) => [fn.countAll<number>().as('count'), fn.sum<number>(raw`octet_length(value)`).as('bytes')])
        .where('name', '=', 't')
        .executeTakeFirst();
      expect(told).toMatchObject({ count: 2, bytes: 100 });
      expect(
        (
          await sql
            .selectFrom('mailbox')
            .select(({ fn }) => fn.sum('bytes').as('sum'))
            .executeTakeFirst()
        )?.sum,
      ).toBeNull();
    });

    test('rows written are counted, and a key that is taken is told from other faults', async () => {
      const { sql } = await databases.open();
      const first = await sql
        .insertInto('record')
        .values([record(1), record(2)])
        .executeTakeFirst();
      expect(Number(first.numInsertedOrUpdatedRows)).toBe(2);
      const again = await sql
        .insertInto('record')
        .values(record(1))
        .execute()
        .catch((error: unknown) => error);
      expect(isDuplicate(again)).toBe(true);
      const nothing = await sql
        .insertInto('record')
        .values(record(1))
        .onConflict((on) => on.doNothing())
        .executeTakeFirst();
      expect(Number(nothing.numInsertedOrUpdatedRows)).toBe(0);
      const gone = await sql.deleteFrom('record').where('name', '=', 't').executeTakeFirst();
      expect(Number(gone.numDeletedRows)).toBe(2);
      expect(isDuplicate(await raw`select no_such_thing`.execute(sql).catch((error: unknown) => error))).toBe(false);
    });

    test('a transaction that fails leaves nothing, and those that run at once do not mix', async () => {
      const { sql } = await databases.open();
      const failing = sql.transaction().execute(async (one) => {
        await one.insertInto('record').values(record(9)).execute();
        throw new Error('on purpose');
      });
      await expect(failing).rejects.toThrow('on purpose');
      const all = Array.from({ length: 20 }, (_, at) =>
        sql.transaction().execute(async (one) => {
          await one.insertInto('record').values(record(at)).execute();
          await one
            .updateTable('record')
            .set({ value: new Uint8Array([1]) })
            .where('key', '=', new Uint8Array([at]))
            .execute();
        }),
      );
      const reading = sql.selectFrom('record').select('value').execute();
      await Promise.all(all);
      expect((await reading).every(({ value }) => value.length === 1)).toBe(true);
      expect(
        await sql
          .selectFrom('record')
          .select('value')
          .where('value', '!=', new Uint8Array([1]))
          .execute(),
      ).toEqual([]);
    });

    test('work may be done over in a transaction that collided; what is wrong is not', async () => {
      const db = await databases.open();
      let tries = 0;
      const done = await transact(db, databaseDeps, async (sql) => {
        await sql.insertInto('record').values(record(1)).execute();
        tries += 1;
        if (tries < 3) throw Object.assign(new Error('collided'), { code: '40P01' });
        return 'done';
      });
      expect([done, tries]).toEqual(['done', 3]);
      await expect(transact(db, databaseDeps, () => Promise.reject(new Error(`wrong ${tries++}`)))).rejects.toThrow('wrong 3');
    });

    test('every commit waits for the disk, whatever the server was told', async () => {
      const db = await databases.open();
      const asked = async (what: string, { sql } = db): Promise<unknown> =>
        Object.values((await raw.raw<object>(what).execute(sql)).rows[0] ?? {})[0];
      if (db.dialect === 'sqlite') {
        const pragmas = ['journal_mode', 'synchronous', 'foreign_keys'].map((name) => asked(`pragma ${name}`));
        expect(await Promise.all(pragmas)).toEqual(['wal', 2, 1]);
        return;
      }
      expect([await asked('show fsync'), await asked('show synchronous_commit')]).toEqual(['on', 'on']);
      await raw`alter database ${raw.id(String(await asked('select current_database()')))} set synchronous_commit = off`.execute(db.sql);
      expect(await asked('show synchronous_commit', await databases.again(db))).toBe('on');
    });

    test('a closed database refuses what comes after', async () => {
      const db = await databases.open();
      await db.close();
      await db.close();
      await expect(db.sql.selectFrom('record').selectAll().execute()).rejects.toThrow();
    });
  });

describe('opening', () => {
  test('a file that cannot be opened is refused in words', async () => {
    await expect(openDatabase({ sqliteFile: '/no/such/folder/relay.db' }, databaseDeps)).rejects.toThrow(DatabaseRefused);
    await expect(openDatabase({ sqliteFile: '/no/such/folder/relay.db' }, databaseDeps)).rejects.toThrow(/check that its folder exists/);
  });

  test('a server that is not there is given up after some tries', async () => {
    const place = { url: 'postgresql://nobody@127.0.0.1:1/none', patienceMs: 100 };
    await expect(openDatabase(place, databaseDeps)).rejects.toThrow(DatabaseGone);
  });

  test('SQLite in memory keeps what it is told while it is open', async () => {
    const db = await openDatabase({ sqliteFile: ':memory:' }, databaseDeps);
    await raw`create table t (x)`.execute(db.sql);
    await raw`insert into t values (1)`.execute(db.sql);
    expect((await raw`select x from t`.execute(db.sql)).rows).toEqual([{ x: 1 }]);
    await db.close();
  });
});
