/** The contract of rates, counted in this process and in a real Redis, which also goes away. */
import { createLimiter, type LimiterOptions } from '@leanvibe/relay/internal/limit/limiter';
import type { Limiter, LimitKind } from '@leanvibe/relay/internal/ports/limiter';
import { afterEach, describe, expect, it } from 'vitest';
import { leftOut } from '../help/needs.js';
import { redisOfFile } from '../help/redis.js';
import { silent } from '../help/store-things.js';

const KINDS: readonly LimitKind[] = [
  { kind: 'login', points: 3, perMs: 60_000 },
  { kind: 'append', points: 100, perMs: 60_000 },
  { kind: 'brief', points: 1, perMs: 1_000 },
];
const open: Limiter[] = [];
const made = (options: Omit<LimiterOptions, 'kinds'>, alone?: (kind: string) => void): Limiter => {
  const limiter = createLimiter({ kinds: KINDS, ...options }, { logger: silent, ...(alone === undefined ? {} : { alone }) });
  open.push(limiter);
  return limiter;
};
afterEach(async () => {
  for (const limiter of open.splice(0)) await limiter.close();
});

function limiterContract(name: string, make: () => Promise<Limiter>): void {
  describe(`limiter contract: ${name}`, () => {
    it('takes until nothing is left, then refuses and says until when', async () => {
      const limiter = await make();
      const answers = [];
      for (let at = 0; at < 5; at++) answers.push(await limiter.take('login', 'alice'));
      expect(answers.map(({ ok, remaining, limit }) => [ok, remaining, limit])).toEqual([
        [true, 2, 3],
        [true, 1, 3],
        [true, 0, 3],
        [false, 0, 3],
        [false, 0, 3],
      ]);
      for (const { resetMs } of answers) expect(resetMs > 0 && resetMs <= 60_000).toBe(true);
    });

    it('keys and kinds count apart, points count as many, and a success forgives', async () => {
      const limiter = await make();
      expect(await limiter.take('append', 'alice', 99)).toMatchObject({ ok: true, remaining: 1 });
      expect(await limiter.take('append', 'alice', 2)).toMatchObject({ ok: false });
      expect(await limiter.take('append', 'bob', 2)).toMatchObject({ ok: true, remaining: 98 });
      expect(await limiter.take('login', 'alice', 3)).toMatchObject({ ok: true, remaining: 0 });
      await limiter.forgive('login', 'alice');
      await limiter.forgive('login', 'nobody');
      expect(await limiter.take('login', 'alice')).toMatchObject({ ok: true, remaining: 2 });
    });

    it('what is asked at once is counted once each', async () => {
      const limiter = await make();
      const answers = await Promise.all(Array.from({ length: 150 }, () => limiter.take('append', 'many')));
      expect(answers.filter((answer) => answer.ok)).toHaveLength(100);
    });

    it('a window ends', async () => {
      const limiter = await make();
      expect((await limiter.take('brief', 'alice')).ok).toBe(true);
      expect((await limiter.take('brief', 'alice')).ok).toBe(false);
      await expect.poll(async () => (await limiter.take('brief', 'alice')).ok, { timeout: 10_000, interval: 100 }).toBe(true);
    });
  });
}

limiterContract('this process', async () => made({}));

it('a rate nobody set is a mistake of the program, and so is a window of no whole seconds', async () => {
  await expect(made({}).take('none', 'alice')).rejects.toThrow(/impossible: no rate is set for none/);
  expect(() => createLimiter({ kinds: [{ kind: 'odd', points: 1, perMs: 1_500 }] }, { logger: silent })).toThrow(/odd/);
});

describe.skipIf(leftOut('redis'))('over Redis', () => {
  const server = redisOfFile();
  let prefixes = 0;
  const fresh = async (): Promise<{ readonly redisUrl: string; readonly prefix: string }> => ({
    redisUrl: (await server()).url,
    prefix: `p${prefixes++}`,
  });
  /** The first questions of a limiter that is still connecting are answered by its own process. */
  const connected = async (limiter: Limiter, alone: () => number): Promise<void> => {
    await expect
      .poll(async () => {
        const before = alone();
        await limiter.take('append', 'warm');
        return alone() - before;
      })
      .toBe(0);
  };
  const ready = async (place: {
    readonly redisUrl: string;
    readonly prefix: string;
  }): Promise<{ limiter: Limiter; alone: () => number }> => {
    let count = 0;
    const limiter = made(place, () => (count += 1));
    await connected(limiter, () => count);
    return { limiter, alone: () => count };
  };
  limiterContract('Redis', async () => (await ready(await fresh())).limiter);

  it('copies share one count', async () => {
    const place = await fresh();
    const [left, right] = [await ready(place), await ready(place)];
    for (const { limiter } of [left, right, left]) expect((await limiter.take('login', 'alice')).ok).toBe(true);
    expect((await right.limiter.take('login', 'alice')).ok).toBe(false);
    await left.limiter.forgive('login', 'alice');
    expect((await right.limiter.take('login', 'alice')).ok).toBe(true);
  });

  it('with Redis gone each process counts for itself, which is counted, and shares again when it is back', async () => {
    const redis = await server();
    const { limiter, alone } = await ready(await fresh());
    const before = alone();
    await redis.stop('SIGKILL');
    const answers = [];
    for (let at = 0; at < 4; at++) answers.push(await limiter.take('login', 'alice'));
    expect(answers.map((answer) => answer.ok)).toEqual([true, true, true, false]);
    expect(alone() - before).toBe(4);
    await limiter.forgive('login', 'alice');
    expect((await limiter.take('login', 'alice')).ok).toBe(true);
    await redis.start();
    await connected(limiter, alone);
  });
});
