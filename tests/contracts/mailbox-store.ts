/** The contract of the relay's mailboxes, over every database: ownership and keys, pruned bytes that come back, and several processes at once. */
import { LANES, type LogRow, StoreBroken } from '@leanvibe/core/internal/ports/store';
import { type MailboxStore, NoMailbox, OtherRun } from '@leanvibe/relay/internal/ports/mailbox-store';
import type { Database } from '@leanvibe/relay/internal/db/database';
import { describe, expect, it } from 'vitest';
import { createVirtualClock, type VirtualClock } from '../help/clock.js';
import { databaseDeps, type TestDatabases } from '../help/relay-db.js';
import { keysOf, mailboxOf, mailboxStoreOn, spaceIn } from '../help/relay-store.js';
import { bytesOf, deviceOf, entryOf } from '../help/store-things.js';
import { bounds } from './mailbox-store-bounds.js';
import { processes } from './mailbox-store-processes.js';
import { traces } from './mailbox-store-traces.js';

const BOX = mailboxOf(100);
const OTHER = mailboxOf(101);
const ALL = { rows: 1_000_000, bytes: 1_000_000_000 };
const DAY_MS = 24 * 60 * 60 * 1_000;
const entry = (seed: number, box = BOX, size = 100): ReturnType<typeof entryOf> =>
  entryOf(bytesOf(seed, size), { space: spaceIn(box), from: deviceOf(1) });
const entries = (from: number, count: number, box = BOX): ReturnType<typeof entryOf>[] =>
  Array.from({ length: count }, (_, at) => entry(from + at, box));

export interface Fresh {
  readonly db: Database;
  readonly store: MailboxStore;
  readonly clock: VirtualClock;
}

export function mailboxStoreContract(databases: TestDatabases): void {
  const fresh = async (): Promise<Fresh> => {
    const clock = createVirtualClock();
    const db = await databases.open();
    const store = await mailboxStoreOn(db, { ...databaseDeps, clock });
    await store.make(BOX, 'alice', keysOf(1), 1e6);
    return { db, store, clock };
  };
  describe(`mailbox store contract: ${databases.name}`, () => {
    owning(fresh);
    bounds(fresh);
    appending(fresh);
    pruning(fresh);
    retiring(fresh);
    traces(fresh);
    running(databases);
    processes(databases);
  });
}

function owning(fresh: () => Promise<Fresh>): void {
  it('a mailbox is made once, and told with its keys, owner and counts', async () => {
    const { store } = await fresh();
    expect(await store.make(BOX, 'mallory', keysOf(9), 1e6)).toBe('taken');
    expect(await store.state(OTHER)).toBeNull();
    expect(await store.state(BOX)).toEqual({
      mailbox: BOX,
      account: 'alice',
      ...keysOf(1),
      pastReadKeys: [],
      listed: [],
      bytes: 0,
      entries: 0,
      deletedMs: null,
    });
    await store.commit({ entries: entries(0, 3) });
    expect(await store.state(BOX)).toMatchObject({ bytes: 300, entries: 3 });
  });

  it('rekeying goes from the present key only, and keys of before are remembered in order', async () => {
    const { store, clock } = await fresh();
    const next = (seed: number, expected: number): Promise<boolean> => store.rekey(BOX, keysOf(expected).readKey, keysOf(seed));
    expect(await next(2, 1)).toBe(true);
    await clock.advance(5);
    expect(await next(3, 1)).toBe(false);
    expect(await next(3, 2)).toBe(true);
    expect(await store.state(BOX)).toMatchObject({ ...keysOf(3), pastReadKeys: [keysOf(1).readKey, keysOf(2).readKey] });
    const both = await Promise.all([next(4, 3), next(5, 3)]);
    expect(both.filter(Boolean)).toHaveLength(1);
    expect(await store.rekey(OTHER, keysOf(1).readKey, keysOf(2))).toBe(false);
  });

  it('accounts are listed and unlisted, as often as one likes', async () => {
    const { store } = await fresh();
    for (const account of ['carol', 'bob', 'bob']) await store.setListed(BOX, account, true);
    expect((await store.state(BOX))?.listed).toEqual(['bob', 'carol']);
    for (const account of ['bob', 'bob', 'dave']) await store.setListed(BOX, account, false);
    expect((await store.state(BOX))?.listed).toEqual(['carol']);
  });

  it('what an account owns is counted, deleted mailboxes included', async () => {
    const { store } = await fresh();
    await store.make(OTHER, 'alice', keysOf(2), 1e6);
    await store.make(mailboxOf(102), 'bob', keysOf(3), 1e6);
    await store.commit({ entries: [...entries(0, 2), ...entries(10, 3, OTHER), ...entries(20, 4, mailboxOf(102))] });
    await store.remove(OTHER);
    expect(await store.usage('alice')).toEqual({ mailboxes: 2, bytes: 500 });
    expect(await store.usage('nobody')).toEqual({ mailboxes: 0, bytes: 0 });
  });

  it('what an account owns is told newest first, since nobody heard of that before', async () => {
    const { store, clock } = await fresh();
    for (const seed of [101, 102, 103]) {
      await clock.advance(1_000);
      await store.make(mailboxOf(seed), 'alice', keysOf(seed), 1e6);
    }
    await store.remove(mailboxOf(102));
    expect((await store.owned('alice', 2)).map(({ mailbox }) => mailbox)).toEqual([mailboxOf(103), mailboxOf(101)]);
    expect(await store.owned('alice', 10)).toHaveLength(3);
  });

  it('heads, keys and deletions are told of many mailboxes at once, and of none that is not there', async () => {
    const { store } = await fresh();
    await store.make(OTHER, 'bob', keysOf(2), 1e6);
    await store.commit({ entries: LANES.flatMap((lane) => entries(lane * 10, lane + 1).map((one) => ({ ...one, lane }))) });
    await store.rekey(OTHER, keysOf(2).readKey, keysOf(3));
    await store.remove(OTHER);
    expect(await store.glances([BOX, OTHER, mailboxOf(102)])).toEqual(
      new Map([
        [BOX, { heads: [1, 2, 3], ...keysOf(1), deleted: false }],
        [OTHER, { heads: [0, 0, 0], ...keysOf(3), deleted: true }],
      ]),
    );
    expect(await store.glances([])).toEqual(new Map());
  });
}

function appending(fresh: () => Promise<Fresh>): void {
  it('appending to a mailbox that was never made or was deleted is refused, and spoils no neighbour', async () => {
    const { store } = await fresh();
    await store.make(OTHER, 'bob', keysOf(2), 1e6);
    await store.remove(OTHER);
    const record = { table: 't', key: 'k', value: new Uint8Array([1]) };
    const all = await Promise.allSettled([
      store.commit({ entries: entries(0, 1) }),
      store.commit({ entries: [...entries(1, 1), ...entries(2, 1, mailboxOf(102))], put: [record] }),
      store.commit({ entries: entries(3, 1, OTHER) }),
      store.commit({ entries: entries(4, 1) }),
    ]);
    expect(all.map((one) => (one.status === 'fulfilled' ? one.value[0]?.position : one.reason instanceof NoMailbox))).toEqual([
      1,
      true,
      true,
      2,
    ]);
    expect(await store.get('t', 'k')).toBeNull();
    await store.unremove(OTHER);
    expect((await store.commit({ entries: entries(3, 1, OTHER) }))[0]).toMatchObject({ position: 1, fresh: true });
  });

  it('a thousand mailboxes in one batch each get their own positions', async () => {
    const { store } = await fresh();
    const boxes = Array.from({ length: 1_000 }, (_, at) => mailboxOf(1_000 + at));
    for (const [at, box] of boxes.entries()) await store.make(box, 'alice', keysOf(at), 1e6); // at once they would wait for one account's row
    for (let round = 1; round <= 2; round++) {
      const placed = await store.commit({ entries: boxes.map((box) => entry(round, box)) });
      expect(placed.every((place) => place.position === round && place.fresh)).toBe(true);
    }
    expect([...(await store.glances(boxes)).values()].map(({ heads }) => heads)).toEqual(boxes.map(() => [0, 0, 2]));
    expect(await store.spaces()).toEqual([...boxes].sort());
  });

  it('a store whose database was closed says it is broken', async () => {
    const { store } = await fresh();
    await store.close();
    await expect(store.state(BOX)).rejects.toThrow(StoreBroken);
    await expect(store.make(OTHER, 'alice', keysOf(1), 1e6)).rejects.toThrow(StoreBroken);
  });
}

function pruning(fresh: () => Promise<Fresh>): void {
  it('pruned bytes count until they are let go, and come back when asked for from a time on', async () => {
    const { store, clock } = await fresh();
    const all = entries(0, 4);
    await store.commit({ entries: all });
    await store.commit({ prune: all.slice(0, 1) });
    await clock.advance(1_000);
    const since = clock.nowMs();
    await store.commit({ prune: all.slice(0, 3) });
    expect((await rows(store)).map((row) => row.sealed === null)).toEqual([true, true, true, false]);
    expect(await store.size()).toEqual({ entries: 4, bytes: 100 });
    expect(await store.state(BOX)).toMatchObject({ bytes: 400, entries: 4 });
    expect(await store.unprune(BOX, since)).toBe(2);
    expect(await store.unprune(BOX, since)).toBe(0);
    expect(await store.unprune(OTHER, since)).toBe(0);
    const back = await rows(store);
    expect(back.map((row) => row.sealed?.length ?? null)).toEqual([null, 100, 100, 100]);
    expect(back.map((row) => row.from)).toEqual([null, null, null, deviceOf(1)]);
    expect(await store.size()).toEqual({ entries: 4, bytes: 300 });
  });
}

function retiring(fresh: () => Promise<Fresh>): void {
  it('pruned bytes go after their time, rows stay, and a member may give the bytes again', async () => {
    const { store, clock } = await fresh();
    const all = entries(0, 1_200);
    await store.commit({ entries: all });
    const before = await rows(store);
    await store.commit({ prune: all.slice(0, 1_100) });
    expect(await store.retire(30 * DAY_MS)).toEqual({ entries: 0, mailboxes: 0 });
    await clock.advance(31 * DAY_MS);
    await store.commit({ prune: all.slice(1_100, 1_101) });
    expect(await store.retire(30 * DAY_MS)).toEqual({ entries: 1_100, mailboxes: 0 });
    expect(await store.state(BOX)).toMatchObject({ bytes: 10_000, entries: 1_200 });
    expect(await store.unprune(BOX, 0)).toBe(1);
    expect(
      (
        await store.pruned(
          BOX as never,
          all.map((one) => one.entryId),
        )
      ).filter(Boolean),
    ).toHaveLength(1_100);
    expect((await rows(store)).map((row) => row.prefixHash)).toEqual(before.map((row) => row.prefixHash));
    await store.commit({ refill: all.slice(0, 2) });
    expect(await store.state(BOX)).toMatchObject({ bytes: 10_200 });
    expect((await rows(store))[1]?.sealed).toEqual(all[1]?.sealed);
    expect(await store.size()).toEqual({ entries: 1_200, bytes: 10_200 });
  });

  it('a deleted mailbox comes back within its time, and goes whole after it, its id free again', async () => {
    const { store, clock } = await fresh();
    await store.make(OTHER, 'bob', keysOf(2), 1e6);
    await store.setListed(OTHER, 'carol', true);
    await store.rekey(OTHER, keysOf(2).readKey, keysOf(3));
    await store.commit({ entries: [...entries(0, 700, OTHER), ...entries(0, 2)] });
    await store.remove(OTHER);
    const deletedMs = clock.nowMs();
    await clock.advance(29 * DAY_MS);
    await store.remove(OTHER);
    expect(await store.state(OTHER)).toMatchObject({ deletedMs });
    expect(await store.make(OTHER, 'mallory', keysOf(4), 1e6)).toBe('taken');
    expect(await store.rekey(OTHER, keysOf(3).readKey, keysOf(4))).toBe(false);
    await store.unremove(OTHER);
    expect(await store.state(OTHER)).toMatchObject({ deletedMs: null, entries: 700 });
    await store.remove(OTHER);
    expect(await store.retire(30 * DAY_MS)).toEqual({ entries: 0, mailboxes: 0 });
    await clock.advance(30 * DAY_MS);
    expect(await store.retire(30 * DAY_MS)).toEqual({ entries: 0, mailboxes: 1 });
    expect(await store.state(OTHER)).toBeNull();
    expect(await store.make(OTHER, 'dave', keysOf(5), 1e6)).toBe('made');
    expect(await store.state(OTHER)).toMatchObject({ account: 'dave', pastReadKeys: [], listed: [], entries: 0, bytes: 0 });
    expect((await store.commit({ entries: entries(0, 1, OTHER) }))[0]).toMatchObject({ position: 1, fresh: true });
    expect(await rows(store)).toHaveLength(2);
  });
}

async function rows(store: MailboxStore, box = BOX): Promise<readonly LogRow[]> {
  return await store.rows(spaceIn(box), 2, 0, ALL);
}

function running(databases: TestDatabases): void {
  it('C33 what was computed from another run of the database reaches no row of this one, and spoils no neighbour', async () => {
    const db = await databases.open();
    const store = await mailboxStoreOn(db);
    await store.make(BOX, 'alice', keysOf(1), 1e6);
    const record = { table: 'cursor', key: 'k', value: new Uint8Array([1]) };
    const before = await store.run();
    expect(before.storeId).toBe(store.id);
    expect(await store.commitIn(before.name, { entries: entries(0, 1), put: [record] })).toMatchObject([{ position: 1, fresh: true }]);

    // As a restored backup has it.
    const drawn = 'ab'.repeat(16);
    await db.sql.updateTable('meta').set({ value: drawn }).where('name', '=', 'storeId').execute();
    const now = await store.run();
    expect(now.storeId).toBe(drawn);
    expect(now.name).not.toBe(before.name);
    const late = { table: 'cursor', key: 'k', value: new Uint8Array([2]) };
    const all = await Promise.allSettled([
      store.commitIn(now.name, { entries: entries(1, 1) }),
      store.commitIn(before.name, { entries: entries(2, 1), put: [late] }),
      store.commitIn(before.name, { put: [late] }),
      store.commitIn(now.name, { entries: entries(3, 1) }),
      store.commit({ entries: entries(4, 1) }),
    ]);
    const fates = all.map((one) => (one.status === 'fulfilled' ? one.value[0]?.position : one.reason instanceof OtherRun));
    expect(fates).toEqual([2, true, true, 3, 4]);
    expect(await store.get('cursor', 'k')).toEqual(record.value);
  });

  const { server: serverOf } = databases;
  // A database that is a file has no server to start anew.
  if (serverOf === null) return;
  it('C33 a server that was started anew is another run, a line that broke is none', async () => {
    const db = await databases.open();
    const store = await mailboxStoreOn(db);
    const server = await serverOf();
    await store.make(BOX, 'alice', keysOf(1), 1e6);
    const before = await store.run();
    await server.say("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'leanvibe-relay'");
    expect(await store.run()).toEqual(before);
    await store.commitIn(before.name, { entries: entries(0, 1) });
    await server.say('checkpoint'); // else everything this file wrote is done over first
    await server.stop('crash');
    await server.start();
    await expect(store.commitIn(before.name, { entries: entries(1, 1) })).rejects.toBeInstanceOf(OtherRun);
    expect((await store.head(spaceIn(BOX), entry(0).lane)).position).toBe(1);
  });
}
