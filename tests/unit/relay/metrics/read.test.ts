/** What a person is shown of their own metrics: gaps stay gaps, nobody else's numbers, everything in the export, nothing after erasure. */
import { DAY_MS, HOUR_MS } from '@leanvibe/protocol/http/metric-limits';
import { eraseMetrics, exportMetrics } from '@leanvibe/relay/internal/metrics/gdpr';
import { readOwn, readSeries } from '@leanvibe/relay/internal/metrics/read';
import { removeProject } from '@leanvibe/relay/internal/projects/keep';
import { beforeAll, describe, expect, test } from 'vitest';
import { openTestDatabases } from '../../../help/relay-db.js';
import { accountOf, HOUR, NOW, projectOf, sampleOf, worldOf, type World } from './kit.js';

for (const databases of openTestDatabases())
  describe(databases.name, () => {
    let world: World;
    const [me, other] = [accountOf(1), accountOf(2)];
    beforeAll(async () => {
      world = await worldOf(await databases.open());
      for (const account of [me, other]) await world.consent(account, true);
      const back = [0, 1, 23, 24, 167, 168, 29 * 24];
      const samples = back.map((hours) => sampleOf({ hourMs: HOUR - hours * HOUR_MS, tokens: 1, memoryMb: 100 + hours }));
      await world.intake.batch(me, 'read-mine-000000', { samples: [...samples, sampleOf({ project: projectOf(2), tokens: 40 })] });
      await world.intake.batch(other, 'read-other-00000', { samples: [sampleOf({ tokens: 1_000 })] });
    });

    const series = (timeframe: '24h' | '7d' | '30d' | '90d') => readSeries(world.db.reads, me, projectOf(1), timeframe, NOW);

    test('hours of a day and of a week, days of a month and of a quarter; what was not reported is absent', async () => {
      const day = await series('24h');
      expect(day).toMatchObject({ step: 'hour', fromMs: HOUR - 23 * HOUR_MS, toMs: HOUR + HOUR_MS });
      expect(day.points.map(({ startMs }) => startMs)).toEqual([HOUR - 23 * HOUR_MS, HOUR - HOUR_MS, HOUR]);
      expect(day.points[0]).toMatchObject({ tokens: 1, memoryMb: { mean: 123, max: 123 }, cpuPercent: null, feedback: null });
      expect((await series('7d')).points).toHaveLength(5);
      const month = await series('30d');
      expect(month).toMatchObject({ step: 'day', toMs: Math.floor(NOW / DAY_MS) * DAY_MS + DAY_MS });
      expect(month.points.map(({ tokens }) => tokens)).toEqual([1, 2, 2, 2]);
      expect((await series('90d')).points).toEqual(month.points);
    });

    test('totals are of all projects of this account and of no other', async () => {
      expect(await readOwn(world.db.reads, me, NOW)).toMatchObject({ projects: 2, tokens: 47, filesProcessed: 0 });
      expect(await readOwn(world.db.reads, other, NOW)).toMatchObject({ projects: 1, tokens: 1_000 });
      expect(await readOwn(world.db.reads, accountOf(3), NOW)).toMatchObject({ projects: 0, tokens: 0 });
    });

    test('removing a project removes its numbers, and only its', async () => {
      expect(await removeProject(world.db.sql, me, projectOf(2))).toBe(true);
      expect(await removeProject(world.db.sql, me, projectOf(2))).toBe(false);
      expect(await readOwn(world.db.reads, me, NOW)).toMatchObject({ projects: 1, tokens: 7 });
    });

    test('the export holds every row of the account, erasure leaves none, and others keep theirs', async () => {
      const exported: { table: string; row: object }[] = [];
      for await (const row of exportMetrics(world.db.sql, me)) exported.push(row);
      const count = (table: string) => exported.filter((row) => row.table === table).length;
      expect([count('project'), count('metricHour'), count('metricDay'), count('metricBatch')]).toEqual([1, 7, 4, 1]);
      for (const { row } of exported) expect(row).toMatchObject({ account: me });
      expect(await eraseMetrics(world.db.sql, me)).toMatchObject({ project: 1, metricHour: 7, metricDay: 4, metricBatch: 1 });
      for await (const row of exportMetrics(world.db.sql, me)) expect.unreachable(row.table);
      expect(await readOwn(world.db.reads, other, NOW)).toMatchObject({ tokens: 1_000 });
    });
  });
