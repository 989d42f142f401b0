/** What is too large for one entry: nothing is lost when its delivery fails, and what few bytes ask for is done a little at a time. */
import { nativeCrypto } from '@leanvibe/core/internal/crypto/node/native';
import { createLarge, type LargeDeps } from '@leanvibe/core/internal/engine/large';
import { createKeyRing } from '@leanvibe/core/internal/keys/ring';
import { signChange, sealChange } from '@leanvibe/core/internal/draft/change';
import { type Manifest } from '@leanvibe/core/internal/intake/manifest';
import { openEntry } from '@leanvibe/core/internal/intake/open';
import { createSealer } from '@leanvibe/core/internal/keys/entry';
import { createVault } from '@leanvibe/core/internal/keys/local';
import { createMemoryStore } from '@leanvibe/core/internal/memory/store';
import { StoreFull } from '@leanvibe/core/internal/ports/store';
import { type ChangeId, type DocumentId, type EntryId, type LinkId, makeId } from '@leanvibe/protocol/ids';
import { readSealed } from '@leanvibe/protocol/sealed';
import { describe, expect, test } from 'vitest';
import { createVirtualClock } from '../../../help/clock.js';
import { createRandom } from '../../../help/random.js';
import { SECRETS } from '../../../vectors/entries.js';
import { actor, madeId, pattern, SPACE } from '../../../vectors/kit.js';

function stage(more: Partial<LargeDeps> = {}) {
  const crypto = nativeCrypto();
  const random = createRandom('large');
  const store = createMemoryStore({ hashing: crypto, random });
  const space = SPACE;
  const ring = createKeyRing(crypto);
  ring.add(SECRETS);
  const delivered: string[] = [];
  const refused: string[] = [];
  const deps: LargeDeps = {
    clock: createVirtualClock(),
    crypto,
    store,
    ring,
    space,
    vault: createVault(crypto, store, random.bytes(32)),
    replicas: { inspect: () => Promise.resolve({ ok: false, error: 'malformed' }) } as unknown as LargeDeps['replicas'],
    knows: () => true,
    later: () => undefined,
    flush: () => Promise.resolve(),
    refuse: (_row, _lane, reason) => void refused.push(reason),
    onCheckpoint: () => undefined,
    onChanges: async (arrivals) => {
      for (const rows of arrivals.values()) for (const { row } of rows) delivered.push(row.id);
    },
    ...more,
  };
  return { deps, crypto, random, store, space, ring, delivered, refused, large: createLarge(deps) };
}

/** Its parts are in the store. */
async function largeChange(
  { crypto, store, ring }: Pick<ReturnType<typeof stage>, 'crypto' | 'store' | 'ring'>,
  name: string,
): Promise<{ readonly id: ChangeId; readonly entry: EntryId; readonly manifest: Manifest }> {
  const author = actor(crypto, name);
  const sealer = createSealer(crypto, SECRETS);
  const signed = signChange(crypto, author.keys, {
    space: SPACE,
    document: madeId<DocumentId>(name),
    device: author.device,
    addedBy: madeId<LinkId>('chain'),
    seq: 1,
    previous: null,
    dependencies: [],
    authHeads: [],
    crdt: 1,
    claims: [],
    payload: pattern(300_000),
    token: null,
  });
  const { entry, parts } = sealChange(sealer, signed);
  await store.commit({
    entries: parts.map((one) => ({ space: SPACE, lane: 2 as const, entryId: one.entryId, sealed: one.bytes, from: null })),
  });
  const outside = readSealed(entry.bytes);
  const opened = outside.ok ? openEntry(crypto, SPACE, ring.sealer(outside.value.epoch) ?? sealer, outside.value) : null;
  if (opened?.ok !== true || opened.value.type !== 'manifest') throw new Error('a large change without a manifest');
  return { id: signed.change.id, entry: entry.entryId, manifest: opened.value.manifest };
}

describe('large changes', () => {
  test('C19 P3 what could not be delivered is delivered by a later step, and so is what came behind it', async () => {
    let full = 1;
    const kept: string[] = [];
    const { large, ...rest } = stage({
      onChanges: async (arrivals) => {
        if (full-- > 0) throw new StoreFull();
        for (const rows of arrivals.values()) for (const { row } of rows) kept.push(row.id);
      },
    });
    const ids: string[] = [];
    for (const name of ['one', 'two']) {
      const made = await largeChange(rest, name);
      ids.push(made.id);
      large.add(made.entry, made.manifest, null);
    }
    await large.step(false);
    await expect(large.step(true)).rejects.toThrow(StoreFull);
    expect(large.busy()).toBe(true);
    while (large.busy()) await large.step(true);
    expect(kept.toSorted()).toEqual(ids.toSorted());
  });

  test('P9 C19 a thousand manifests of one part, named often, are looked at a few parts at a step', async () => {
    const rest = stage();
    const { large, store, refused } = rest;
    const made = await largeChange(rest, 'shared');
    const [part] = made.manifest.parts;
    let read = 0;
    const { entry } = store;
    Object.assign(store, {
      entry: (...args: Parameters<typeof entry>) => {
        read++;
        return entry(...args);
      },
    });
    const often = Array.from({ length: 70 }, () => part as EntryId);
    for (let at = 0; at < 1_000; at++)
      large.add(
        makeId<EntryId>(rest.random.bytes(32)),
        { ...made.manifest, parts: often, id: makeId<ChangeId>(rest.random.bytes(32)), bytes: 14_000_000 },
        null,
      );
    await large.step(false);
    expect(read).toBeLessThanOrEqual(2 * 70);
    expect(large.busy()).toBe(true);
    expect(refused.length).toBeLessThanOrEqual(2);
  });

  test('C19 a manifest whose part lost its bytes is whole once they are back, with nothing else coming', async () => {
    const rest = stage();
    const { large, store, space, delivered, deps } = rest;
    const made = await largeChange(rest, 'torn');
    const [part] = made.manifest.parts as [EntryId];
    const sealed = (await store.entry(space, part))?.sealed as Uint8Array;
    await store.commit({ prune: [{ space, entryId: part }] });
    large.add(made.entry, made.manifest, null);
    await large.step(false);
    expect([large.busy(), large.waiting()]).toEqual([false, 1]);
    await store.commit({ refill: [{ space, entryId: part, sealed }] });
    await (deps.clock as ReturnType<typeof createVirtualClock>).advance(10_000);
    while (large.busy()) await large.step(true);
    expect(delivered).toEqual([made.id]);
  });
});
