/** A standby that lacks the newest commits takes the place of the database under three copies that stay up: devices notice and give again what it lacks (C33). */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { leftOut, rounds } from '../help/needs.js';
import { postgresOfFile } from '../help/postgres.js';
import { redisOfFile } from '../help/redis.js';
import { live } from '../help/relay-cluster-life.js';
import { until } from '../help/wait.js';

const postgres = postgresOfFile();
const redis = redisOfFile();
const LAG_MS = 1_000;
const BACK_MS = 30_000;

describe.skipIf(leftOut('postgres') || leftOut('redis'))('three copies of a relay whose database falls back', () => {
  test('C26 C33: what a standby lacks when it takes over is given again, whatever was under way at that moment', {
    timeout: 900_000,
  }, async () => {
    const { clients, judge, pg } = await live(await postgres(), await redis());
    for (let round = 0; round < rounds(2, 10); round++) {
      const takeOver = await pg.lag();
      await sleep(LAG_MS + 37 * round);
      const opened = clients.map((client) => client.openedMs.length);
      await takeOver();
      await until(
        'every client is back',
        () => clients.every((client, at) => client.openedMs.length > (opened[at] ?? 0) && client.open()),
        BACK_MS,
      );
    }
    expect(await judge(false)).toBeGreaterThan(50);
    expect(clients.some((client) => client.reports.some((report) => report.type === 'rolled-back'))).toBe(true);
  });
});
