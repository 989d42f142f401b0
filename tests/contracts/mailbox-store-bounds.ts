/** The part of the mailbox contract about what one account may have: mailboxes, past keys, accounts listed. All of it is read or counted often. */
import { LISTED_MAX, type MailboxStore, PAST_KEPT } from '@leanvibe/relay/internal/ports/mailbox-store';
import { expect, it } from 'vitest';
import { keysOf, mailboxOf } from '../help/relay-store.js';
import type { Fresh } from './mailbox-store.js';

const BOX = mailboxOf(100);
const OTHER = mailboxOf(101);

export function bounds(fresh: () => Promise<Fresh>): void {
  const told = (from: number, count: number): string[] => Array.from({ length: count }, (_, at) => keysOf(1_000 + from + at).readKey);
  const past = async (store: MailboxStore): Promise<readonly string[]> => (await store.state(BOX))?.pastReadKeys ?? [];

  it('an account makes as many mailboxes as it may, deleted ones counted, and is told of an id that is taken before that', async () => {
    const { store } = await fresh();
    expect(await store.make(OTHER, 'alice', keysOf(2), 2)).toBe('made');
    await store.remove(OTHER);
    expect(await store.make(mailboxOf(102), 'alice', keysOf(3), 2)).toBe('too-many');
    expect(await store.make(OTHER, 'alice', keysOf(2), 2)).toBe('taken');
    expect(await store.make(mailboxOf(102), 'bob', keysOf(3), 2)).toBe('made');
  });

  it('C31 of the past read keys the newest are kept: those that ended here, and those the owner told', async () => {
    const { store, clock } = await fresh();
    for (let at = 0; at < PAST_KEPT; at += 32) {
      await store.addPast(BOX, told(at, 32), 'owner');
      await clock.advance(1_000);
    }
    expect(await past(store)).toHaveLength(PAST_KEPT);
    await store.rekey(BOX, keysOf(1).readKey, keysOf(2));
    await clock.advance(1_000);
    await store.addPast(BOX, told(600, 2), 'owner');
    await store.addPast(BOX, told(33, 1), 'owner');
    const kept = await past(store);
    expect(kept).toHaveLength(PAST_KEPT);
    expect(kept.slice(-4)).toEqual(expect.arrayContaining([keysOf(1).readKey, ...told(600, 2), ...told(33, 1)]));
    expect(told(0, 32).filter((key) => !kept.includes(key))).toEqual(told(29, 3)); // the last of a list are the oldest
    await store.addPast(OTHER, told(0, 1), 'owner');
    expect(await store.state(OTHER)).toBeNull();
  });

  it('C31 what a listed account tells displaces no key, and leaves the owner room', async () => {
    const { store, clock } = await fresh();
    await store.addPast(BOX, told(0, 10), 'owner');
    for (let at = 0; at < PAST_KEPT; at += 32) {
      await clock.advance(1_000);
      await store.addPast(BOX, told(1_000 + at, 32), 'listed');
    }
    await store.addPast(BOX, told(0, 1), 'listed'); // nor makes it newer
    expect(await past(store)).toHaveLength(PAST_KEPT / 2);
    await clock.advance(1_000);
    await store.addPast(BOX, told(100, 32), 'owner');
    expect(await past(store)).toEqual(expect.arrayContaining([...told(0, 10), ...told(100, 32)]));
  });

  it('a mailbox lists so many accounts and no more, and another once one of them is unlisted', async () => {
    const { db, store } = await fresh();
    const listed = Array.from({ length: LISTED_MAX - 1 }, (_, at) => ({ mailbox: BOX, account: `a${at}` }));
    await db.sql.insertInto('listed').values(listed).execute();
    expect(await store.setListed(BOX, 'last', true)).toBe(true);
    expect(await store.setListed(BOX, 'last', true)).toBe(true);
    expect(await store.setListed(BOX, 'more', true)).toBe(false);
    expect(await store.setListed(BOX, 'a0', false)).toBe(true);
    expect(await store.setListed(BOX, 'more', true)).toBe(true);
    expect((await store.state(BOX))?.listed).toHaveLength(LISTED_MAX);
  });
}
