/** The store contract over memory and over the agent's SQLite. */
import { createMemoryStore, type MemoryStore } from '@leanvibe/core/internal/memory/store';
import type { Store } from '@leanvibe/core/internal/ports/store';
import { afterAll } from 'vitest';
import { chance, nodeHashing, openAt, temporaryFolder } from '../help/store-things.js';
import { storeContract } from './store.js';

const folder = temporaryFolder('contract');
afterAll(() => folder.remove());
const paths = new Map<Store, string>();
let made = 0;

storeContract({
  name: 'memory',
  make: async () => createMemoryStore({ hashing: nodeHashing, random: chance }),
  reopen: async (store) =>
    createMemoryStore({ hashing: nodeHashing, random: chance, from: { image: (store as MemoryStore).image(), as: 'same' } }),
});

storeContract({
  name: 'SQLite',
  make: async () => {
    const path = `${folder.path}/${made++}/store.db`;
    const store = await openAt(path);
    paths.set(store, path);
    return store;
  },
  reopen: async (store) => await openAt(paths.get(store) ?? ''),
});
