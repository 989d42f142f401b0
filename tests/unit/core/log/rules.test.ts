/** The rules of one conversation, with two honest nodes. */
import { LANES } from '@leanvibe/core/internal/ports/store';
import { expect, test } from 'vitest';
import { createDice, createWorld, entryIdOf, flush, makeSealed, nextName, SPACE, type Tap, type World } from './world.js';

function pair(): World {
  return createWorld(['a', 'b'], { dice: createDice(5) });
}

async function fill(world: World, name: string, count: number, lane: 0 | 1 | 2 = 2): Promise<readonly Uint8Array[]> {
  const made = Array.from({ length: count }, () => makeSealed(lane, nextName()));
  for (const sealed of made) await world.append(name, lane, sealed);
  return made;
}

function kinds(taps: readonly Tap[], from: string): readonly string[] {
  return taps.filter((tap) => tap.from === from).map((tap) => tap.message.type);
}

function itemsOf(taps: readonly Tap[]): number {
  return taps.reduce((sum, { message }) => sum + (message.type === 'entries' || message.type === 'loose' ? message.items.length : 0), 0);
}

test('C26 P11: a second session with nothing changed is two messages each way and moves no entry', async () => {
  const world = pair();
  await fill(world, 'a', 30);
  await fill(world, 'b', 20, 1);
  world.connect('a', 'b');
  await world.settle();
  world.disconnect('a', 'b');
  await world.settle();
  world.taps.length = 0;
  world.connect('a', 'b');
  await world.settle();
  expect(kinds(world.taps, 'a')).toEqual(['heads', 'cursors']);
  expect(kinds(world.taps, 'b')).toEqual(['heads', 'cursors']);
  expect(world.node('a').syncs.get('b')?.status()).toMatchObject({ phase: 'idle', idle: true, pendingIn: 0, pendingOut: 0 });
});

test('C26: lanes go in the order announcements, links, changes', async () => {
  const world = pair();
  for (const lane of [2, 1, 0] as const) await fill(world, 'a', 5, lane);
  world.connect('a', 'b');
  await world.settle();
  const lanes = world.taps.flatMap(({ from, message }) => (from === 'a' && message.type === 'entries' ? [message.lane] : []));
  expect(lanes).toEqual([0, 1, 2]);
});

test('C26 C28: an entry is not sent back to whom it came from, and its cursor passes it without an echo', async () => {
  const world = pair();
  world.connect('a', 'b');
  await world.settle();
  world.taps.length = 0;
  await fill(world, 'a', 1);
  await world.settle();
  expect(kinds(world.taps, 'a')).toEqual(['entries']);
  expect(kinds(world.taps, 'b')).toEqual(['stored']);
  await fill(world, 'b', 1);
  await world.settle();
  expect(itemsOf(world.taps)).toBe(2);
  for (const [name, other] of [
    ['a', 'b'],
    ['b', 'a'],
  ] as const) {
    expect(world.node(name).syncs.get(other)?.holds([0, 0, 2])).toBe(true);
    expect(world.node(name).syncs.get(other)?.holds([0, 0, 3])).toBe(false);
  }
});

test('C28: an unfinished commit is not acknowledged; entries and the cursor that passes them are one batch', async () => {
  const batches: { readonly entries: number; readonly cursors: number }[] = [];
  const world = createWorld(['a', 'b'], {
    dice: createDice(5),
    onCommitted: (node, batch) =>
      void (node.name === 'b' && batches.push({ entries: batch.entries?.length ?? 0, cursors: batch.put?.length ?? 0 })),
  });
  world.connect('a', 'b');
  await world.settle();
  batches.length = 0;
  world.node('b').gated = true;
  await fill(world, 'a', 3);
  for (let round = 0; round < 20; round++) {
    await flush();
    for (const pipe of world.loaded()) world.deliver(pipe);
  }
  expect(world.taps.filter((tap) => tap.message.type === 'stored')).toEqual([]);
  expect(world.node('a').syncs.get('b')?.holds([0, 0, 1])).toBe(false);
  await world.settle();
  expect(batches[0]).toMatchObject({ cursors: 1 });
  expect(batches.every((batch) => batch.entries > 0 && batch.cursors === 1)).toBe(true);
  expect(world.node('a').syncs.get('b')?.holds([0, 0, 3])).toBe(true);
});

test('C28: more than 64 entries of third parties are offered by id, and only the lacking ones are sent', async () => {
  const world = createWorld(['a', 'b', 'c'], { dice: createDice(5) });
  world.connect('a', 'b');
  world.connect('b', 'c');
  await fill(world, 'a', 1);
  await world.settle();
  world.disconnect('b', 'c');
  const made = await fill(world, 'a', 100);
  await world.settle();
  for (const sealed of made.slice(0, 60)) await world.append('c', 2, sealed); // c got most of them elsewhere
  world.taps.length = 0;
  world.connect('b', 'c');
  await world.settle();
  const fromB = world.taps.filter((tap) => tap.from === 'b');
  expect(fromB.flatMap(({ message }) => (message.type === 'offer' ? [message.ids.length] : []))).toEqual([100]);
  expect(itemsOf(fromB)).toBe(40);
  expect(await world.ids('c')).toEqual(await world.ids('a'));
});

test('C28: an empty receiver is sent entries at once, without an offer', async () => {
  const world = createWorld(['a', 'b', 'c'], { dice: createDice(5) });
  await fill(world, 'a', 200);
  world.connect('a', 'b');
  await world.settle();
  world.connect('b', 'c');
  await world.settle();
  expect(world.taps.filter((tap) => tap.message.type === 'offer')).toEqual([]);
  expect(await world.ids('c')).toEqual(await world.ids('a'));
});

test('C26 P7: a store that went back without noticing is reported as rolled back, and gets its own entries again', async () => {
  const world = pair();
  await fill(world, 'a', 10);
  world.connect('a', 'b');
  await world.settle();
  const image = world.node('a').store.image();
  await fill(world, 'a', 5);
  await world.settle();
  const full = await world.ids('b');
  world.restore('a', image, 'same');
  await world.settle();
  await fill(world, 'a', 7); // higher than b's cursor, but another history
  world.connect('a', 'b');
  await world.settle();
  expect(world.node('b').reports).toContainEqual({ type: 'rolled-back', lane: 2, had: 15, has: 17 });
  expect(await world.ids('a')).toEqual(await world.ids('b'));
  expect(await world.ids('a')).toEqual(expect.arrayContaining([...full]));
});

test('C26 P7: a head below the cursor is reported as rolled back', async () => {
  const world = pair();
  await fill(world, 'a', 10);
  const image = world.node('a').store.image();
  await fill(world, 'a', 5);
  world.connect('a', 'b');
  await world.settle();
  world.restore('a', image, 'restored');
  await world.settle();
  world.connect('a', 'b');
  await world.settle();
  expect(world.node('b').reports).toContainEqual({ type: 'rolled-back', lane: 2, had: 15, has: 10 });
  expect((await world.ids('a')).length).toBe(15);
});

test('C26: losing the repair half way does not lose the entries it was to bring home', async () => {
  const world = pair();
  await fill(world, 'a', 100);
  const image = world.node('a').store.image();
  await fill(world, 'a', 40);
  world.connect('a', 'b');
  await world.settle();
  world.restore('a', image, 'restored');
  await world.settle();
  world.connect('a', 'b');
  // b has reconciled with the new store and saved that cursor, but sent nothing back yet.
  for (
    let round = 0;
    round < 50 &&
    !world.taps.some((tap) => tap.from === 'b' && tap.message.type === 'cursors' && tap.message.store === world.node('a').store.id);
    round++
  ) {
    await flush();
    for (const pipe of world.loaded()) if (pipe === 'a>b' || world.taps.at(-1)?.message.type !== 'offer') world.deliver(pipe);
  }
  world.disconnect('a', 'b');
  await world.settle();
  world.connect('a', 'b');
  await world.settle();
  expect((await world.ids('a')).length).toBe(140);
});

test('C27 P11: without cursors, ten different entries of two thousand cost a few control frames, each way', async () => {
  const world = pair();
  const common = Array.from({ length: 2_000 }, () => makeSealed(2, nextName()));
  for (const name of ['a', 'b']) {
    const entries = common.map((sealed) => ({ space: SPACE, lane: 2 as const, entryId: entryIdOf(sealed), sealed, from: null }));
    await world.node(name).store.commit({ entries });
  }
  await fill(world, 'a', 10);
  await fill(world, 'b', 10);
  world.connect('a', 'b');
  await world.settle();
  expect(await world.ids('a')).toEqual(await world.ids('b'));
  expect(itemsOf(world.taps.filter((tap) => tap.from === 'a'))).toBe(10);
  expect(itemsOf(world.taps.filter((tap) => tap.from === 'b'))).toBe(10);
  const control = world.taps.reduce((sum, tap) => sum + (tap.message.type === 'loose' ? 0 : tap.bytes), 0);
  expect(control).toBeLessThan(60_000);
  expect(world.taps.length).toBeLessThan(40);
});

test('C27: a reconciliation that was cut goes on where it was: what was fetched is not fetched again', async () => {
  const world = pair();
  await fill(world, 'a', 1_500);
  await fill(world, 'b', 1_500);
  world.connect('a', 'b');
  const loose = (): number =>
    world.taps.reduce((sum, { from, message }) => sum + (from === 'a' && message.type === 'loose' ? message.items.length : 0), 0);
  for (let round = 0; round < 500 && (await world.ids('b')).length < 2_000; round++) {
    await flush();
    for (const pipe of world.loaded()) world.deliver(pipe);
  }
  const before = loose();
  expect(before).toBeLessThan(1_500);
  world.disconnect('a', 'b');
  await world.settle();
  const had = (await world.ids('b')).length - 1_500;
  expect(had).toBeGreaterThan(400);
  world.connect('a', 'b');
  await world.settle();
  expect(loose() - before).toBe(1_500 - had);
  expect(await world.ids('a')).toEqual(await world.ids('b'));
});

test('C29 P9: the window of unacknowledged data is never passed', async () => {
  const world = pair();
  for (let at = 0; at < 30; at++) await world.append('a', 2, makeSealed(2, nextName(), 250_000));
  world.node('b').gated = true;
  world.connect('a', 'b');
  for (let round = 0; round < 200; round++) {
    await flush();
    for (const pipe of world.loaded()) world.deliver(pipe);
    if (world.taps.every((tap) => tap.message.type !== 'entries')) world.release('b');
  }
  const sent = world.taps.reduce(
    (sum, { message }) => sum + (message.type === 'entries' ? message.items.reduce((all, item) => all + item.length, 0) : 0),
    0,
  );
  expect(sent).toBeGreaterThan(3 * 1024 * 1024);
  expect(sent).toBeLessThanOrEqual(4 * 1024 * 1024);
  await world.settle();
  expect((await world.ids('b')).length).toBe(30);
});

test('P9: while the network takes nothing, nothing is handed to it; then it all goes', async () => {
  const world = pair();
  let open = false;
  await fill(world, 'a', 50);
  world.connect('a', 'b', { canSend: () => open });
  await world.settle();
  expect(kinds(world.taps, 'a')).toEqual([]);
  open = true;
  world.node('a').syncs.get('b')?.drained();
  await world.settle();
  expect((await world.ids('b')).length).toBe(50);
});

test('P3 C28: a full disk stops acknowledging, says so, goes on sending, and recovers by itself', async () => {
  const world = pair();
  world.connect('a', 'b');
  await world.settle();
  world.node('b').full = 3;
  const sync = world.node('a').syncs.get('b');
  await world.append('a', 2, makeSealed(2, nextName()));
  await world.settle(false);
  expect(world.node('b').reports).toEqual([{ type: 'store-full' }]);
  expect(world.node('b').syncs.get('a')?.status().phase).toBe('stalled');
  expect(sync?.holds([0, 0, 1])).toBe(false);
  await world.settle();
  expect(world.node('b').reports).toEqual([{ type: 'store-full' }, { type: 'store-recovered' }]);
  expect(sync?.holds([0, 0, 1])).toBe(true);
});

test('C25: at level 0 only announcements are sent, and nothing is taken unless asked for', async () => {
  const world = pair();
  for (const lane of LANES) await fill(world, 'a', 2, lane);
  await fill(world, 'b', 3, 0);
  await fill(world, 'b', 3, 2);
  world.connect('a', 'b', { level: 0 });
  await world.settle();
  expect(await world.node('b').store.ids(SPACE, 0)).toHaveLength(5);
  expect(await world.node('b').store.ids(SPACE, 2)).toHaveLength(3);
  expect((await world.ids('a')).length).toBe(6);
  expect(world.taps.some((tap) => tap.from === 'a' && 'lanes' in tap.message && tap.message.lanes.some((one) => one.lane > 0))).toBe(false);
});

test('C25: a raised level opens the other lanes in the same conversation; a lowered one shuts them at once', async () => {
  const world = pair();
  for (const lane of LANES) await fill(world, 'a', 2, lane);
  await fill(world, 'b', 3);
  world.connect('a', 'b', { level: 0, acceptAnnouncements: true });
  await world.settle();
  expect((await world.ids('b')).length).toBe(5);
  world.node('a').syncs.get('b')?.setLevel(1);
  await world.settle();
  expect(await world.ids('a')).toEqual(await world.ids('b'));
  world.node('a').syncs.get('b')?.setLevel(0);
  await fill(world, 'a', 1);
  await fill(world, 'b', 1);
  await world.settle();
  expect((await world.ids('a')).length).toBe(10);
  expect((await world.ids('b')).length).toBe(10);
  expect(world.node('a').reports).toEqual([{ type: 'refused', reason: 'not-accepted-from', count: 1 }]);
});

test('C25 C13: lowered while it waits for the answer to an offer, it still sends the announcement that lowered it', async () => {
  const world = createWorld(['a', 'b', 'c'], { dice: createDice(5) });
  world.connect('a', 'b');
  world.connect('a', 'c');
  await fill(world, 'a', 1);
  await world.settle();
  world.disconnect('a', 'b');
  await fill(world, 'c', 100);
  await world.settle();
  world.taps.length = 0;
  world.connect('a', 'b', {}, { acceptAnnouncements: true });
  for (let round = 0; round < 200 && !world.taps.some((tap) => tap.from === 'a' && tap.message.type === 'offer'); round++) {
    await flush();
    for (const pipe of world.loaded()) world.deliver(pipe);
  }
  expect(kinds(world.taps, 'a')).toContain('offer');
  await fill(world, 'a', 1, 0);
  world.node('a').syncs.get('b')?.setLevel(0);
  world.node('b').syncs.get('a')?.setLevel(0);
  await world.settle();
  expect(await world.node('b').store.ids(SPACE, 0)).toHaveLength(1);
});

test('C29 C45: bytes that were lost are fetched again by id; what the peer lacks is reported as missing', async () => {
  const world = pair();
  const [first, second] = await fill(world, 'a', 2);
  world.connect('a', 'b');
  await world.settle();
  const lost = entryIdOf(first as Uint8Array);
  const unknown = entryIdOf(makeSealed(2, nextName()));
  await world.node('b').store.commit({ prune: [{ space: SPACE, entryId: lost }] });
  world.node('b').syncs.get('a')?.fetch(2, [lost, unknown]);
  await world.settle();
  expect((await world.node('b').store.entry(SPACE, lost))?.sealed).toEqual(first);
  expect(world.node('b').reports).toEqual([{ type: 'missing', lane: 2, ids: [unknown] }]);
  expect((await world.node('b').store.entry(SPACE, entryIdOf(second as Uint8Array)))?.position).toBe(2);
});

test('C27 C29, predicate 3: what reconciliation cannot get is remembered as a hole and filled by the next peer that has it', async () => {
  const world = createWorld(['a', 'b', 'c'], { dice: createDice(5) });
  const [lost] = await fill(world, 'a', 3);
  world.connect('a', 'c');
  await world.settle();
  await fill(world, 'b', 1);
  const entryId = entryIdOf(lost as Uint8Array);
  await world.node('a').store.commit({ prune: [{ space: SPACE, entryId }] });
  world.connect('a', 'b');
  await world.settle();
  expect(world.node('b').reports).toEqual([{ type: 'hole', lane: 2, ids: [entryId] }]);
  expect(await world.node('b').store.has(SPACE, [entryId])).toEqual([false]);
  world.disconnect('a', 'b');
  await world.settle();
  world.connect('b', 'c');
  await world.settle();
  expect((await world.node('b').store.entry(SPACE, entryId))?.sealed).toEqual(lost);
  expect(await world.node('b').store.scan('hole', '', null, 10)).toEqual([]);
});

test('P3: close saves the cursor that moved without a commit', async () => {
  const world = pair();
  world.connect('a', 'b');
  await world.settle();
  await fill(world, 'a', 4);
  await world.settle(false); // no timer has run
  world.disconnect('a', 'b');
  await world.settle(false);
  world.taps.length = 0;
  world.connect('a', 'b');
  await world.settle(false);
  expect(world.taps.map((tap) => tap.message.type).sort()).toEqual(['cursors', 'cursors', 'heads', 'heads']);
});
