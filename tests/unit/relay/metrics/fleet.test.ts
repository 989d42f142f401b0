/** Means over everyone: never of fewer than twenty people, and never so that one person joining or leaving shows. */
import { DAY_MS } from '@leanvibe/protocol/http/metric-limits';
import { publishFleet, readFleet, twoDigits } from '@leanvibe/relay/internal/metrics/fleet';
import { eraseMetrics } from '@leanvibe/relay/internal/metrics/gdpr';
import { describe, expect, test } from 'vitest';
import { openTestDatabases } from '../../../help/relay-db.js';
import { silent } from '../../../help/store-things.js';
import { accountOf, sampleOf, worldOf, type World } from './kit.js';

for (const databases of openTestDatabases())
  describe(databases.name, () => {
    const fresh = async (): Promise<World> => worldOf(await databases.open());
    const publish = (world: World) => publishFleet({ ...world, logger: silent });
    const shown = (world: World) => readFleet(world.db.reads, world.clock.nowMs());

    async function join(world: World, from: number, to: number, tokens: (seed: number) => number = () => 100): Promise<void> {
      for (let seed = from; seed <= to; seed++) {
        await world.consent(accountOf(seed), true);
        const answer = await world.intake.batch(accountOf(seed), `fleet-${String(seed).padStart(10, '0')}`, {
          samples: [sampleOf({ tokens: tokens(seed) })],
        });
        expect(answer).toEqual({ ok: true, value: true });
      }
    }

    test('nineteen people are nobody, twenty are a crowd', async () => {
      const world = await fresh();
      await join(world, 1, 19);
      expect(await publish(world)).toBe('too-few');
      expect(await shown(world)).toBeNull();
      await join(world, 20, 20);
      await world.clock.advance(DAY_MS);
      expect(await publish(world)).toBe('published');
      expect(await shown(world)).toMatchObject({
        peopleAtLeast: 20,
        computedMs: world.clock.nowMs(),
        days: 30,
        mean: { tokens: 100, syncBytes: 0 },
      });
    });

    test('those who did not agree are not counted, however much they did before', async () => {
      const world = await fresh();
      await join(world, 1, 20);
      await world.consent(accountOf(7), false);
      expect(await publish(world)).toBe('too-few');
      expect(await shown(world)).toBeNull();
    });

    test('one who joins changes nothing until twenty have', async () => {
      const world = await fresh();
      await join(world, 1, 30);
      expect(await publish(world)).toBe('published');
      const before = await shown(world);
      await join(world, 31, 49, () => 1_000_000);
      await world.clock.advance(DAY_MS);
      expect(await publish(world)).toBe('too-little-changed');
      expect(await shown(world)).toEqual(before);
      await join(world, 50, 50, () => 1_000_000);
      await world.clock.advance(DAY_MS);
      expect(await publish(world)).toBe('published');
      expect(await shown(world)).toMatchObject({ peopleAtLeast: 50 });
    });

    test('one who leaves, or erases everything, shows no more than one who joins', async () => {
      const world = await fresh();
      await join(world, 1, 30, (seed) => (seed === 3 ? 900 : 100));
      expect(await publish(world)).toBe('published');
      const before = await shown(world);
      await world.consent(accountOf(3), false);
      await eraseMetrics(world.db.sql, accountOf(4));
      await world.clock.advance(DAY_MS);
      expect(await publish(world)).toBe('too-little-changed');
      expect(await shown(world)).toEqual(before);
    });

    test('a crowd that fell below twenty is no longer shown, and coming back by one does not show it anew', async () => {
      const world = await fresh();
      await join(world, 1, 20);
      expect(await publish(world)).toBe('published');
      await world.consent(accountOf(3), false);
      await world.clock.advance(DAY_MS);
      expect(await publish(world)).toBe('too-few');
      expect(await shown(world)).toBeNull();
      await join(world, 21, 21, () => 5_000_000);
      await world.clock.advance(DAY_MS);
      expect(await publish(world)).toBe('too-little-changed');
      expect(await shown(world)).toBeNull();
    });

    test('the same crowd is published every day, and in between not at all', async () => {
      const world = await fresh();
      await join(world, 1, 20);
      expect(await Promise.all([publish(world), publish(world), publish(world)])).toEqual(
        expect.arrayContaining(['published', 'not-due', 'not-due']),
      );
      await world.clock.advance(DAY_MS - 1);
      expect(await publish(world)).toBe('not-due');
      await world.clock.advance(1);
      expect(await publish(world)).toBe('published');
    });

    test('whoever stands out is brought down to the crowd', async () => {
      const [plain, giant] = [await fresh(), await fresh()];
      await join(plain, 1, 20, () => 1_000);
      await join(giant, 1, 20, (seed) => (seed <= 2 ? 900_000_000 : 1_000));
      await publish(plain);
      await publish(giant);
      expect((await shown(giant))?.mean).toEqual((await shown(plain))?.mean);
    });

    test('means that are older than retention are not shown', async () => {
      const world = await fresh();
      await join(world, 1, 20);
      await publish(world);
      await world.clock.advance(91 * DAY_MS);
      expect(await shown(world)).toBeNull();
    });
  });

describe('two digits', () => {
  test('are all that is said of a number', () => {
    expect([0, 3, 47, 1_234, 0.012_34, 99_600].map(twoDigits)).toEqual([0, 3, 47, 1_200, 0.012, 100_000]);
  });
});
