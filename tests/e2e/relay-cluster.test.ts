/** Three copies of the relay on one database: whatever dies, nothing acknowledged is lost, nothing comes twice, and everybody reads in order (C33). */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { leftOut, rounds } from '../help/needs.js';
import { postgresOfFile } from '../help/postgres.js';
import { redisOfFile } from '../help/redis.js';
import type { RelayClient } from '../help/relay-client.js';
import { live } from '../help/relay-cluster-life.js';
import { until } from '../help/wait.js';

const postgres = postgresOfFile();
const redis = redisOfFile();
const BACK_MS = 5_000;
const DRAINED_MS_MAX = 25_000;

/** All of them talk to a copy that lives. */
async function back(clients: readonly RelayClient[]): Promise<void> {
  await sleep(50);
  await until('every client is back', () => clients.every((client) => client.open()), BACK_MS);
}

describe.skipIf(leftOut('postgres') || leftOut('redis'))('three copies of a relay', () => {
  test('C33: copies are killed mid-append, hints are lost, copies are renewed: nothing else is', { timeout: 900_000 }, async () => {
    const server = await redis();
    const { clients, cluster, judge } = await live(await postgres(), server);
    for (let round = 0; round < rounds(3, 60); round++) {
      await sleep(300 + 70 * (round % 7));
      await cluster.kill(round % 3);
      await back(clients);
      await cluster.fill(round % 3);
    }
    expect(clients.some((client) => client.openedMs.length > 1)).toBe(true);
    await server.stop('SIGKILL');
    await sleep(rounds(2_000, 30_000));
    for (const at of [0, 1, 2]) {
      const ended = await cluster.end(at);
      expect([ended.code, ended.signal]).toEqual([0, null]);
      expect(ended.endedMs).toBeLessThan(DRAINED_MS_MAX);
      await back(clients);
      await cluster.fill(at);
      if (at === 1) await server.start();
    }
    await server.stop('SIGKILL');
    // Who reads at another copy than was written at is not told: it looks by itself.
    expect(await judge()).toBeGreaterThan(100);
    await server.start();
  });

  test('C33: the database restarts and crashes: what was acknowledged is there, and every client comes back', {
    timeout: 900_000,
  }, async () => {
    const { clients, judge, pg } = await live(await postgres(), await redis());
    const allBack = (): Promise<unknown> => until('every client is back', () => clients.every((client) => client.open()), 30_000);
    for (let round = 0; round < rounds(2, 20); round++) {
      await sleep(400);
      await pg.stop(round % 2 === 0 ? 'fast' : 'crash');
      await sleep(rounds(500, 10_000));
      await pg.start();
      await allBack();
    }
    expect(await judge()).toBeGreaterThan(50);
  });
});
