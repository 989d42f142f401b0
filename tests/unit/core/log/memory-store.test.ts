/** What the memory store has beyond the store contract: images to restart and restore from, and faults. */
import { createMemoryStore } from '@leanvibe/core/internal/memory/store';
import { StoreBroken, StoreFull } from '@leanvibe/core/internal/ports/store';
import { expect, test } from 'vitest';
import { ownEntry } from './script.js';
import { createDice, hashing, SPACE } from './world.js';

const { random } = createDice(2);

test('C26: a restart keeps the store id, a restore draws a new one, and an image never changes', async () => {
  const store = createMemoryStore({ hashing, random });
  await store.commit({ entries: [ownEntry(2)], put: [{ table: 't', key: 'k', value: Uint8Array.of(1) }] });
  const image = store.image();
  await store.commit({ entries: [ownEntry(2)], put: [{ table: 't', key: 'k', value: Uint8Array.of(2) }] });
  const same = createMemoryStore({ hashing, random, from: { image, as: 'same' } });
  const restored = createMemoryStore({ hashing, random, from: { image, as: 'restored' } });
  expect(same.id).toBe(store.id);
  expect(restored.id).not.toBe(store.id);
  for (const one of [same, restored]) {
    expect((await one.head(SPACE, 2)).position).toBe(1);
    expect(await one.get('t', 'k')).toEqual(Uint8Array.of(1));
  }
  await same.commit({ entries: [ownEntry(2)] });
  expect((await store.head(SPACE, 2)).position).toBe(2);
  expect((await restored.head(SPACE, 2)).position).toBe(1);
});

test('P3: a commit that finds the disk full keeps nothing, and the next one works', async () => {
  let full = true;
  const faults = {
    before(operation: 'commit' | 'read'): void {
      if (full && operation === 'commit') throw new StoreFull('no room');
    },
  };
  const store = createMemoryStore({ hashing, random, faults });
  const batch = { entries: [ownEntry(2)], put: [{ table: 't', key: 'k', value: Uint8Array.of(1) }] };
  await expect(store.commit(batch)).rejects.toBeInstanceOf(StoreFull);
  expect(await store.size()).toEqual({ entries: 0, bytes: 0 });
  expect(await store.get('t', 'k')).toBeNull();
  full = false;
  expect(await store.commit(batch)).toHaveLength(1);
  await store.close();
  await expect(store.head(SPACE, 2)).rejects.toBeInstanceOf(StoreBroken);
});

test('C28: the bytes given to a commit may be reused as soon as it returned its promise', async () => {
  let go = (): void => undefined;
  const store = createMemoryStore({
    hashing,
    random,
    faults: { before: (operation) => (operation === 'commit' ? new Promise((resolve) => (go = resolve)) : undefined) },
  });
  const entry = ownEntry(2);
  const before = entry.sealed.slice();
  const done = store.commit({ entries: [entry] });
  entry.sealed.fill(0);
  await Promise.resolve();
  go();
  await done;
  expect((await store.entry(SPACE, entry.entryId))?.sealed).toEqual(before);
});
