/** The schema goes forward only, once, whoever starts it and however many at a time. */
import { inOrder, migrate } from '@leanvibe/relay/internal/db/migrate';
import type { Migration } from '@leanvibe/relay/internal/db/migration';
import { migrations } from '@leanvibe/relay/internal/db/migrations';
import { sql as raw } from 'kysely';
import { describe, expect, test } from 'vitest';
import { databaseDeps, openTestDatabases } from '../../../help/relay-db.js';

const step = (name: string, words: string): Migration => ({ name, up: async (sql) => void (await raw.raw(words).execute(sql)) });
const FIRST = step('0001-first', 'create table one (x integer)');
const SECOND = step('0002-second', 'insert into one values (2)');

test('the steps of all rooms are numbered without gaps', () => {
  expect(inOrder(migrations).length).toBeGreaterThan(0);
  expect(inOrder([SECOND, FIRST])).toEqual([FIRST, SECOND]);
  for (const wrong of [[SECOND], [FIRST, { ...SECOND, name: '0003-third' }], [FIRST, FIRST], [{ ...FIRST, name: '1-first' }]])
    expect(() => inOrder(wrong)).toThrow(/without gaps/);
});

for (const databases of openTestDatabases())
  describe(databases.name, () => {
    test('each step runs once, also when the program grows', async () => {
      const db = await databases.open([]);
      expect(await migrate(db, [FIRST], databaseDeps)).toEqual({ ok: true, value: ['0001-first'] });
      expect(await migrate(db, [FIRST, SECOND], databaseDeps)).toEqual({ ok: true, value: ['0002-second'] });
      expect(await migrate(db, [FIRST, SECOND], databaseDeps)).toEqual({ ok: true, value: [] });
      expect((await raw`select x from one`.execute(db.sql)).rows).toEqual([{ x: 2 }]);
    });

    test('several copies that start at once do it once', async () => {
      const db = await databases.open([]);
      const copies = [db, ...(await Promise.all([1, 2, 3].map(() => databases.again(db))))];
      const answers = await Promise.all(copies.map((copy) => migrate(copy, [FIRST, SECOND], databaseDeps)));
      expect(answers.flatMap((answer) => (answer.ok ? answer.value : [answer.error.message])).sort()).toEqual([
        '0001-first',
        '0002-second',
      ]);
      expect((await raw`select x from one`.execute(db.sql)).rows).toEqual([{ x: 2 }]);
    });

    test('a database of a newer relay is refused by its step, and nothing is done to it', async () => {
      const db = await databases.open([FIRST, SECOND]);
      const answer = await migrate(db, [FIRST], databaseDeps);
      expect(answer).toEqual({
        ok: false,
        error: { code: 'newer', message: 'this database was written by a newer relay (0002-second); update this program' },
      });
      expect((await raw`select x from one`.execute(db.sql)).rows).toEqual([{ x: 2 }]);
    });

    test('the program before goes on with what a newer one only added, and is refused by anything else it does not know', async () => {
      const added = step('0003-third-added', 'create table three (x integer)');
      const db = await databases.open([FIRST, SECOND, added]);
      const told: unknown[] = [];
      const logger = { log: (...line: readonly unknown[]) => void told.push(line) };
      expect(await migrate(db, [FIRST, SECOND], { ...databaseDeps, logger })).toEqual({ ok: true, value: [] });
      expect(told).toEqual([['warn', 'database-newer', { step: '0003-third-added' }]]);
      const answer = await migrate(db, [FIRST], databaseDeps);
      expect(answer.ok ? null : answer.error.message).toMatch(/newer relay \(0002-second\)/);
      expect(await migrate(db, [FIRST, SECOND, added], databaseDeps)).toEqual({ ok: true, value: [] });
    });

    test('a step that fails is undone and named, and runs when it is mended', async () => {
      const db = await databases.open([FIRST]);
      const bad: Migration = {
        name: '0002-second',
        async up(sql) {
          await raw`insert into one values (1)`.execute(sql);
          await raw`insert into nothing values (1)`.execute(sql);
        },
      };
      const answer = await migrate(db, [FIRST, bad], databaseDeps);
      expect(answer.ok ? null : [answer.error.code, answer.error.message]).toEqual([
        'failed',
        expect.stringMatching(/^step 0002-second failed and was undone: .*nothing/),
      ]);
      expect((await raw`select x from one`.execute(db.sql)).rows).toEqual([]);
      expect(await migrate(db, [FIRST, SECOND], databaseDeps)).toEqual({ ok: true, value: ['0002-second'] });
    });
  });
