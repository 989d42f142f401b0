/** What a large space costs: few full frames the first time, a handful of messages afterwards. Times are printed, never judged. */
import { expect, test } from 'vitest';
import { createDice, createWorld, entryIdOf, makeSealed, nextName, SPACE, type World } from './world.js';

const ENTRIES = 10_000;
const ENTRY_BYTES = 1_400;

interface Cost {
  readonly messages: number;
  readonly bytes: number;
  readonly items: number;
  readonly ms: number;
}

async function cost(world: World, name: string, run: () => void): Promise<Cost> {
  world.taps.length = 0;
  const from = performance.now();
  run();
  await world.settle(false);
  const ms = performance.now() - from;
  const bytes = world.taps.reduce((sum, tap) => sum + tap.bytes, 0);
  const items = world.taps.reduce(
    (sum, { message }) => sum + (message.type === 'entries' || message.type === 'loose' ? message.items.length : 0),
    0,
  );
  process.stdout.write(`${name}: ${world.taps.length} messages, ${bytes} bytes, ${items} entries, ${ms.toFixed(0)} ms\n`);
  return { messages: world.taps.length, bytes, items, ms };
}

async function write(world: World, name: string, count: number): Promise<void> {
  const made = Array.from({ length: count }, () => makeSealed(2, nextName(), ENTRY_BYTES - 58));
  const entries = made.map((sealed) => ({ space: SPACE, lane: 2 as const, entryId: entryIdOf(sealed), sealed, from: null }));
  await world.node(name).store.commit({ entries });
}

test('P11 C26 C28: 10,000 entries come in few full frames; 10 changed ones cost what 10 entries cost', { timeout: 60_000 }, async () => {
  const world = createWorld(['a', 'b'], { dice: createDice(1) });
  await write(world, 'a', ENTRIES);
  const first = await cost(world, 'first sync of 10,000', () => world.connect('a', 'b'));
  expect(first.items).toBe(ENTRIES);
  expect(first.messages).toBeLessThanOrEqual(40);
  expect(first.bytes).toBeLessThan(ENTRIES * ENTRY_BYTES * 1.01);
  world.disconnect('a', 'b');
  await world.settle();
  const quiet = await cost(world, 'reconnect, nothing changed', () => world.connect('a', 'b'));
  expect(quiet).toMatchObject({ messages: 4, items: 0 });
  world.disconnect('a', 'b');
  await world.settle();
  await write(world, 'a', 10);
  const some = await cost(world, 'reconnect, 10 of 10,000 changed', () => world.connect('a', 'b'));
  expect(some.items).toBe(10);
  expect(some.messages).toBeLessThanOrEqual(6);
  expect(some.bytes).toBeLessThan(16_000);
});

test('P11 C27: the same 10 of 10,000 without cursors cost O(k log N)', { timeout: 60_000 }, async () => {
  const world = createWorld(['a', 'b'], { dice: createDice(1) });
  await write(world, 'a', ENTRIES);
  world.connect('a', 'b');
  await world.settle();
  world.restore('b', world.node('b').store.image(), 'restored');
  const keys = (await world.node('b').store.scan('cursor', '', null, 10)).map(({ key }) => ({ table: 'cursor', key }));
  await world.node('b').store.commit({ remove: keys });
  await write(world, 'a', 10);
  const lost = await cost(world, 'reconnect without cursors, 10 of 10,000 changed', () => world.connect('a', 'b'));
  expect(lost.items).toBe(10);
  expect(lost.bytes).toBeLessThan(80_000);
  expect(await world.ids('a')).toEqual(await world.ids('b'));
});
