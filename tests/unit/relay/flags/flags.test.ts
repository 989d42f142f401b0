/** Flags: a stable share of subjects, changed without a restart, and no reason to fail a request. */
import {
  bucketOf,
  createFlags,
  FLAGS,
  isFlagName,
  listFlags,
  setFlag,
  sharesOfFile,
  sharesOfTable,
} from '@leanvibe/relay/internal/flags/flags';
import { describe, expect, test } from 'vitest';
import { createVirtualClock } from '../../../help/clock.js';
import { openTestDatabases } from '../../../help/relay-db.js';
import { silent } from '../../../help/store-things.js';

const subjects = Array.from({ length: 10_000 }, (_, at) => `subject ${at}`);

describe('the share of a flag', () => {
  test('is even, stable, and its own for each flag', () => {
    const below = subjects.filter((subject) => bucketOf('metrics-intake', subject) < 2_500);
    expect(Math.abs(below.length - 2_500)).toBeLessThan(200);
    expect(bucketOf('metrics-intake', 'alice')).toBe(bucketOf('metrics-intake', 'alice'));
    const both = below.filter((subject) => bucketOf('fleet-summary', subject) < 2_500);
    expect(Math.abs(both.length - 625)).toBeLessThan(120);
  });

  test('that grows takes nobody out', async () => {
    const on = async (share: number): Promise<readonly string[]> => {
      const flags = createFlags({
        clock: createVirtualClock(),
        logger: silent,
        readShares: async () => new Map([['metrics-intake', share]]),
      });
      const answers = await Promise.all(subjects.slice(0, 500).map((subject) => flags.on('metrics-intake', subject)));
      return subjects.slice(0, 500).filter((_, at) => answers[at]);
    };
    const [none, some, more, all] = [await on(0), await on(1_000), await on(6_000), await on(10_000)];
    expect([none.length, all.length]).toEqual([0, 500]);
    expect(more).toEqual(expect.arrayContaining([...some]));
  });

  test('from a file: per cents of flags there are, and what was read last holds when the file is wrong', async () => {
    let text = '{"metrics-intake": 0}';
    const clock = createVirtualClock();
    const flags = createFlags({ clock, logger: silent, readShares: sharesOfFile(() => Promise.resolve(text)) });
    expect([await flags.on('metrics-intake', 'a'), await flags.on('fleet-summary', 'a')]).toEqual([false, true]);
    for (const wrong of ['{"metrics-intake": 100, "no-such-flag": 5}', '{"metrics-intake": 101}', 'nothing']) {
      text = wrong;
      await clock.advance(10_000);
      expect(await flags.on('metrics-intake', 'a')).toBe(false);
    }
    text = '{}';
    await clock.advance(10_000);
    expect(await flags.on('metrics-intake', 'a')).toBe(true);
  });
});

for (const databases of openTestDatabases())
  describe(databases.name, () => {
    test('a flag that is set is known within ten seconds, and listed', async () => {
      const db = await databases.open();
      const clock = createVirtualClock();
      const flags = createFlags({ clock, logger: silent, readShares: sharesOfTable(db.sql) });
      expect(await flags.on('metrics-intake', 'a')).toBe(true);
      await setFlag(db.sql, 'metrics-intake', 100, 5);
      await setFlag(db.sql, 'metrics-intake', 0, 7);
      expect(await flags.on('metrics-intake', 'a')).toBe(true);
      await clock.advance(10_000);
      expect(await flags.on('metrics-intake', 'a')).toBe(false);
      expect(await listFlags(db.sql)).toEqual([
        { flag: 'metrics-intake', share: 0, changedMs: 7 },
        { flag: 'fleet-summary', share: FLAGS['fleet-summary'], changedMs: null },
      ]);
      for (const share of [-1, 10_001, 0.5, Number.NaN])
        await expect(setFlag(db.sql, 'metrics-intake', share, 9)).rejects.toThrow(RangeError);
    });

    test('a name is one of those the program knows', () => {
      expect(['metrics-intake', 'toString', '__proto__'].map(isFlagName)).toEqual([true, false, false]);
    });
  });
