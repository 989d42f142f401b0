/** The part of the mailbox contract about several processes at once: no gap, no going back, no deadlock, nothing twice. */
import { type Batch, LANES, type Placed } from '@leanvibe/core/internal/ports/store';
import type { Database } from '@leanvibe/relay/internal/db/database';
import type { MailboxStore } from '@leanvibe/relay/internal/ports/mailbox-store';
import type { MailboxId } from '@leanvibe/protocol/ids';
import { sql as raw } from 'kysely';
import { expect, it } from 'vitest';
import type { TestDatabases } from '../help/relay-db.js';
import { keysOf, mailboxOf, mailboxStoreOn, spaceIn } from '../help/relay-store.js';
import { bytesOf, entryOf } from '../help/store-things.js';
import { createRandom } from '../help/random.js';

const BOX = mailboxOf(200);
const entry = (seed: number, box: MailboxId = BOX): ReturnType<typeof entryOf> => entryOf(bytesOf(seed, 120), { space: spaceIn(box) });

interface Copies {
  readonly db: Database;
  readonly left: MailboxStore;
  readonly right: MailboxStore;
  readonly reader: MailboxStore;
}

async function copies(databases: TestDatabases): Promise<Copies> {
  const db = await databases.open();
  const [left, right, reader] = await Promise.all(
    [db, await databases.again(db), await databases.again(db)].map((one) => mailboxStoreOn(one)),
  );
  if (left === undefined || right === undefined || reader === undefined) throw new Error('three were opened');
  await left.make(BOX, 'alice', keysOf(1), 1e6);
  return { db, left, right, reader };
}

/** Reads what came after its cursor until it has seen `count`; a gap or an earlier position would be met here. */
async function watch(reader: MailboxStore, count: number): Promise<readonly number[]> {
  const seen: number[] = [];
  while (seen.length < count) {
    const rows = await reader.rows(spaceIn(BOX), 2, seen.at(-1) ?? 0, { rows: 1_000, bytes: 1e9 });
    seen.push(...rows.map((row) => row.position));
    if (rows.length > 0 && seen.at(-1) !== seen.length) break; // a gap: what is missing would never be asked for again
  }
  return seen;
}

/** Positions drawn outside of any lock, as a sequence would: what the lock on the mailbox row is there to prevent. */
function drawnOutside(db: Database): (seed: number) => Promise<void> {
  let drawn = 0;
  return async (seed) => {
    const position = ++drawn;
    const { entryId, sealed } = entry(seed);
    await db.sql.transaction().execute(async (sql) => {
      if (position % 2 === 1) await raw`select pg_sleep(0.02)`.execute(sql);
      const row = {
        mailbox: BOX,
        lane: 2 as const,
        position,
        entryId,
        prefixHash: '',
        size: sealed.length,
        sealed,
        fromDevice: null,
        prunedMs: null,
      };
      await sql.insertInto('entry').values(row).execute();
    });
  };
}

export function processes(databases: TestDatabases): void {
  it('two processes that append to one mailbox at once: a reader meets every position in order and without a gap', async () => {
    const { left, right, reader } = await copies(databases);
    const count = 300;
    const seen = watch(reader, count);
    const { below } = createRandom(`order ${databases.name}`);
    const writing = [left, right].map(async (store, side) => {
      const placed: Placed[] = [];
      for (let at = side; at < count; ) {
        const batches: Batch[] = Array.from({ length: 1 + below(4) }, () => ({ entries: at < count ? [entry((at += 2))] : [] }));
        placed.push(...(await Promise.all(batches.map((batch) => store.commit(batch)))).flat());
      }
      return placed;
    });
    const placed = (await Promise.all(writing)).flat();
    const numbers = Array.from({ length: count }, (_, at) => at + 1);
    expect(placed.map((place) => place.position).sort((a, b) => a - b)).toEqual(numbers);
    expect(await seen).toEqual(numbers);
    const byPosition = [...placed].sort((a, b) => a.position - b.position);
    byPosition.slice(1).forEach((place, at) => expect(place.before).toBe(byPosition[at]?.prefixHash));
  });

  if (databases.server !== null)
    it('the same reader meets a gap when positions are drawn outside the lock', async () => {
      const { db, reader } = await copies(databases);
      const append = drawnOutside(db);
      const seen = watch(reader, 40);
      const writers = [0, 1, 2].map(async (side) => {
        for (let at = 0; at < 20; at++) await append(side * 100 + at);
      });
      await Promise.all(writers);
      expect((await seen).every((position, at) => position === at + 1)).toBe(false);
    });

  it('the same entries brought to two processes at once are kept once, under one position', async () => {
    const { left, right, reader } = await copies(databases);
    const all = Array.from({ length: 120 }, (_, at) => entry(1_000 + at));
    const bring = (store: MailboxStore, order: typeof all): Promise<readonly Placed[]> =>
      Promise.all(order.map((one, at) => store.commit({ entries: [{ ...one, lane: LANES[at % 3] ?? 2 }] }))).then((placed) =>
        placed.flat(),
      );
    const placed = (await Promise.all([bring(left, all), bring(right, [...all].reverse())])).flat();
    expect(placed.filter((place) => place.fresh)).toHaveLength(all.length);
    const heads = await Promise.all(LANES.map((lane) => reader.head(spaceIn(BOX), lane)));
    expect(heads.reduce((sum, head) => sum + head.position, 0)).toBe(all.length);
    expect(await reader.state(BOX)).toMatchObject({ entries: all.length, bytes: all.length * 120 });
    for (const one of all) {
      const told = placed.filter((place) => place.entryId === one.entryId);
      expect(new Set(told.map((place) => `${place.position} ${place.prefixHash}`)).size).toBe(1);
    }
  });

  it('batches over many mailboxes in any order, from two processes, never wait for each other for ever', async () => {
    const { left, right, reader } = await copies(databases);
    const boxes = Array.from({ length: 8 }, (_, at) => mailboxOf(210 + at));
    for (const box of boxes) await left.make(box, 'alice', keysOf(1), 1e6);
    const { below } = createRandom(`deadlock ${databases.name}`);
    const write = async (store: MailboxStore, side: number): Promise<void> => {
      for (let round = 0; round < 40; round++) {
        const from = below(8);
        const order = boxes.map((_, at) => boxes[(from + at * (side === 0 ? 1 : 7)) % 8] as MailboxId);
        const put = ['a', 'b', 'c'].map((key) => ({ table: 't', key, value: new Uint8Array([round]) }));
        const known = { space: spaceIn(boxes[0] as MailboxId), entryId: entry(side, boxes[0]).entryId };
        await store.commit({
          entries: order.map((box) => entry(side * 1_000 + round, box)),
          put: side === 0 ? put : put.reverse(),
          prune: [known],
        });
      }
    };
    await Promise.all([write(left, 0), write(right, 1)]);
    for (const box of boxes) expect((await reader.head(spaceIn(box), 2)).position).toBe(80);
  });

  it('makings of one account at once, through two processes, never come to more mailboxes than it may have', async () => {
    const { db, left, right } = await copies(databases);
    const none = { consentMs: null, lockedMs: null, deletedMs: null, receipt: null, totp: null, totpNext: null };
    const row = { account: 'carol', email: 'c@example.org', passwordHash: '', madeMs: 0, passwordMs: 0, tier: 'free', totpStep: 0 };
    await db.sql
      .insertInto('account')
      .values({ ...row, ...none })
      .execute();
    const made = await Promise.all(
      Array.from({ length: 60 }, (_, at) => (at % 2 === 0 ? left : right).make(mailboxOf(300 + at), 'carol', keysOf(at), 5)),
    );
    expect(made.filter((one) => one === 'made')).toHaveLength(5);
    expect(new Set(made)).toEqual(new Set(['made', 'too-many']));
    expect(await left.usage('carol')).toMatchObject({ mailboxes: 5 });
  });

  it('copies that start on one new database share one store id', async () => {
    const db = await databases.open();
    const stores = await Promise.all([db, await databases.again(db), await databases.again(db)].map((one) => mailboxStoreOn(one)));
    expect(new Set(stores.map((store) => store.id)).size).toBe(1);
    expect(stores[0]?.id).toMatch(/^[0-9a-f]{32}$/);
  });
}
