/** The bus contract in one process and over a real Redis, which also goes away and comes back. */
import { createBusHub, createLocalBus } from '@leanvibe/relay/internal/bus/local';
import { createRedisBus } from '@leanvibe/relay/internal/bus/redis';
import { decodeHint, encodeHint } from '@leanvibe/relay/internal/bus/wire';
import type { Bus, Hint } from '@leanvibe/relay/internal/ports/bus';
import { Redis } from 'ioredis';
import { describe, expect, it, onTestFinished } from 'vitest';
import { leftOut } from '../help/needs.js';
import { redisOfFile } from '../help/redis.js';
import { mailboxOf } from '../help/relay-store.js';
import { chance, silent } from '../help/store-things.js';
import { until } from '../help/wait.js';
import { busContract } from './bus.js';

const GROWN: Hint = { type: 'mailbox', mailbox: mailboxOf(1), change: 'grown' };

busContract({
  name: 'in process',
  async make(copies) {
    const hub = createBusHub();
    return Array.from({ length: copies }, () => hub.bus({ logger: silent }));
  },
});

it('the bus of the only copy hears nothing, and is content', async () => {
  const bus = createLocalBus({ logger: silent });
  bus.subscribe(() => expect.unreachable('nobody else is there'));
  bus.tell(GROWN);
  expect(bus.connected()).toBe(true);
  await bus.close();
});

it('what is no hint is not taken for one', () => {
  const good = encodeHint('me', GROWN);
  expect(decodeHint(good)).toEqual({ from: 'me', hint: GROWN });
  const bad = [
    '',
    'null',
    '{',
    '{"from":"x"}',
    good.replace('grown', 'shrunk'),
    good.replace('"type"', '"more":1,"type"'),
    good.replace(/[0-9a-f]{64}/, 'ff'),
  ];
  for (const text of bad) expect(decodeHint(text), text).toBeNull();
});

describe.skipIf(leftOut('redis'))('over Redis', () => {
  const server = redisOfFile();
  let channels = 0;
  const make = async (copies: number, lost?: (why: string) => void): Promise<readonly Bus[]> => {
    const { url } = await server();
    const channel = `c${channels++}`;
    const buses = Array.from({ length: copies }, () =>
      createRedisBus({ url, channel }, { random: chance, logger: silent, ...(lost === undefined ? {} : { lost }) }),
    );
    await until('the copies are connected', () => buses.every((bus) => bus.connected()));
    return buses;
  };
  busContract({ name: 'Redis', make });

  it('C33 while Redis is away hints are lost and counted, telling never throws, and then they are heard again', async () => {
    const lost: string[] = [];
    const buses = await make(2, (why) => lost.push(why));
    onTestFinished(async () => void (await Promise.all(buses.map((bus) => bus.close()))));
    const heard: Hint[] = [];
    buses[1]?.subscribe((hint) => heard.push(hint));
    const redis = await server();
    await redis.stop('SIGKILL');
    await until('it is noticed', () => buses.every((bus) => !bus.connected()));
    for (let at = 0; at < 5; at++) buses[0]?.tell(GROWN);
    expect(lost).toEqual(Array.from({ length: 5 }, () => 'unsent'));
    await redis.start();
    await until('the copies are connected again', () => buses.every((bus) => bus.connected()));
    buses[0]?.tell(GROWN);
    await expect.poll(() => heard).toEqual([GROWN]);
  });

  it('C33 what others write into the channel is counted and heard by nobody', async () => {
    const { url } = await server();
    const lost: string[] = [];
    const [bus] = await make(1, (why) => lost.push(why));
    onTestFinished(async () => void (await bus?.close()));
    bus?.subscribe(() => expect.unreachable('no hint was told'));
    const stranger = new Redis(url);
    await stranger.publish(`c${channels - 1}`, '{"from":"x","hint":{"type":"entry"}}');
    await expect.poll(() => lost).toEqual(['unreadable']);
    stranger.disconnect();
  });

  it('C33 a bus made while Redis is away is not connected, and connects by itself', async () => {
    const redis = await server();
    await redis.stop();
    const buses = Array.from({ length: 2 }, () => createRedisBus({ url: redis.url, channel: 'late' }, { random: chance, logger: silent }));
    onTestFinished(async () => void (await Promise.all(buses.map((bus) => bus.close()))));
    expect(buses.map((bus) => bus.connected())).toEqual([false, false]);
    await redis.start();
    await until('the copies are connected', () => buses.every((bus) => bus.connected()));
  });
});
