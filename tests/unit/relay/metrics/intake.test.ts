/** What devices report is counted once, hours and days together, while the account says yes, and within bounds. */
import { COUNTER_MAX, COUNTERS, DAY_MS, HOUR_MS } from '@leanvibe/protocol/http/metric-limits';
import { sample as sampleSchema, type Sample } from '@leanvibe/protocol/http/metrics';
import { PROJECTS_MAX } from '@leanvibe/protocol/http/projects';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { openTestDatabases } from '../../../help/relay-db.js';
import { accountOf, HOUR, NOW, projectOf, sampleOf, worldOf, type World } from './kit.js';

let accounts = 0;

for (const databases of openTestDatabases())
  describe(databases.name, () => {
    let world: World;
    beforeAll(async () => {
      world = await worldOf(await databases.open());
    });

    async function person(): Promise<string> {
      const account = accountOf(++accounts);
      await world.consent(account, true);
      return account;
    }

    const rows = (table: 'metricHour' | 'metricDay', account: string) =>
      world.db.sql.selectFrom(table).selectAll().where('account', '=', account).orderBy('project').orderBy('startMs').execute();

    test('the same batch twice counts once', async () => {
      const account = await person();
      const batch = { samples: [sampleOf({ tokens: 5, memoryMb: 100 }), sampleOf({ tokens: 7, memoryMb: 300, cpuPercent: 12 })] };
      expect(await world.intake.batch(account, 'k'.repeat(16), batch)).toEqual({ ok: true, value: true });
      expect(await world.intake.batch(account, 'k'.repeat(16), batch)).toEqual({ ok: true, value: false });
      const [hour] = await rows('metricHour', account);
      expect(hour).toMatchObject({ tokens: 12, memorySamples: 2, memorySum: 400, memoryMax: 300, cpuSamples: 1, cpuSum: 12, cpuMax: 12 });
      expect(await rows('metricDay', account)).toEqual([{ ...hour, startMs: HOUR - (HOUR % DAY_MS) }]);
    });

    test('a name used for other numbers is refused, and another account may use it', async () => {
      const [account, other] = [await person(), await person()];
      await world.intake.batch(account, 'k'.repeat(16), { samples: [sampleOf({ tokens: 1 })] });
      expect(await world.intake.batch(account, 'k'.repeat(16), { samples: [sampleOf({ tokens: 2 })] })).toEqual({
        ok: false,
        error: { type: 'other-batch' },
      });
      expect((await rows('metricHour', account))[0]?.tokens).toBe(1);
      expect(await world.intake.batch(other, 'k'.repeat(16), { samples: [sampleOf({ tokens: 2 })] })).toEqual({ ok: true, value: true });
    });

    test('many at once, from two processes, each batch sent three times: everything is counted exactly once', async () => {
      const account = await person();
      const second = { ...(await worldOf(await databases.again(world.db))), consent: world.consent };
      const batches = Array.from({ length: 12 }, (_, at) => ({
        key: `batch-${String(at).padStart(16, '0')}`,
        // The same rows in opposite orders, so that careless locking would deadlock.
        samples: [1, 2, 3, 4].map((seed) => sampleOf({ project: projectOf(at % 2 === 0 ? seed : 5 - seed), tokens: 1, syncBytes: at })),
      }));
      const sendings = [...batches, ...batches.toReversed(), ...batches].map(({ key, samples }, at) =>
        (at % 2 === 0 ? world : second).intake.batch(account, key, { samples }),
      );
      const answers = await Promise.all(sendings);
      expect(answers.every((answer) => answer.ok)).toBe(true);
      expect(answers.filter((answer) => answer.ok && answer.value)).toHaveLength(12);
      for (const table of ['metricHour', 'metricDay'] as const) {
        const found = await rows(table, account);
        expect(found).toHaveLength(4);
        for (const row of found) expect(row).toMatchObject({ tokens: 12, syncBytes: 66 });
      }
    });

    test('without consent nothing is kept, not even the name of the batch or of the project', async () => {
      const account = accountOf(++accounts);
      const batch = { samples: [sampleOf({ tokens: 1 })] };
      expect(await world.intake.batch(account, 'k'.repeat(16), batch)).toEqual({ ok: false, error: { type: 'no-consent' } });
      for (const table of ['metricHour', 'metricDay', 'metricBatch', 'project'] as const)
        expect(await world.db.sql.selectFrom(table).selectAll().where('account', '=', account).execute()).toEqual([]);
      await world.consent(account, true);
      expect(await world.intake.batch(account, 'k'.repeat(16), batch)).toEqual({ ok: true, value: true });
    });

    test('consent withdrawn in the middle: what comes after is refused, and nothing is half counted', async () => {
      const account = await person();
      const sendings = Array.from({ length: 20 }, (_, at) =>
        world.intake.batch(account, `middle-${String(at).padStart(10, '0')}`, { samples: [sampleOf({ tokens: 1 })] }),
      );
      const withdrawn = world.consent(account, false);
      const answers = await Promise.all(sendings);
      await withdrawn;
      const counted = answers.filter((answer) => answer.ok).length;
      for (const answer of answers) if (!answer.ok) expect(answer.error).toEqual({ type: 'no-consent' });
      const sum = async (table: 'metricHour' | 'metricDay') => (await rows(table, account))[0]?.tokens ?? 0;
      expect([await sum('metricHour'), await sum('metricDay')]).toEqual([counted, counted]);
      expect(await world.intake.batch(account, 'after-0000000000', { samples: [sampleOf()] })).toMatchObject({ ok: false });
    });

    test('hours that are too old or to come are refused with the whole batch', async () => {
      const account = await person();
      for (const hourMs of [HOUR + HOUR_MS, HOUR - 30 * DAY_MS, 0]) {
        const answer = await world.intake.batch(account, `outside-${hourMs}-0000`, { samples: [sampleOf(), sampleOf({ hourMs })] });
        expect(answer).toEqual({ ok: false, error: { type: 'outside-window', hourMs } });
      }
      expect(await rows('metricHour', account)).toEqual([]);
      expect(
        await world.intake.batch(account, 'inside-000000000', { samples: [sampleOf({ hourMs: HOUR - 30 * DAY_MS + HOUR_MS })] }),
      ).toMatchObject({ ok: true });
    });

    test('more in one hour than machines can do is refused, and takes nothing back of what was counted', async () => {
      const account = await person();
      const most = { samples: Array.from({ length: 64 }, () => sampleOf({ syncBytes: COUNTER_MAX.syncBytes })) };
      expect(await world.intake.batch(account, 'most-00000000000', most)).toMatchObject({ ok: true });
      const more = { samples: [sampleOf({ syncBytes: 1, tokens: 3, project: projectOf(2) }), sampleOf({ syncBytes: 1 })] };
      expect(await world.intake.batch(account, 'more-00000000000', more)).toEqual({
        ok: false,
        error: { type: 'absurd', what: 'syncBytes' },
      });
      expect((await rows('metricDay', account)).map(({ syncBytes }) => syncBytes)).toEqual([64 * COUNTER_MAX.syncBytes]);
    });

    test('an account names at most so many projects', async () => {
      const account = await person();
      const fill = Array.from({ length: PROJECTS_MAX }, (_, at) => ({
        account,
        project: projectOf(`fill ${at}`),
        name: null,
        madeMs: NOW,
        changedMs: NOW,
      }));
      await world.db.sql.insertInto('project').values(fill).execute();
      const answer = await world.intake.batch(account, 'full-00000000000', { samples: [sampleOf({ project: projectOf('new') })] });
      expect(answer).toEqual({ ok: false, error: { type: 'too-many-projects' } });
      expect(
        await world.intake.batch(account, 'full-00000000001', { samples: [sampleOf({ project: projectOf('fill 7') })] }),
      ).toMatchObject({ ok: true });
    });

    test('feedback counts once for each suggestion; the first verdict stands', async () => {
      const account = await person();
      const project = projectOf(9);
      const say = (suggestion: string, verdict: number, latencyMs: number) =>
        world.intake.feedback(account, suggestion, { project, verdict, latencyMs });
      expect(await say('a'.repeat(32), 1, 500)).toEqual({ ok: true, value: true });
      expect(await say('a'.repeat(32), 0, 900)).toEqual({ ok: true, value: false });
      expect(await say('b'.repeat(32), 0, 700)).toEqual({ ok: true, value: true });
      expect(await rows('metricHour', account)).toMatchObject([
        { feedbackAccepted: 1, feedbackRejected: 1, feedbackLatencyMs: 1200, startMs: HOUR },
      ]);
      const kept = await world.db.sql.selectFrom('metricBatch').selectAll().where('account', '=', account).execute();
      expect(JSON.stringify(kept)).not.toContain('a'.repeat(32));
    });

    test('hours and days equal a naive recomputation, whatever is sent, in whatever order, however often', {
      timeout: 120_000,
    }, async () => {
      const sample = fc.record({
        project: fc.integer({ min: 1, max: 3 }).map(projectOf),
        hourMs: fc.integer({ min: 1, max: 80 }).map((back) => HOUR - back * HOUR_MS),
        tokens: fc.nat(1_000_000_000),
        syncBytes: fc.nat(1_000_000),
        memoryMb: fc.option(fc.nat(100_000), { nil: undefined }),
        cpuPercent: fc.option(fc.nat(800), { nil: undefined }),
      });
      const batches = fc.array(fc.array(sample, { minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 6 });
      await fc.assert(
        fc.asyncProperty(batches, async (sent) => {
          const account = await person();
          const parsed = sent.map((samples) => samples.map((one) => sampleSchema.parse(JSON.parse(JSON.stringify(one)))));
          const send = (at: number) =>
            world.intake.batch(account, `property-${String(at).padStart(10, '0')}`, { samples: parsed[at] ?? [] });
          await Promise.all(parsed.flatMap((_, at) => [send(at), send(at)]));
          for (const [table, stepMs] of [
            ['metricHour', HOUR_MS],
            ['metricDay', DAY_MS],
          ] as const)
            expect((await rows(table, account)).map(comparable)).toEqual(naive(parsed.flat(), stepMs));
        }),
        { numRuns: databases.name === 'SQLite' ? 60 : 30 },
      );
    });
  });

type Row = Readonly<Record<string, number | string>>;

function comparable(row: object): Row {
  const { account: _, ...rest } = row as Record<string, number | string>;
  return rest;
}

/** Every cell from all samples, one filter at a time. */
function naive(samples: readonly Sample[], stepMs: number): readonly Row[] {
  const floor = (timeMs: number): number => Math.floor(timeMs / stepMs) * stepMs;
  const keys = [...new Set(samples.map((one) => `${one.project} ${String(floor(one.hourMs)).padStart(20, '0')}`))].sort();
  return keys.map((key) => {
    const [project = '', start = ''] = key.split(' ');
    const mine = samples.filter((one) => one.project === project && floor(one.hourMs) === Number(start));
    const of = (name: keyof Sample): number[] => mine.map((one) => one[name]).filter((value) => typeof value === 'number');
    const sum = (name: keyof Sample): number => of(name).reduce((a, b) => a + b, 0);
    return {
      project,
      startMs: Number(start),
      ...Object.fromEntries(COUNTERS.map((name) => [name, sum(name)])),
      ...{ feedbackAccepted: 0, feedbackRejected: 0, feedbackLatencyMs: 0 },
      ...{ memorySamples: of('memoryMb').length, memorySum: sum('memoryMb'), memoryMax: Math.max(0, ...of('memoryMb')) },
      ...{ cpuSamples: of('cpuPercent').length, cpuSum: sum('cpuPercent'), cpuMax: Math.max(0, ...of('cpuPercent')) },
    };
  });
}
