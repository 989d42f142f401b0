/** The part of the mailbox contract about what conversations leave behind: it goes with the mailbox, and with the account whose devices they were. */
import { CURSOR_TABLE, cursorKey, writeCursor } from '@leanvibe/core/internal/log/cursor';
import { holeKey } from '@leanvibe/core/internal/log/hole';
import { mailboxEraser, mailboxExporter } from '@leanvibe/relay/internal/mailbox/gdpr';
import { peerOf } from '@leanvibe/relay/internal/mailbox/traces';
import type { MailboxStore } from '@leanvibe/relay/internal/ports/mailbox-store';
import { type Hash, type MailboxId, makeId, type StoreId } from '@leanvibe/protocol/ids';
import { expect, it } from 'vitest';
import { keysOf, mailboxOf, spaceIn } from '../help/relay-store.js';
import { bytesOf, entryOf } from '../help/store-things.js';
import type { Fresh } from './mailbox-store.js';

const BOX = mailboxOf(100);
const OTHER = mailboxOf(101);
const DAY_MS = 24 * 60 * 60 * 1_000;

const CURSOR = writeCursor({
  store: makeId<StoreId>(bytesOf(1, 16), 16),
  position: 7,
  prefixHash: makeId<Hash>(bytesOf(2, 32)),
  resend: 0,
  traced: { position: 0, prefixHash: makeId<Hash>(bytesOf(3, 32)) },
});

/** The device brought an entry, as a conversation keeps it. */
async function brought(store: MailboxStore, device: string, box: MailboxId, seed: number): Promise<void> {
  const [space, from] = [spaceIn(box), peerOf(device)];
  const entry = entryOf(bytesOf(seed), { space, from });
  await store.commit({
    entries: [entry],
    put: [
      { ...cursorKey(space, from, 2), value: CURSOR },
      { ...holeKey(space, 2, entry.entryId), value: new Uint8Array([1]) },
    ],
  });
}

async function froms(store: MailboxStore, box: MailboxId): Promise<readonly (string | null)[]> {
  return (await store.rows(spaceIn(box), 2, 0, { rows: 100, bytes: 1e6 })).map((row) => row.from);
}

async function pair({ db }: Fresh, account: string, device: string): Promise<void> {
  const row = { kind: 'mac_agent' as const, label: '', tokenHash: device, publicKey: null, madeMs: 0, revokedMs: null, pairedBy: null };
  await db.sql
    .insertInto('device')
    .values({ ...row, account, device })
    .execute();
}

export function traces(fresh: () => Promise<Fresh>): void {
  it('a mailbox made under the id of one that is gone inherits no cursor and no hole', async () => {
    const { store, clock } = await fresh();
    await store.make(OTHER, 'bob', keysOf(2), 1e6);
    for (const box of [BOX, OTHER]) await brought(store, 'laptop', box, 1);
    await store.remove(BOX);
    await clock.advance(30 * DAY_MS);
    expect(await store.retire(30 * DAY_MS)).toMatchObject({ mailboxes: 1 });
    for (const table of [CURSOR_TABLE, 'hole']) {
      expect(await store.scan(table, `${BOX}/`, null, 10)).toEqual([]);
      expect(await store.scan(table, `${OTHER}/`, null, 10)).toHaveLength(1);
    }
  });

  it('an erased account’s mailbox does not come back, and its devices’ names are taken off what they brought to others', async () => {
    const on = await fresh();
    const { db, store } = on;
    await store.make(OTHER, 'bob', keysOf(2), 1e6);
    for (const device of ['laptop', 'phone']) await pair(on, 'alice', device);
    await pair(on, 'bob', 'desk');
    for (const [at, device] of ['laptop', 'desk', 'phone', 'desk'].entries()) await brought(store, device, OTHER, at);
    await brought(store, 'laptop', BOX, 9);
    const told: object[] = [];
    for await (const row of mailboxExporter.rows(db.sql, 'alice')) told.push(row);
    expect(told.slice(1)).toEqual(
      expect.arrayContaining([
        { mailbox: OTHER, device: 'laptop', lane: 2, position: 7 },
        { mailbox: OTHER, device: 'phone', lane: 2, position: 7 },
        { mailbox: BOX, device: 'laptop', lane: 2, position: 7 },
      ]),
    );
    expect(told).toHaveLength(4);
    await db.sql.transaction().execute(async (sql) => {
      await mailboxEraser.erase(sql, 'alice');
      await sql.deleteFrom('device').where('account', '=', 'alice').execute();
    });
    await store.unremove(BOX);
    expect(await store.state(BOX)).toMatchObject({ account: '', deletedMs: 0 });
    await store.retire(30 * DAY_MS);
    expect(await store.state(BOX)).toBeNull();
    expect(await froms(store, OTHER)).toEqual([null, peerOf('desk'), null, peerOf('desk')]);
    const left = await db.sql.selectFrom('record').select('name').execute();
    expect(left.map(({ name }) => name).toSorted()).toEqual(['cursor', 'hole', 'hole', 'hole', 'hole']);
    expect((await store.scan(CURSOR_TABLE, '', null, 10)).map(({ key }) => key)).toEqual([`${OTHER}/${peerOf('desk')}/2`]);
  });
}
