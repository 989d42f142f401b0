/** The audit trail over both databases: written once, told newest first, kept a year; on PostgreSQL in months that go whole, and rows of before came along. */
import { createAudit } from '@leanvibe/relay/internal/audit/audit';
import { AUDIT_MONTHS, listAudit } from '@leanvibe/relay/internal/audit/read';
import type { AuditTable } from '@leanvibe/relay/internal/audit/tables';
import { createSecrets } from '@leanvibe/relay/internal/accounts/secrets';
import type { Database } from '@leanvibe/relay/internal/db/database';
import { migrate } from '@leanvibe/relay/internal/db/migrate';
import { migrations } from '@leanvibe/relay/internal/db/migrations';
import { createMonths, shapeOf } from '@leanvibe/relay/internal/db/months';
import { sql as raw } from 'kysely';
import { describe, expect, test } from 'vitest';
import { createVirtualClock, type VirtualClock } from '../help/clock.js';
import { databaseDeps, openTestDatabases } from '../help/relay-db.js';
import { chance, silent } from '../help/store-things.js';

const DAY_MS = 86_400_000;
const NOW = Date.UTC(2026, 10, 30, 12);
const BEFORE = migrations.filter(({ name }) => name < '0010');
const rowAt = (atMs: number, seed: number): AuditTable => ({
  audit: `${String(seed).padStart(8, '0')}-0000-4000-8000-000000000000`,
  atMs,
  account: 'ana',
  device: seed % 2 === 0 ? null : 'a mac',
  act: 'login',
  subject: null,
  outcome: seed % 3 === 0 ? 'refused' : 'done',
  address: null,
});

async function all(db: Database): Promise<readonly AuditTable[]> {
  return await db.sql.selectFrom('audit').selectAll().orderBy('atMs').orderBy('audit').execute();
}

function trail(db: Database, clock: VirtualClock) {
  const months = createMonths({ db, clock, logger: silent }, AUDIT_MONTHS);
  const lost = { count: 0, delayed: 0 };
  const secrets = createSecrets('a secret of these tests, long enough for them', null, chance);
  const audit = createAudit({
    ...{ db, clock, months, secrets, random: chance, logger: silent },
    count: () => lost.delayed++,
    auditLost: () => lost.count++,
  });
  const note = (account: string): void =>
    audit.note({ account, device: null, act: 'login', subject: null, outcome: 'done', address: '192.0.2.1' });
  return { audit, lost, months, note };
}

for (const databases of openTestDatabases())
  describe(`the audit trail on ${databases.name}`, () => {
    test('rows of before are all there after the step that cuts the table into months, and the next are written', async () => {
      const db = await databases.open(BEFORE);
      const rows = [500, 400, 300, 35, 31, 30, 1, 0].map((days, at) => rowAt(NOW - days * DAY_MS, at));
      const edges = [Date.UTC(2026, 10, 1) - 1, Date.UTC(2026, 10, 1)].map((atMs, at) => rowAt(atMs, 100 + at));
      await db.sql
        .insertInto('audit')
        .values([...rows, ...edges])
        .execute();
      const before = await all(db);
      expect(await migrate(db, migrations, databaseDeps)).toEqual({ ok: true, value: ['0010-audit-months'] });
      expect(await all(db)).toEqual(before);
      const clock = createVirtualClock(NOW);
      const { audit, lost, note } = trail(db, clock);
      note('bob');
      await audit.flush();
      expect([lost, (await all(db)).length]).toEqual([{ count: 0, delayed: 0 }, 11]);
    });

    test('an empty table is cut too', async () => {
      const db = await databases.open(BEFORE);
      expect(await migrate(db, migrations, databaseDeps)).toMatchObject({ ok: true });
      expect(await all(db)).toEqual([]);
    });

    test('what is noted month after month is told newest first in pages, and gone after a year, to the hour', async () => {
      const db = await databases.open();
      const clock = createVirtualClock(NOW);
      const { audit, lost, months, note } = trail(db, clock);
      for (let month = 0; month < 14; month++) {
        note('ana');
        note('bob');
        await audit.flush();
        await clock.advance(30 * DAY_MS);
      }
      const first = await listAudit({ db }, 'ana', null, 5);
      const rest = await listAudit({ db }, 'ana', { ms: first[4]?.atMs ?? 0, id: first[4]?.audit ?? '' }, 100);
      const times = [...first, ...rest].map((row) => row.atMs);
      expect(times).toEqual(Array.from({ length: 14 }, (_, at) => NOW + (13 - at) * 30 * DAY_MS));
      await months.tend();
      const kept = (await all(db)).map((row) => row.atMs);
      expect(Math.min(...kept)).toBeGreaterThanOrEqual(clock.nowMs() - 365 * DAY_MS);
      expect(kept).toHaveLength(24);
      expect(lost).toEqual({ count: 0, delayed: 0 });
      expect(await months.tend()).toEqual({ made: 0, dropped: 0, deleted: 0 });
    });

    test('a batch that is written again is there once', async () => {
      const db = await databases.open();
      const months = createMonths({ db, clock: createVirtualClock(NOW), logger: silent }, AUDIT_MONTHS);
      await months.ensure([NOW]);
      for (let at = 0; at < 2; at++)
        await db.sql
          .insertInto('audit')
          .values([rowAt(NOW, 1), rowAt(NOW, 2)])
          .onConflict((conflict) => conflict.doNothing())
          .execute();
      expect(await all(db)).toHaveLength(2);
    });

    if (databases.server === null) return;

    test('months are partitions: made when something falls in them and ahead, by several copies at once, and dropped whole', async () => {
      const db = await databases.open();
      expect(await shapeOf(db.sql, 'audit')).toBe('months');
      const clock = createVirtualClock(NOW);
      const copies = [db, await databases.again(db), await databases.again(db)].map((one) => trail(one, clock));
      for (const { note } of copies) note('ana');
      await Promise.all(copies.flatMap(({ audit, months }) => [audit.flush(), months.tend()]));
      expect(copies.map(({ lost }) => lost)).toEqual(copies.map(() => ({ count: 0, delayed: 0 })));
      const parts = async (): Promise<readonly string[]> =>
        (
          await raw<{ name: string }>`select c.relname::text as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
            where i.inhparent = to_regclass('"audit"') order by 1`.execute(db.sql)
        ).rows.map(({ name }) => name);
      expect(await parts()).toEqual(['2026_10', '2026_11', '2026_12', '2027_01'].map((month) => `audit_${month}`));
      const later = createMonths({ db, clock: createVirtualClock(NOW + 365 * DAY_MS + 1), logger: silent }, AUDIT_MONTHS);
      expect(await later.tend()).toMatchObject({ dropped: 1, deleted: 3 });
      expect(await parts()).toContain('audit_2026_11');
      const last = createMonths({ db, clock: createVirtualClock(NOW + 366 * DAY_MS), logger: silent }, AUDIT_MONTHS);
      expect(await last.tend()).toMatchObject({ dropped: 1, deleted: 0 });
    });
  });
