/** Devices that write and read through three copies of a relay without pause, and the judgement of what came of it (C33). */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished } from 'vitest';
import type { Postgres } from './postgres.js';
import type { Redis } from './redis.js';
import { createRelayClient, newShared, type RelayClient, type Shared } from './relay-client.js';
import { type Cluster, runCluster } from './relay-cluster.js';
import { newDevices } from './relay-signup.js';
import { until } from './wait.js';

const MAILBOXES = 3;

interface Room {
  readonly shared: Shared;
  readonly writers: readonly RelayClient[];
  readonly readers: readonly RelayClient[];
}

export interface Life {
  readonly pg: Postgres;
  readonly url: string;
  readonly cluster: Cluster;
  readonly rooms: readonly Room[];
  readonly clients: readonly RelayClient[];
  /** Stops writing, waits until all is at the relay and read by all, and judges it. */
  judge(inOrder?: boolean): Promise<number>;
}

/** Two writers and two readers of each mailbox, writing without pause until judged. */
export async function live(pg: Postgres, redis: Redis): Promise<Life> {
  const url = await pg.database();
  const cluster = await runCluster(3, url, redis.url);
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
