/** Months are made ahead and dropped after retention on PostgreSQL; both drivers keep exactly ninety days. */
import { DAY_MS, HOUR_MS } from '@leanvibe/protocol/http/metric-limits';
import { METRIC_MONTHS, startKeeper } from '@leanvibe/relay/internal/metrics/keeper';
import { createMonths, monthOf, shapeOf, type Months } from '@leanvibe/relay/internal/db/months';
import type { Database } from '@leanvibe/relay/internal/db/database';
import { sql as raw } from 'kysely';
import { describe, expect, test } from 'vitest';
import { createVirtualClock } from '../../../help/clock.js';
import { openTestDatabases } from '../../../help/relay-db.js';
import { silent } from '../../../help/store-things.js';
import { accountOf, NOW, projectOf, sampleOf, worldOf } from './kit.js';

describe('months of the calendar', () => {
  test('end where the next begins, over the end of a year too', () => {
    expect(monthOf(NOW)).toEqual({ fromMs: Date.UTC(2026, 10, 1), toMs: Date.UTC(2026, 11, 1), name: '2026_11' });
    expect(monthOf(NOW, 2)).toEqual({ fromMs: Date.UTC(2027, 0, 1), toMs: Date.UTC(2027, 1, 1), name: '2027_01' });
    expect(monthOf(Date.UTC(2026, 0, 31, 23, 59), -1).name).toBe('2025_12');
  });
});

async function partitionsOf(db: Database, table: string): Promise<readonly string[]> {
  const found = await raw<{ name: string }>`select c.relname::text as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = to_regclass(${`"${table}"`}) order by 1`.execute(db.sql);
  return found.rows.map(({ name }) => name);
}

const rowAt = (startMs: number) => ({ account: accountOf(1), project: projectOf(1), startMs, ...zeros });
const zeros = {
  ...{ suggestionsMade: 0, suggestionsAccepted: 0, suggestionsRejected: 0, filesProcessed: 0, tokens: 1, syncBytes: 0 },
  ...{ feedbackAccepted: 0, feedbackRejected: 0, feedbackLatencyMs: 0 },
  ...{ memorySamples: 0, memorySum: 0, memoryMax: 0, cpuSamples: 0, cpuSum: 0, cpuMax: 0 },
};

for (const databases of openTestDatabases())
  describe(databases.name, () => {
    const monthsAt = (db: Database, nowMs: number): Months =>
      createMonths({ db, logger: silent, clock: createVirtualClock(nowMs) }, METRIC_MONTHS);

    test('what is older than ninety days goes, to the hour; the rest stays', async () => {
      const db = await databases.open();
      const oldest = NOW - 90 * DAY_MS;
      const times = [NOW - 200 * DAY_MS, oldest - HOUR_MS, oldest, NOW - DAY_MS, NOW];
      await monthsAt(db, NOW).ensure(times);
      await db.sql.insertInto('metricHour').values(times.map(rowAt)).execute();
      await db.sql.insertInto('metricDay').values(times.map(rowAt)).execute();
      const done = await monthsAt(db, NOW).tend();
      expect(done.dropped + done.deleted).toBeGreaterThan(0);
      for (const table of ['metricHour', 'metricDay'] as const) {
        const kept = await db.sql.selectFrom(table).select('startMs').orderBy('startMs').execute();
        expect(kept.map(({ startMs }) => startMs)).toEqual([oldest, NOW - DAY_MS, NOW]);
      }
      expect(await monthsAt(db, NOW).tend()).toEqual({ made: 0, dropped: 0, deleted: 0 });
    });

    test('a batch of last month needs nobody to have made that month', async () => {
      const world = await worldOf(await databases.open());
      await world.consent(accountOf(1), true);
      const hourMs = NOW - (NOW % HOUR_MS) - 25 * DAY_MS;
      expect(await world.intake.batch(accountOf(1), 'old-000000000000', { samples: [sampleOf({ hourMs })] })).toEqual({
        ok: true,
        value: true,
      });
    });

    test('names of batches are kept until no batch of that age is taken any more', async () => {
      const world = await worldOf(await databases.open());
      await world.consent(accountOf(1), true);
      await world.intake.batch(accountOf(1), 'kept-00000000000', { samples: [sampleOf()] });
      const keeper = startKeeper({ ...world, logger: silent });
      const count = async () => (await world.db.sql.selectFrom('metricBatch').selectAll().execute()).length;
      await world.clock.advance(31 * DAY_MS);
      await keeper.run();
      expect(await count()).toBe(1);
      expect(await world.intake.batch(accountOf(1), 'kept-00000000000', { samples: [sampleOf()] })).toMatchObject({
        error: { type: 'outside-window' },
      });
      await world.clock.advance(2 * DAY_MS);
      await keeper.run();
      expect(await count()).toBe(0);
      await keeper.stop();
      expect(world.clock.pending()).toBe(0);
    });

    if (databases.server === null) return;

    test('months are there ahead, whole months are dropped, mailboxes are in none', async () => {
      const db = await databases.open();
      expect(await shapeOf(db.sql, 'metricHour')).toBe('months');
      await monthsAt(db, NOW).tend();
      expect(await partitionsOf(db, 'metricHour')).toEqual(
        ['10', '11', '12'].map((month) => `metricHour_2026_${month}`).concat('metricHour_2027_01'),
      );
      const later = monthsAt(db, NOW + 100 * DAY_MS);
      expect(await later.tend()).toMatchObject({ dropped: 2 });
      expect(await partitionsOf(db, 'metricDay')).toEqual(
        ['2026_11', '2026_12', '2027_01', '2027_02', '2027_03', '2027_04'].map((month) => `metricDay_${month}`),
      );
      for (const table of ['mailbox', 'entry']) expect(await shapeOf(db.sql, table)).toBe('plain');
    });

    test('several copies make the same months at once, while batches come in', async () => {
      const world = await worldOf(await databases.open());
      await world.consent(accountOf(1), true);
      const copies = [world.db, await databases.again(world.db), await databases.again(world.db)].map((db) => monthsAt(db, NOW));
      const batches = Array.from({ length: 10 }, (_, at) =>
        world.intake.batch(accountOf(1), `copies-${String(at).padStart(9, '0')}`, { samples: [sampleOf({ tokens: 1 })] }),
      );
      await Promise.all(copies.map((months) => months.tend()));
      expect((await Promise.all(batches)).every((answer) => answer.ok)).toBe(true);
      expect(await partitionsOf(world.db, 'metricHour')).toHaveLength(4);
    });
  });
