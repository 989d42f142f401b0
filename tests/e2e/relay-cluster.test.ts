/** Three copies of the relay on one database: whatever dies, nothing acknowledged is lost, nothing comes twice, and everybody reads in order (C33). */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { leftOut, rounds } from '../help/needs.js';
import { type Postgres, postgresOfFile } from '../help/postgres.js';
import { redisOfFile } from '../help/redis.js';
import { createRelayClient, newShared, type RelayClient, type Shared } from '../help/relay-client.js';
import { type Cluster, runCluster } from '../help/relay-cluster.js';
import { newDevices } from '../help/relay-signup.js';
import { until } from '../help/wait.js';

const postgres = postgresOfFile();
const redis = redisOfFile();
const MAILBOXES = 3;
const BACK_MS = 5_000;
const DRAINED_MS_MAX = 25_000;

interface Room {
  readonly shared: Shared;
  readonly writers: readonly RelayClient[];
  readonly readers: readonly RelayClient[];
}

interface Life {
  readonly pg: Postgres;
  readonly url: string;
  readonly cluster: Cluster;
  readonly rooms: readonly Room[];
  readonly clients: readonly RelayClient[];
  /** Stops writing, waits until all is at the relay and read by all, and judges it. */
  judge(inOrder?: boolean): Promise<number>;
}

/** Two writers and two readers of each mailbox, writing without pause until judged. */
async function live(): Promise<Life> {
  const pg = await postgres();
  const url = await pg.database();
  const cluster = await runCluster(3, url, (await redis()).url);
  const [w1 = '', w2 = '', r1 = '', r2 = ''] = await newDevices(cluster.origin, 4);
  const clientsOf = (shared: Shared, tokens: readonly string[]): readonly RelayClient[] =>
    tokens.map((token) => createRelayClient({ origin: cluster.origin, token, shared }));
  const rooms = Array.from({ length: MAILBOXES }, () => {
    const shared = newShared();
    return { shared, writers: clientsOf(shared, [w1, w2]), readers: clientsOf(shared, [r1, r2]) };
  });
  const writers = rooms.flatMap((room) => room.writers);
  const clients = [...writers, ...rooms.flatMap((room) => room.readers)];
  onTestFinished(async () => void (await Promise.all(clients.map((client) => client.close()))));
  await Promise.all(clients.map((client) => client.opened()));
  let writing = true;
  const written = writers.map(async (writer, at) => {
    for (; writing; await sleep(60 + 10 * at)) await writer.append(1 + (at % 3));
  });
  const judge = async (inOrder = true): Promise<number> => {
    writing = false;
    await Promise.all(written);
    let entries = 0;
    for (const room of rooms) entries += await judgeRoom(pg, url, room, inOrder);
    return entries;
  };
  return { pg, url, cluster, rooms, clients, judge };
}

async function storedIn(pg: Postgres, url: string, { mailbox }: Shared): Promise<readonly string[]> {
  const database = new URL(url).pathname.slice(1);
  const said = await pg.say(`select position, "entryId" from entry where mailbox = '${mailbox}' and lane = 2 order by position`, database);
  const rows = said.split('\n').map((row) => row.split('|'));
  expect(rows.map(([position]) => Number(position))).toEqual(rows.map((_, at) => at + 1));
  return rows.map(([, id]) => id ?? '');
}

/** What was read before the database lost it, and was given again, need not be where it was. */
async function judgeRoom(pg: Postgres, url: string, { readers, shared, writers }: Room, inOrder: boolean): Promise<number> {
  await Promise.all(writers.map((writer) => writer.settled(30_000)));
  const count = writers.reduce((sum, writer) => sum + writer.appended(), 0);
  await until('all of it is in the database', async () => (await storedIn(pg, url, shared)).length >= count, 30_000, 500);
  const stored = await storedIn(pg, url, shared);
  expect([stored.length, new Set(stored).size]).toEqual([count, count]);
  for (const writer of writers) expect(writer.acknowledged().filter((id) => !stored.includes(id))).toEqual([]);
  for (const client of [...readers, ...writers]) {
    await until('everybody has everything', async () => (await client.log()).length >= count, 20_000);
    const log: readonly string[] = await client.log();
    if (!inOrder) {
      expect(new Set(log)).toEqual(new Set(stored));
      continue;
    }
    const own = new Set<string>(client.acknowledged());
    for (const side of [true, false]) expect(log.filter((id) => own.has(id) === side)).toEqual(stored.filter((id) => own.has(id) === side));
  }
  return count;
}

/** All of them talk to a copy that lives. */
async function back(clients: readonly RelayClient[]): Promise<void> {
  await sleep(50);
  await until('every client is back', () => clients.every((client) => client.open()), BACK_MS);
}

describe.skipIf(leftOut('postgres') || leftOut('redis'))('three copies of a relay', () => {
  test('C33: copies are killed mid-append, hints are lost, copies are renewed: nothing else is', { timeout: 900_000 }, async () => {
    const { clients, cluster, judge } = await live();
    const server = await redis();
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
    const { clients, judge, pg } = await live();
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
