/** What one account or device may ask of a relay, however it asks: rows, openings and entries come at a pace, and no crowd passes a quota. */
import { describe, expect, test } from 'vitest';
import { createVirtualClock, type VirtualClock } from '../../../help/clock.js';
import { createRelayMemory, type RelayMemory } from '../../../help/relay-memory.js';
import { mailboxOf } from '../../../help/relay-store.js';
import { epochKeys, settled, visitedRelay, type VisitedRelay } from '../../../help/relay-visit.js';
import { chance } from '../../../help/store-things.js';

const BOX = mailboxOf(1);

async function stage(): Promise<{ readonly clock: VirtualClock; readonly store: RelayMemory; readonly relay: VisitedRelay }> {
  const clock = createVirtualClock();
  const store = createRelayMemory(chance);
  await store.make(BOX, 'ana', epochKeys(BOX, 1), 1);
  return { clock, store, relay: visitedRelay(store, clock) };
}

describe('a flood from one account', () => {
  test('of makings sent at once makes as many mailboxes as the account may have', async () => {
    const { relay, store } = await stage();
    const visit = await relay.enter('bob/laptop');
    for (let at = 0; at < 200; at++) visit.make(at, mailboxOf(100 + at), 1);
    await settled();
    expect((await store.usage('bob')).mailboxes).toBe(20);
    expect(visit.refusals()).toEqual(Array.from({ length: 180 }, () => 'quota-mailboxes'));
  });

  test('of listings writes 30 rows a minute after the first, by however many devices, and who lets hundreds wait is sent away', async () => {
    const { clock, relay } = await stage();
    const visits = [await relay.enter('ana/laptop'), await relay.enter('ana/phone')];
    for (const visit of visits) visit.attach(1, BOX, 1);
    await settled();
    for (let at = 0; at < 400; at++) visits[at % 2]?.say({ type: 'list', slot: 1, account: `a${at}`, listed: 1 });
    await settled();
    expect(relay.acts).toHaveLength(276);
    await clock.advance(60_000);
    expect(relay.acts).toHaveLength(306);
    expect(visits.flatMap(({ closed }) => closed)).toEqual([]);
    for (let at = 0; at < 300; at++) visits[0]?.say({ type: 'list', slot: 1, account: 'x', listed: 1 });
    await settled();
    expect(visits.map(({ closed }) => closed)).toEqual([['too-many'], []]);
  });

  test('of openings with false proofs leaves no more rows in the audit trail than other acts do', async () => {
    const { relay } = await stage();
    const visit = await relay.enter('bob/laptop');
    for (let slot = 0; slot < 1_000; slot++) {
      const read = visit.prove(BOX, 1, 'remove'); // not what it is asked for
      visit.say({ type: 'attach', slot, mailbox: BOX, read, append: null });
    }
    await settled();
    expect(relay.acts).toHaveLength(276);
  });

  test('of openings waits once a device opened twice what one connection may hold', async () => {
    const { clock, relay } = await stage();
    const visit = await relay.enter('ana/laptop');
    const open = async (count: number): Promise<void> => {
      for (let at = 0; at < count; at++) {
        visit.attach(1, BOX, 1);
        await settled();
        visit.say({ type: 'leave', slot: 1 });
      }
    };
    const paces = relay.deps.meter.paces({
      account: 'ana',
      device: 'laptop',
      kind: 'mac_agent',
      quota: (await relay.door.admit('ana/laptop'))?.quota ?? never(),
    });
    await paces.opens.take(2 * 4_096 - 2);
    await open(3);
    const opened = (): number => visit.said.filter(({ type }) => type === 'attached').length;
    expect(opened()).toBe(2);
    visit.attach(2, BOX, 1);
    await clock.advance(200);
    expect(opened()).toBe(3);
  });
});

function never(): never {
  throw new Error('everybody is admitted');
}
