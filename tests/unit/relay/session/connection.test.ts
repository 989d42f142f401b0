/** A connection of a device, word by word: what it may leave here before it is known, what ends with it, and whose slot is whose. */
import { createSpaceSync, type SpaceSync } from '@leanvibe/core/internal/log/sync';
import { createMemoryStore } from '@leanvibe/core/internal/memory/store';
import type { Caller } from '@leanvibe/relay/internal/ports/caller';
import type { EntryId } from '@leanvibe/protocol/ids';
import { PIPE_BYTES_MAX } from '@leanvibe/protocol/limits';
import { relayUp } from '@leanvibe/protocol/relay';
import { encode } from '@leanvibe/protocol/shape';
import { describe, expect, test } from 'vitest';
import { createVirtualClock, type VirtualClock } from '../../../help/clock.js';
import { createRelayMemory, type RelayMemory } from '../../../help/relay-memory.js';
import { mailboxOf, spaceIn } from '../../../help/relay-store.js';
import { epochKeys, settled, type Visit, visitedRelay, type VisitedRelay } from '../../../help/relay-visit.js';
import { newShared, sealedOf } from '../../../help/relay-client.js';
import { bytesOf, chance, deviceOf, entryOf, nodeHashing, silent } from '../../../help/store-things.js';

const BOX = mailboxOf(1);
const OTHER = mailboxOf(2);
const KINDS = ['attached', 'stale', 'refused', 'done'];

interface Stage {
  readonly clock: VirtualClock;
  readonly store: RelayMemory;
  readonly relay: VisitedRelay;
}

async function stage(slow: Partial<RelayMemory> = {}): Promise<Stage> {
  const clock = createVirtualClock();
  const memory = createRelayMemory(chance);
  for (const box of [BOX, OTHER]) await memory.make(box, 'ana', epochKeys(box, 1), 1e6);
  const store = { ...memory, ...slow };
  return { clock, store, relay: visitedRelay(store, clock) };
}

describe('a connection', () => {
  test('keeps of a stranger 256 KiB at most before it is known', async () => {
    const { relay } = await stage();
    const stranger = relay.visit();
    const large = encode(relayUp, { type: 'data', slot: 1, bytes: new Uint8Array(PIPE_BYTES_MAX) });
    for (let at = 0; at < 4; at++) stranger.frame(large);
    expect(relay.counted).toEqual([]);
    stranger.frame(large);
    expect(relay.counted).toEqual(['malformed']);
    for (let at = 0; at < 20; at++) stranger.frame(large);
    expect(stranger.closed).toEqual(['malformed']);
  });

  test('that ended while its device was looked at asks nothing more', async () => {
    const { clock, relay } = await stage();
    const visit = await relay.enter('ana/laptop');
    let answer = (_caller: Caller | null): void => undefined;
    const known = await relay.door.admit('ana/laptop');
    relay.door.admit = () => new Promise((resolve) => (answer = resolve));
    await clock.advance(61_000);
    expect(relay.door.asked).toBe(2);
    await visit.leave();
    answer(known);
    await clock.advance(600_000);
    expect(relay.door.asked).toBe(2);
  });

  const uploading = async (): Promise<Stage & { readonly visit: Visit; readonly sync: SpaceSync }> => {
    const on = await stage();
    const visit = await on.relay.enter('ana/laptop');
    const caller = await on.relay.door.admit('ana/laptop');
    if (caller === null) throw new Error('everybody is admitted');
    await on.relay.deps.meter.paces(caller).appends.take(1_024);
    const mine = createMemoryStore({ hashing: nodeHashing, random: chance });
    await mine.commit({ entries: [1, 2, 3].map(() => entryOf(sealedOf(newShared()), { space: spaceIn(BOX) })) });
    const sync = createSpaceSync(
      { store: mine, hashing: nodeHashing, random: chance, clock: on.clock, logger: silent, commit: mine.commit },
      { space: spaceIn(BOX), peer: deviceOf(1), slotOut: 1, level: 1, send: visit.log, canSend: () => true, report: () => undefined },
    );
    visit.ear.hear = sync.onMessage;
    visit.attach(1, BOX, 1);
    await settled();
    sync.start();
    for (let at = 0; at < 10; at++) await settled();
    expect(await on.store.ids(spaceIn(BOX), 2)).toEqual([]);
    return { ...on, visit, sync };
  };

  test('whose device sent more than its share waits, and is given its turn', async () => {
    const { clock, store, sync } = await uploading();
    await clock.advance(2_000);
    expect(await store.ids(spaceIn(BOX), 2)).toHaveLength(3);
    await sync.close();
  });

  test('that ends while its entries wait for their turn waits for nothing, and keeps none of them', async () => {
    const { clock, store, sync, visit } = await uploading();
    await visit.leave();
    await sync.close();
    await clock.advance(60_000);
    expect(await store.ids(spaceIn(BOX), 2)).toEqual([]);
  });

  test('a slot that was left and taken for another mailbox at once is the other mailbox’s', async () => {
    const gates: (() => void)[] = [];
    const { relay, store } = await stage({
      run: () => new Promise((resolve) => gates.push(() => resolve({ name: store.id, storeId: store.id }))),
    });
    const visit = await relay.enter('ana/laptop');
    const waiting = gates.length;
    visit.attach(1, BOX, 1);
    visit.say({ type: 'leave', slot: 1 });
    visit.attach(1, OTHER, 2); // keys that are not its present ones
    await settled();
    const [first, second] = gates.slice(waiting);
    first?.();
    await settled();
    expect(visit.said.filter(({ type }) => KINDS.includes(type))).toEqual([]);
    second?.();
    await settled();
    expect(visit.said.filter(({ type }) => KINDS.includes(type))).toMatchObject([{ type: 'stale', slot: 1 }]);
    expect(relay.hub.count().mailboxes).toBe(0);
  });
});

describe('C31 keys that were renewed elsewhere, and nobody said so', () => {
  const wrote = async (): Promise<Stage & { readonly id: EntryId }> => {
    const on = await stage();
    const entry = entryOf(bytesOf(1), { space: spaceIn(BOX) });
    await on.store.commit({ entries: [entry] });
    return { ...on, id: entry.entryId };
  };

  test('within five seconds whoever is inside with the old ones is told the new ones, once, and hears announcements alone', async () => {
    const { clock, relay, store } = await wrote();
    const visit = await relay.enter('bob/laptop');
    visit.attach(1, BOX, 1);
    await settled();
    expect(visit.said.at(-1)).toMatchObject({ type: 'attached', level: 1, append: 1 });
    await store.rekey(BOX, epochKeys(BOX, 1).readKey, epochKeys(BOX, 2));
    await clock.advance(5_000);
    await clock.advance(30_000);
    expect(visit.said.filter(({ type }) => type === 'stale')).toHaveLength(1);
    await store.rekey(BOX, epochKeys(BOX, 2).readKey, epochKeys(BOX, 3));
    await clock.advance(5_000);
    expect(visit.said.filter(({ type }) => type === 'stale')).toHaveLength(2);
  });

  test('within five seconds whoever is inside a mailbox that was deleted is told', async () => {
    const { clock, relay, store } = await wrote();
    const visit = await relay.enter('bob/laptop');
    visit.attach(1, BOX, 1);
    await settled();
    await store.remove(BOX);
    await clock.advance(5_000);
    expect(visit.refusals()).toEqual(['unknown-mailbox']);
    expect(relay.hub.count().mailboxes).toBe(0);
  });

  test('a listed account that came in by the old append key prunes nothing with it', async () => {
    const { relay, store, id } = await wrote();
    await store.setListed(BOX, 'bob', true);
    const visit = await relay.enter('bob/laptop');
    visit.attach(1, BOX, 1);
    await settled();
    await store.rekey(BOX, epochKeys(BOX, 1).readKey, epochKeys(BOX, 2));
    visit.say({ type: 'prune', slot: 1, lane: 2, ids: [id] });
    await settled();
    expect(visit.refusals()).toEqual(['not-yours']);
    expect(await store.pruned(spaceIn(BOX), [id])).toEqual([false]);
    expect(relay.acts.map(({ act, outcome }) => `${act} ${outcome}`)).toEqual(['mailbox.prune refused']);
  });

  test('presence of whoever was lowered goes nowhere', async () => {
    const { clock, relay, store } = await wrote();
    const [bob, cyd] = [await relay.enter('bob/laptop'), await relay.enter('cyd/laptop')];
    bob.attach(1, BOX, 1);
    await settled();
    await store.rekey(BOX, epochKeys(BOX, 1).readKey, epochKeys(BOX, 2));
    cyd.attach(1, BOX, 2);
    await clock.advance(5_000);
    bob.say({ type: 'presence', slot: 1, sealed: new Uint8Array([1]) });
    cyd.say({ type: 'presence', slot: 1, sealed: new Uint8Array([2]) });
    await settled();
    expect([...bob.said, ...cyd.said].filter(({ type }) => type === 'presence')).toEqual([]);
  });
});
