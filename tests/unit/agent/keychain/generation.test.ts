/** C44: a start of the same store is known from a start of a copy or of an older one, whatever crash came before. */
import { openGeneration } from '@leanvibe/agent/internal/keychain/generation';
import type { Secrets } from '@leanvibe/agent/internal/keychain/secrets';
import { createMemoryStore, type MemoryStore } from '@leanvibe/core/internal/memory/store';
import { describe, expect, it } from 'vitest';
import { chance, nodeHashing } from '../../../help/store-things.js';

type Beside = Pick<Secrets, 'get' | 'set'> & { value: Uint8Array | null };
const beside = (value: Uint8Array | null = null): Beside => ({
  value,
  get: async function () {
    return this.value;
  },
  set: async function (_name, next) {
    this.value = next;
  },
});
const newStore = (from?: MemoryStore): MemoryStore =>
  createMemoryStore({
    hashing: nodeHashing,
    random: chance,
    ...(from === undefined ? {} : { from: { image: from.image(), as: 'same' as const } }),
  });
const start = async (store: MemoryStore, secrets: Beside): ReturnType<typeof openGeneration> =>
  await openGeneration({ store, secrets, random: chance });

describe('C44 the store generation', () => {
  it('counts the starts of one store', async () => {
    const [store, secrets] = [newStore(), beside()];
    for (let number = 1; number <= 5; number++) expect(await start(store, secrets)).toMatchObject({ verdict: 'same', number });
  });

  it('notices an older copy, a copy that ran elsewhere, a lost store and a lost key', async () => {
    const [store, secrets] = [newStore(), beside()];
    await start(store, secrets);
    const older = newStore(store);
    await start(store, secrets);
    expect((await start(older, secrets)).verdict).toBe('clone-or-restored');
    const [copy, copiedSecrets] = [newStore(store), beside(secrets.value)];
    await start(copy, copiedSecrets);
    await start(store, secrets);
    expect((await start(copy, secrets)).verdict).toBe('clone-or-restored');
    expect((await start(store, copiedSecrets)).verdict).toBe('clone-or-restored');
    expect((await start(newStore(), secrets)).verdict).toBe('clone-or-restored');
    expect((await start(store, beside())).verdict).toBe('clone-or-restored');
    expect((await start(store, secrets)).verdict).toBe('same');
  });

  it('says it again until it is settled', async () => {
    const [store, secrets] = [newStore(), beside()];
    await start(store, secrets);
    const lost = newStore();
    const first = await start(lost, secrets);
    const second = await start(lost, secrets);
    expect([first.verdict, second.verdict]).toEqual(['clone-or-restored', 'clone-or-restored']);
    await second.settle();
    expect((await start(lost, secrets)).verdict).toBe('same');
  });

  it('is the same store after a crash between any two steps', async () => {
    for (const starts of [0, 1, 3]) {
      for (const lastStep of [0, 1, 2]) {
        const [store, secrets] = [newStore(), beside()];
        for (let number = 0; number < starts; number++) await start(store, secrets);
        let steps = 0;
        const step = async (work: () => Promise<unknown>): Promise<void> => {
          if (steps++ >= lastStep) throw new Error('the power went');
          await work();
        };
        const crashing = openGeneration({
          random: chance,
          store: { get: (table, key) => store.get(table, key), commit: async (batch) => (await step(() => store.commit(batch)), []) },
          secrets: { get: (name) => secrets.get(name), set: (name, value) => step(() => secrets.set(name, value)) },
        });
        await expect(crashing).rejects.toThrow('the power went');
        expect((await start(store, secrets)).verdict).toBe('same');
        expect((await start(store, secrets)).verdict).toBe('same');
      }
    }
  });
});
