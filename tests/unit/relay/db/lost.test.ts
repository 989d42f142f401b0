/** PostgreSQL goes away and comes back: calls wait a bounded while, then say so; nothing ends the process, and a line that died is not met again. */
import { DatabaseGone } from '@leanvibe/relay/internal/db/errors';
import { openDatabase } from '@leanvibe/relay/internal/db/open';
import { sql as raw } from 'kysely';
import { describe, expect, onTestFinished, test } from 'vitest';
import { leftOut } from '../../../help/needs.js';
import { postgresOfFile } from '../../../help/postgres.js';
import { databaseDeps } from '../../../help/relay-db.js';

describe.skipIf(leftOut('postgres'))('a PostgreSQL that goes away', () => {
  const server = postgresOfFile();
  const opened = async (patienceMs: number): Promise<Awaited<ReturnType<typeof openDatabase>>> => {
    const db = await openDatabase({ url: await (await server()).database(), lines: 3, patienceMs }, databaseDeps);
    onTestFinished(() => db.close());
    return db;
  };
  const one = { text: 'select 1 as x', rows: [{ x: 1 }] };

  test('who asks while it restarts is answered when it is back', async () => {
    const postgres = await server();
    const db = await opened(20_000);
    expect((await raw.raw(one.text).execute(db.sql)).rows).toEqual(one.rows);
    await postgres.stop('crash');
    const asked = Promise.all(Array.from({ length: 8 }, () => raw.raw(one.text).execute(db.sql)));
    await postgres.start();
    expect((await asked).map((answer) => answer.rows)).toEqual(Array.from({ length: 8 }, () => one.rows));
  });

  test('who asks for longer than the patience is told, then at once, and is answered again later', async () => {
    const postgres = await server();
    const db = await opened(100);
    await raw`create table t (x integer)`.execute(db.sql);
    await postgres.stop('fast');
    const ask = (): Promise<unknown> => raw.raw(one.text).execute(db.sql);
    const answers = await Promise.allSettled(Array.from({ length: 30 }, ask));
    expect(answers.map((answer) => (answer.status === 'rejected' ? answer.reason instanceof DatabaseGone : answer))).toEqual(
      answers.map(() => true),
    );
    await postgres.start();
    await expect
      .poll(
        () =>
          ask().then(
            () => true,
            () => false,
          ),
        { timeout: 10_000 },
      )
      .toBe(true);
  });

  test('work that was under way when it crashed is told as perhaps done, never as done', async () => {
    const postgres = await server();
    const db = await opened(100);
    await raw`create table t (x integer)`.execute(db.sql);
    const cut = db.sql.transaction().execute(async (sql) => {
      await raw`insert into t values (1)`.execute(sql);
      await postgres.stop('crash');
      await raw`insert into t values (2)`.execute(sql);
    });
    expect(await cut.catch((error: unknown) => error)).toMatchObject({ name: 'DatabaseGone', perhapsDone: true });
    await postgres.start();
    await expect
      .poll(
        () =>
          raw`select x from t`.execute(db.sql).then(
            ({ rows }) => rows,
            () => null,
          ),
        { timeout: 10_000 },
      )
      .toEqual([]);
  });

  test('lists come from the primary while the replica is away', async () => {
    const url = await (await server()).database();
    const db = await openDatabase({ url, replicaUrl: 'postgresql://nobody@127.0.0.1:1/none' }, databaseDeps);
    onTestFinished(() => db.close());
    expect((await raw.raw(one.text).execute(db.reads)).rows).toEqual(one.rows);
  });
});
