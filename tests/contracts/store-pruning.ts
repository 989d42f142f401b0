/** The part of the store contract about pruned rows: without bytes and without `from`, and otherwise like any other row. */
import { createMemoryStore } from '@leanvibe/core/internal/memory/store';
import { type Batch, type Lane, LANES, type NewEntry, type Store } from '@leanvibe/core/internal/ports/store';
import { type EntryId, type Hash, idBytes, makeId } from '@leanvibe/protocol/ids';
import { expect, it } from 'vitest';
import { createRandom } from '../help/random.js';
import { bytesOf, chance, deviceOf, entryIdOf, entryOf, nodeHashing, spaceOf } from '../help/store-things.js';

type Fresh = () => Promise<Store>;
type Reopen = (store: Store) => Promise<Store>;

const SPACE = spaceOf(0);
const ALL = { rows: 1_000_000, bytes: 1_000_000_000 };

function prefixes(ids: readonly EntryId[]): readonly Hash[] {
  const all = [makeId<Hash>(new Uint8Array(32))];
  for (const id of ids) all.push(makeId<Hash>(nodeHashing.sha256(Buffer.concat([idBytes(all.at(-1) as Hash), idBytes(id)]))));
  return all;
}

async function filled(store: Store, count: number): Promise<readonly NewEntry[]> {
  const entries = Array.from({ length: count }, (_, at) => entryOf(bytesOf(at, 40), { from: at % 3 === 0 ? null : deviceOf(at % 3) }));
  await store.commit({ entries });
  return entries;
}

/** Everything a store answers about one space. */
async function told(store: Store, ids: readonly EntryId[], space = SPACE): Promise<unknown> {
  const lanes = LANES.map(async (lane) => {
    const head = await store.head(space, lane);
    const rows = await store.rows(space, lane, 0, ALL);
    const hashes = await Promise.all(Array.from({ length: head.position + 2 }, (_, at) => store.prefixHash(space, lane, at)));
    return { head, rows: rows.map(plainly), hashes, ids: await store.ids(space, lane) };
  });
  return {
    lanes: await Promise.all(lanes),
    entries: (await Promise.all(ids.map((id) => store.entry(space, id)))).map((row) => (row === null ? null : plainly(row))),
    has: await store.has(space, ids),
    pruned: await store.pruned(space, ids),
    size: await store.size(),
  };
}

function plainly<Row extends { readonly sealed: Uint8Array | null }>(row: Row): object {
  return { ...row, sealed: row.sealed === null ? null : Buffer.from(row.sealed).toString('hex') };
}

export function pruning(fresh: Fresh, reopen: Reopen | null): void {
  it('C36 every read knows pruned rows, whichever they are', async () => {
    const store = await fresh();
    const entries = await filled(store, 700);
    const ids = entries.map((entry) => entry.entryId);
    const hashes = prefixes(ids);
    const gone = (at: number): boolean => (at >= 100 && at < 500) || at % 7 === 0 || at === 699;
    await store.commit({ prune: entries.filter((_, at) => gone(at)) });
    const rows = await store.rows(SPACE, 2, 0, ALL);
    expect(rows.map((row) => row.position)).toEqual(ids.map((_, at) => at + 1));
    rows.forEach((row, at) => {
      expect(row).toMatchObject({ entryId: ids[at], prefixHash: hashes[at + 1], from: gone(at) ? null : entries[at]?.from });
      expect(row.sealed === null).toBe(gone(at));
    });
    expect(await store.ids(SPACE, 2)).toEqual(ids);
    expect(await store.has(SPACE, [...ids, entryIdOf(bytesOf(9_999))])).toEqual([...ids.map(() => true), false]);
    expect(await store.pruned(SPACE, [...ids, entryIdOf(bytesOf(9_999))])).toEqual([...ids.map((_, at) => gone(at)), false]);
    for (const at of [0, 1, 99, 100, 255, 256, 499, 500, 698, 699])
      expect(await store.entry(SPACE, ids[at] as EntryId)).toMatchObject({ lane: 2, position: at + 1, prefixHash: hashes[at + 1] });
    expect(await store.has(spaceOf(1), ids.slice(0, 3))).toEqual([false, false, false]);
    expect(await store.size()).toEqual({ entries: 700, bytes: 40 * ids.filter((_, at) => !gone(at)).length });
  });

  it('C26 pages of rows go on across pruned ones and stop at their limits', async () => {
    const store = await fresh();
    const entries = await filled(store, 600);
    await store.commit({ prune: entries.filter((_, at) => at >= 10 && at < 590) });
    for (const rows of [1, 7, 255, 256, 257, 599]) {
      const seen: number[] = [];
      for (let page = await store.rows(SPACE, 2, 0, { ...ALL, rows }); page.length > 0; ) {
        expect(page.length).toBeLessThanOrEqual(rows);
        seen.push(...page.map((row) => row.position));
        page = await store.rows(SPACE, 2, seen.at(-1) as number, { ...ALL, rows });
      }
      expect(seen).toEqual(entries.map((_, at) => at + 1));
    }
    expect((await store.rows(SPACE, 2, 5, { rows: 1_000, bytes: 200 })).map((row) => row.position).at(-1)).toBe(590);
    expect((await store.rows(SPACE, 2, 5, { rows: 1_000, bytes: 199 })).map((row) => row.position).at(-1)).toBe(9);
  });

  it('C26 prefix hashes are those of the chain at every position after random pruning', async () => {
    const store = await fresh();
    const entries = await filled(store, 600);
    const hashes = prefixes(entries.map((entry) => entry.entryId));
    const { below } = createRandom('pruning');
    for (let round = 0; round < 3; round++) {
      await store.commit({ prune: entries.filter(() => below(4) === 0) });
      for (let at = 0; at <= 600; at++) expect(await store.prefixHash(SPACE, 2, at)).toBe(hashes[at]);
      expect(await store.prefixHash(SPACE, 2, 601)).toBeNull();
      expect((await store.rows(SPACE, 2, 0, ALL)).map((row) => row.prefixHash)).toEqual(hashes.slice(1));
    }
    await store.commit({ prune: entries });
    for (const at of [1, 255, 256, 257, 512, 600]) expect(await store.prefixHash(SPACE, 2, at)).toBe(hashes[at]);
    const next = await store.commit({ entries: [entryOf(bytesOf(5_000))] });
    expect(next[0]).toMatchObject({ position: 601, before: hashes[600], fresh: true });
  });

  it('C28 a pruned entry that comes again keeps its first place, in any lane', async () => {
    const store = await fresh();
    const entries = await filled(store, 300);
    const hashes = prefixes(entries.map((entry) => entry.entryId));
    await store.commit({ prune: entries });
    const again = await store.commit({ entries: entries.map((entry, at) => ({ ...entry, lane: (at % 3) as Lane })) });
    expect(again).toEqual(
      entries.map(({ entryId }, at) => ({ entryId, position: at + 1, prefixHash: hashes[at + 1], before: hashes[at], fresh: false })),
    );
    expect((await store.head(SPACE, 2)).position).toBe(300);
    expect((await store.rows(SPACE, 2, 0, ALL)).every((row) => row.sealed === null)).toBe(true);
    expect((await store.commit({ entries: [{ ...(entries[0] as NewEntry), space: spaceOf(1) }] }))[0]?.fresh).toBe(true);
  });

  it('C36 what was pruned is refilled, pruned and refilled again', async () => {
    const store = await fresh();
    const entries = await filled(store, 300);
    const ids = entries.map((entry) => entry.entryId);
    const whole = await told(store, ids);
    const some = entries.filter((_, at) => at % 5 < 3);
    for (let round = 0; round < 3; round++) {
      await store.commit({ prune: some });
      expect((await store.pruned(SPACE, ids)).filter(Boolean)).toHaveLength(some.length);
      await store.commit({ refill: some });
      expect((await store.pruned(SPACE, ids)).filter(Boolean)).toHaveLength(0);
    }
    const lost = new Set(some.map((entry) => entry.entryId));
    const without = (all: unknown): unknown =>
      JSON.parse(JSON.stringify(all), (_, value: { entryId?: EntryId } | null) =>
        value?.entryId !== undefined && lost.has(value.entryId) ? { ...value, from: null } : value,
      );
    expect(without(await told(store, ids))).toEqual(without(whole));
  });

  it('C36 a store with random appends, pruning and refilling answers as memory does', { timeout: 60_000 }, async () => {
    for (const seed of [1, 2]) await compared(await fresh(), seed, reopen);
  });
}

/** The same random life in both; both are asked everything now and then. */
async function compared(first: Store, seed: number, reopen: Reopen | null): Promise<void> {
  const { below } = createRandom(`store ${seed}`);
  const model = createMemoryStore({ hashing: nodeHashing, random: chance });
  const spaces = [spaceOf(10), spaceOf(11)];
  const made: NewEntry[] = [];
  let store = first;
  const some = (most: number): readonly NewEntry[] =>
    made.length === 0 ? [] : Array.from({ length: below(most) }, () => made[below(made.length)] as NewEntry);
  for (let step = 0; step < 36; step++) {
    const entries = Array.from({ length: below(60) }, () =>
      entryOf(bytesOf(seed * 100_000 + made.length + below(3), 20 + below(30)), {
        space: spaces[below(4) === 0 ? 1 : 0] as NewEntry['space'],
        lane: (below(5) === 0 ? below(3) : 2) as Lane,
        from: below(2) === 0 ? null : deviceOf(below(4)),
      }),
    );
    const run = below(made.length + 1);
    const batch: Batch = {
      entries: [...entries, ...some(4)],
      prune: below(3) === 0 ? made.slice(run, run + below(300)) : some(30),
      refill: below(4) === 0 ? some(40) : [],
    };
    made.push(...entries);
    expect(await store.commit(batch)).toEqual(await model.commit(batch));
    if (step % 12 === 11) {
      for (const space of spaces) {
        const ids = made.map((entry) => entry.entryId);
        expect(await told(store, ids, space), `seed ${seed}, step ${step}`).toEqual(await told(model, ids, space));
      }
    }
    if (step === 20 && reopen !== null) {
      await store.close();
      store = await reopen(store);
    }
  }
  await store.close();
}
