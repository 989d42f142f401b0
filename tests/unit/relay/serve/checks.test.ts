/** A database that can be read and takes nothing is no database to serve from. */
import { databaseCheck } from '@leanvibe/relay/internal/serve/checks';
import { sql as raw } from 'kysely';
import { describe, expect, test } from 'vitest';
import { createVirtualClock } from '../../../help/clock.js';
import { openTestDatabases } from '../../../help/relay-db.js';

for (const databases of openTestDatabases())
  describe(`the check of a database: ${databases.name}`, () => {
    test('fails within ten seconds once nothing can be written, and holds again at once when something can', async () => {
      const db = await databases.open();
      const clock = createVirtualClock();
      const check = databaseCheck(db, clock);
      expect(await check.run()).toBe(databases.name);
      const refuse = async (refused: boolean): Promise<void> => {
        const word = raw.raw(refused ? 'on' : 'off');
        if (db.dialect === 'sqlite') await raw`pragma query_only = ${word}`.execute(db.sql);
        else {
          const postgres = await databases.server?.();
          await postgres?.say(
            `begin read write; alter role leanvibe set default_transaction_read_only = ${refused ? 'on' : 'off'}; commit`,
          );
          await postgres?.say("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'leanvibe-relay'");
        }
      };
      await refuse(true);
      await clock.advance(10_000);
      for (let at = 0; at < 2; at++) await expect(check.run()).rejects.toThrow('it can be read, but nothing can be written to it');
      await refuse(false);
      expect(await check.run()).toBe(databases.name);
    });

    test('writes one row every ten seconds at most, however often it is asked', async () => {
      const db = await databases.open();
      const clock = createVirtualClock();
      const check = databaseCheck(db, clock);
      const written = new Set<string>();
      for (let at = 0; at < 30; at++) {
        await check.run();
        const rows = await db.sql.selectFrom('meta').select('value').where('name', '=', 'written').execute();
        expect(rows).toHaveLength(1);
        written.add(rows[0]?.value ?? '');
        await clock.advance(1_000);
      }
      expect(written.size).toBe(3);
    });
  });
