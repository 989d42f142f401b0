/** The contract of the store port: every implementation is run through this same suite. */
import { type Batch, type Lane, LANES, type LogRow, type Store, StoreBroken } from '@leanvibe/core/internal/ports/store';
import { type EntryId, type Hash, idBytes, makeId } from '@leanvibe/protocol/ids';
import { afterEach, describe, expect, it } from 'vitest';
import { bytesOf, deviceOf, entryIdOf, entryOf, nodeHashing, spaceOf } from '../help/store-things.js';
import { pruning } from './store-pruning.js';

export interface StoreMaker {
  readonly name: string;
  /** A store with nothing in it. */
  make(): Promise<Store>;
  /** The same store after a restart; null where nothing outlives the process. */
  readonly reopen: ((store: Store) => Promise<Store>) | null;
}

const ZERO = makeId<Hash>(new Uint8Array(32));
const SPACE = spaceOf(0);
const ALL = { rows: 1_000_000, bytes: 1_000_000_000 };
const text = (value: string): Uint8Array => new TextEncoder().encode(value);

function chain(ids: readonly EntryId[]): Hash {
  let hash = ZERO;
  for (const id of ids) hash = makeId<Hash>(nodeHashing.sha256(Buffer.concat([idBytes(hash), idBytes(id)])));
  return hash;
}

async function rowsOf(store: Store, lane: Lane = 2): Promise<readonly LogRow[]> {
  return await store.rows(SPACE, lane, 0, ALL);
}

export function storeContract(maker: StoreMaker): void {
  const open: Store[] = [];
  const fresh = async (): Promise<Store> => {
    const store = await maker.make();
    open.push(store);
    return store;
  };
  afterEach(async () => {
    for (const store of open.splice(0)) await store.close();
  });

  describe(`store contract: ${maker.name}`, () => {
    appending(fresh);
    reading(fresh);
    changing(fresh);
    pruning(fresh, maker.reopen);
    records(fresh);
    committing(fresh);
    closing(fresh);
    if (maker.reopen !== null) durable(fresh, maker.reopen);
  });
}

type Fresh = () => Promise<Store>;

function appending(fresh: Fresh): void {
  it('C26 an empty lane ends at position 0 with 32 zero bytes', async () => {
    const store = await fresh();
    for (const lane of LANES) expect(await store.head(SPACE, lane)).toEqual({ position: 0, prefixHash: ZERO });
    expect(await rowsOf(store)).toEqual([]);
    expect(await store.spaces()).toEqual([]);
    expect(await store.size()).toEqual({ entries: 0, bytes: 0 });
    expect(await store.prefixHash(SPACE, 2, 0)).toBe(ZERO);
    expect(await store.prefixHash(SPACE, 2, 1)).toBeNull();
  });

  it('C26 positions are dense from 1 per lane and space, prefix hashes chain the entry ids', async () => {
    const store = await fresh();
    const ids: EntryId[] = [];
    for (let batch = 0; batch < 5; batch++) {
      const entries = Array.from({ length: batch + 1 }, (_, at) => entryOf(bytesOf(batch * 10 + at)));
      const placed = await store.commit({ entries });
      for (const [index, place] of placed.entries()) {
        const before = chain(ids);
        ids.push(entries[index]?.entryId as EntryId);
        expect(place).toEqual({ entryId: ids.at(-1), position: ids.length, prefixHash: chain(ids), before, fresh: true });
      }
    }
    expect(await store.head(SPACE, 2)).toEqual({ position: ids.length, prefixHash: chain(ids) });
    expect(await store.head(SPACE, 1)).toEqual({ position: 0, prefixHash: ZERO });
    expect(await store.head(spaceOf(1), 2)).toEqual({ position: 0, prefixHash: ZERO });
    for (let at = 0; at <= ids.length; at++) expect(await store.prefixHash(SPACE, 2, at)).toBe(chain(ids.slice(0, at)));
    expect(await store.prefixHash(SPACE, 2, ids.length + 1)).toBeNull();
    expect(await store.ids(SPACE, 2)).toEqual(ids);
  });

  it('C26 lanes and spaces count apart', async () => {
    const store = await fresh();
    const spaces = [spaceOf(3), spaceOf(1), spaceOf(2)];
    for (const space of spaces) await store.commit({ entries: LANES.map((lane) => entryOf(bytesOf(lane), { space, lane })) });
    for (const space of spaces) for (const lane of LANES) expect((await store.head(space, lane)).position).toBe(1);
    expect([...(await store.spaces())].sort()).toEqual([...spaces].sort());
    expect((await store.size()).entries).toBe(9);
  });

  it('C26 an entry the space holds in any lane is dropped and keeps its first position', async () => {
    const store = await fresh();
    const known = entryOf(bytesOf(1), { lane: 1 });
    const other = entryOf(bytesOf(2), { lane: 1 });
    const [first] = await store.commit({ entries: [known] });
    await store.commit({ entries: [other] });
    for (const lane of LANES) {
      expect(await store.commit({ entries: [{ ...known, lane, from: deviceOf(1) }] })).toEqual([{ ...first, fresh: false }]);
    }
    const [second] = await store.commit({ entries: [other] });
    expect(second).toMatchObject({ position: 2, fresh: false, before: first?.prefixHash });
    expect((await store.entry(SPACE, known.entryId))?.from).toBeNull();
    expect((await store.head(SPACE, 2)).position).toBe(0);
    expect((await store.commit({ entries: [{ ...known, space: spaceOf(1) }] }))[0]).toMatchObject({ position: 1, fresh: true });
  });

  it('C26 a duplicate inside one batch is answered with the place just given', async () => {
    const store = await fresh();
    const entry = entryOf(bytesOf(1));
    const placed = await store.commit({ entries: [entry, entryOf(bytesOf(2)), { ...entry, lane: 0 }] });
    expect(placed.map((place) => [place.position, place.fresh])).toEqual([
      [1, true],
      [2, true],
      [1, false],
    ]);
    expect((await store.head(SPACE, 0)).position).toBe(0);
  });

  it('C28 a pruned entry is still known', async () => {
    const store = await fresh();
    const entry = entryOf(bytesOf(1));
    await store.commit({ entries: [entry] });
    await store.commit({ prune: [entry] });
    expect((await store.commit({ entries: [entry] }))[0]).toMatchObject({ position: 1, fresh: false });
    expect((await rowsOf(store))[0]?.sealed).toBeNull();
  });
}

function reading(fresh: Fresh): void {
  it('C26 rows give back bytes, ids, peers and prefix hashes in order', async () => {
    const store = await fresh();
    const entries = Array.from({ length: 20 }, (_, at) => entryOf(bytesOf(at, 50 + at), { from: at % 3 === 0 ? null : deviceOf(at % 3) }));
    const placed = await store.commit({ entries });
    const rows = await rowsOf(store);
    expect(rows.map((row) => ({ ...row, sealed: row.sealed === null ? null : [...row.sealed] }))).toEqual(
      entries.map((entry, at) => ({
        position: at + 1,
        entryId: entry.entryId,
        prefixHash: placed[at]?.prefixHash,
        from: entry.from,
        sealed: [...entry.sealed],
      })),
    );
    expect((await store.rows(SPACE, 2, 15, ALL)).map((row) => row.position)).toEqual([16, 17, 18, 19, 20]);
    expect(await store.rows(SPACE, 2, 20, ALL)).toEqual([]);
    expect(await store.rows(spaceOf(9), 2, 0, ALL)).toEqual([]);
  });

  it('C26 rows stop at either limit but never before the first row', async () => {
    const store = await fresh();
    await store.commit({ entries: Array.from({ length: 10 }, (_, at) => entryOf(bytesOf(at, 100))) });
    const count = async (after: number, rows: number, bytes: number): Promise<number> =>
      (await store.rows(SPACE, 2, after, { rows, bytes })).length;
    expect(await count(0, 3, 1e9)).toBe(3);
    expect(await count(0, 100, 250)).toBe(2);
    expect(await count(0, 100, 300)).toBe(3);
    expect(await count(0, 100, 1)).toBe(1);
    expect(await count(0, 1, 0)).toBe(1);
    expect(await count(9, 100, 1e9)).toBe(1);
    expect(await count(10, 100, 1e9)).toBe(0);
  });

  it('C26 what a peer handed over may be read without its bytes, which then count for nothing', async () => {
    const store = await fresh();
    const [peer, other] = [deviceOf(1), deviceOf(2)];
    await store.commit({
      entries: [null, peer, other, peer, null, peer].map((from, at) => entryOf(bytesOf(at, 100), { from })),
    });
    const whole = await rowsOf(store);
    const read = await store.rows(SPACE, 2, 0, { ...ALL, bare: { from: peer, above: 2 } });
    expect(read.map((row) => row.sealed !== null)).toEqual([true, true, true, false, true, false]);
    expect(read.map(({ sealed: _, ...row }) => row)).toEqual(whole.map(({ sealed: _, ...row }) => row));
    const count = async (bytes: number): Promise<number> =>
      (await store.rows(SPACE, 2, 0, { rows: 100, bytes, bare: { from: peer, above: 0 } })).length;
    expect([await count(299), await count(300), await count(199)]).toEqual([4, 6, 2]);
    expect((await store.rows(SPACE, 2, 0, { ...ALL, bare: { from: deviceOf(9), above: 0 } })).every((row) => row.sealed !== null)).toBe(
      true,
    );
  });

  it('C27 one entry is found by id with its lane, and a list of ids is told known from unknown', async () => {
    const store = await fresh();
    const entry = entryOf(bytesOf(1), { lane: 1, from: deviceOf(4) });
    const [place] = await store.commit({ entries: [entry] });
    const unknown = entryIdOf(bytesOf(99));
    const found = await store.entry(SPACE, entry.entryId);
    expect(found).toMatchObject({ lane: 1, position: 1, entryId: entry.entryId, from: deviceOf(4), prefixHash: place?.prefixHash });
    expect([...(found?.sealed ?? [])]).toEqual([...entry.sealed]);
    expect(await store.entry(SPACE, unknown)).toBeNull();
    expect(await store.entry(spaceOf(1), entry.entryId)).toBeNull();
    expect(await store.has(SPACE, [unknown, entry.entryId, unknown])).toEqual([false, true, false]);
    expect(await store.has(spaceOf(1), [entry.entryId])).toEqual([false]);
    expect(await store.has(SPACE, [])).toEqual([]);
  });

  it('C26 long logs are read whole, in order', async () => {
    const store = await fresh();
    const entries = Array.from({ length: 5_000 }, (_, at) => entryOf(bytesOf(at, 600)));
    for (let at = 0; at < entries.length; at += 1_000) await store.commit({ entries: entries.slice(at, at + 1_000) });
    const ids = entries.map((entry) => entry.entryId);
    expect(await store.ids(SPACE, 2)).toEqual(ids);
    for (const [after, rows] of [
      [0, 1],
      [7, 3],
      [1_000, 2_500],
      [4_990, 100],
      [5_000, 5],
    ] as const)
      expect(await store.ids(SPACE, 2, { after, rows })).toEqual(ids.slice(after, after + rows));
    expect((await rowsOf(store)).map((row) => row.entryId)).toEqual(ids);
    expect(await store.head(SPACE, 2)).toEqual({ position: 5_000, prefixHash: chain(ids) });
    expect((await store.has(SPACE, ids)).every(Boolean)).toBe(true);
    expect(await store.size()).toEqual({ entries: 5_000, bytes: 3_000_000 });
  });
}

function changing(fresh: Fresh): void {
  it('C36 pruning drops the bytes and keeps the row, refilling gives them back', async () => {
    const store = await fresh();
    const entries = [1, 2, 3].map((at) => entryOf(bytesOf(at, 100)));
    const second = entries[1] as (typeof entries)[0];
    await store.commit({ entries });
    const before = await rowsOf(store);
    await store.commit({ prune: [second] });
    const pruned = await rowsOf(store);
    expect(pruned.map((row) => row.sealed === null)).toEqual([false, true, false]);
    expect(pruned.map((row) => row.prefixHash)).toEqual(before.map((row) => row.prefixHash));
    expect((await store.entry(SPACE, second.entryId))?.sealed).toBeNull();
    expect(await store.size()).toEqual({ entries: 3, bytes: 200 });
    await store.commit({ prune: [second] });
    await store.commit({ refill: [second] });
    expect([...((await store.entry(SPACE, second.entryId))?.sealed ?? [])]).toEqual([...second.sealed]);
    await store.commit({ refill: [second] });
    expect(await store.size()).toEqual({ entries: 3, bytes: 300 });
    expect((await rowsOf(store)).map((row) => row.position)).toEqual([1, 2, 3]);
  });

  it('C36 pruning or refilling what the store does not hold does nothing', async () => {
    const store = await fresh();
    const entry = entryOf(bytesOf(1));
    await store.commit({ prune: [entry], refill: [entry] });
    expect(await store.spaces()).toEqual([]);
    await store.commit({ entries: [entry] });
    await store.commit({ prune: [entryOf(bytesOf(2))], refill: [entryOf(bytesOf(2))] });
    expect(await store.size()).toEqual({ entries: 1, bytes: 64 });
  });

  it('C36 one batch may append, prune and refill the same entry, in that order', async () => {
    const store = await fresh();
    const entry = entryOf(bytesOf(1));
    await store.commit({ entries: [entry], prune: [entry] });
    expect((await rowsOf(store))[0]?.sealed).toBeNull();
    await store.commit({ prune: [entry], refill: [entry] });
    expect((await rowsOf(store))[0]?.sealed).not.toBeNull();
  });
}

function records(fresh: Fresh): void {
  const put = (table: string, ...keys: string[]): Batch => ({ put: keys.map((key) => ({ table, key, value: text(key) })) });
  const keysOf = async (store: Store, prefix: string, after: string | null = null, limit = 1_000): Promise<string[]> =>
    (await store.scan('t', prefix, after, limit)).map((row) => row.key);

  it('C17 records are put, replaced and removed; tables do not mix', async () => {
    const store = await fresh();
    await store.commit({
      put: [
        { table: 'a', key: 'k', value: text('1') },
        { table: 'b', key: 'k', value: text('2') },
        { table: 'b', key: 'k', value: text('3') },
      ],
    });
    expect(await store.get('a', 'k')).toEqual(text('1'));
    expect(await store.get('b', 'k')).toEqual(text('3'));
    await store.commit({
      remove: [
        { table: 'a', key: 'k' },
        { table: 'a', key: 'unknown' },
      ],
    });
    expect(await store.get('a', 'k')).toBeNull();
    expect(await store.get('b', 'k')).toEqual(text('3'));
    await store.commit({ put: [{ table: 'a', key: '', value: new Uint8Array(0) }] });
    expect(await store.get('a', '')).toEqual(new Uint8Array(0));
    await store.commit({ put: [{ table: 'a', key: 'x', value: text('1') }], remove: [{ table: 'a', key: 'x' }] });
    expect(await store.get('a', 'x')).toBeNull();
  });

  it('C17 scans go by UTF-16 code unit, as strings compare', async () => {
    const store = await fresh();
    const keys = [
      '',
      'a',
      'B',
      'b',
      'ab',
      'a/',
      'a0',
      'é',
      'z',
      'ß',
      '\u0000',
      'a\u0000',
      '\u07ff',
      '\u0800',
      '\ue000',
      '\uffff',
      '😀',
      '\ud800',
      '\udfff',
      '中',
    ];
    await store.commit(put('t', ...keys));
    expect(await keysOf(store, '')).toEqual([...keys].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0)));
    for (const key of keys) expect(await store.get('t', key)).toEqual(text(key));
  });

  it('C17 a prefix is taken literally, whatever it contains', async () => {
    const store = await fresh();
    const keys = [
      'a%b',
      'a%c',
      'aXb',
      'a_b',
      'a*b',
      "a'b",
      'a\\b',
      'a',
      'a\uffff',
      'a\uffffz',
      'b',
      'é1',
      'é2',
      'è',
      '😀x',
      '😁x',
      '\ud83d',
      '\ud83dz',
    ];
    await store.commit(put('t', ...keys));
    for (const prefix of ['', 'a', 'a%', 'a_', 'a*', "a'", 'a\\', 'a\uffff', 'é', '😀', '\ud83d', 'zz', 'b']) {
      expect(await keysOf(store, prefix)).toEqual(keys.filter((key) => key.startsWith(prefix)).sort((a, b) => (a < b ? -1 : 1)));
    }
  });

  it('C17 a scan goes on after a key and stops at its limit', async () => {
    const store = await fresh();
    const keys = Array.from({ length: 3_000 }, (_, at) => `k${String(at).padStart(4, '0')}`);
    await store.commit(put('t', ...keys, 'j', 'l'));
    await store.commit(put('u', 'k0000x'));
    expect(await keysOf(store, 'k')).toHaveLength(1_000);
    expect(await keysOf(store, 'k', null, 10_000)).toEqual(keys);
    expect(await keysOf(store, 'k', 'k0999', 3)).toEqual(['k1000', 'k1001', 'k1002']);
    expect(await keysOf(store, 'k', 'k0999x', 1)).toEqual(['k1000']);
    expect(await keysOf(store, 'k', 'a', 1)).toEqual(['k0000']);
    expect(await keysOf(store, 'k', 'k2999', 5)).toEqual([]);
    expect(await keysOf(store, 'k', 'z', 5)).toEqual([]);
    expect(await keysOf(store, 'k0000', 'k0000', 5)).toEqual([]);
    expect(await keysOf(store, 'k', null, 0)).toEqual([]);
  });

  it('C17 a key of 512 characters is taken, of 513 refused, and then nothing of its batch is kept', async () => {
    const store = await fresh();
    const longest = '中'.repeat(512);
    await store.commit(put('t', longest));
    expect(await store.get('t', longest)).not.toBeNull();
    await expect((async () => await store.commit({ ...put('t', `${longest}x`), entries: [entryOf(bytesOf(1))] }))()).rejects.toThrow(
      RangeError,
    );
    expect((await store.head(SPACE, 2)).position).toBe(0);
  });
}

function committing(fresh: Fresh): void {
  it('C28 what a batch holds is seen together once it resolved', async () => {
    const store = await fresh();
    const entry = entryOf(bytesOf(1));
    await store.commit({ entries: [entry], put: [{ table: 'cursor', key: 'c', value: text('1') }] });
    expect(await store.has(SPACE, [entry.entryId])).toEqual([true]);
    expect(await store.get('cursor', 'c')).toEqual(text('1'));
    expect(await store.commit({})).toEqual([]);
  });

  it('C28 commits made at once each get their own answer, dense and without gaps', async () => {
    const store = await fresh();
    const batches = Array.from({ length: 300 }, (_, at) => [entryOf(bytesOf(at * 2)), entryOf(bytesOf(at * 2 + 1))]);
    const answers = await Promise.all(batches.map((entries) => store.commit({ entries })));
    const positions = answers.flat().map((place) => place.position);
    expect([...positions].sort((a, b) => a - b)).toEqual(Array.from({ length: 600 }, (_, at) => at + 1));
    expect(positions).toEqual([...positions].sort((a, b) => a - b));
    expect(answers.flat().map((place) => place.entryId)).toEqual(batches.flat().map((entry) => entry.entryId));
    expect((await store.head(SPACE, 2)).prefixHash).toBe(chain(batches.flat().map((entry) => entry.entryId)));
  });

  it('C28 the same entry committed many times at once is kept once', async () => {
    const store = await fresh();
    const answers = await Promise.all(Array.from({ length: 50 }, () => store.commit({ entries: [entryOf(bytesOf(7))] })));
    expect(answers.filter(([place]) => place?.fresh === true)).toHaveLength(1);
    expect(answers.every(([place]) => place?.position === 1)).toBe(true);
  });

  it('C28 a batch that fails spoils none of those made with it', async () => {
    const store = await fresh();
    const bad = (async () =>
      await store.commit({ put: [{ table: 't', key: 'x'.repeat(513), value: text('1') }], entries: [entryOf(bytesOf(2))] }))();
    const all = await Promise.allSettled([
      store.commit({ entries: [entryOf(bytesOf(1))] }),
      bad,
      store.commit({ entries: [entryOf(bytesOf(3))] }),
    ]);
    expect(all.map((one) => one.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(await store.ids(SPACE, 2)).toEqual([1, 3].map((at) => entryIdOf(bytesOf(at))));
  });

  it('P3 bytes are copied when commit is called and when they are read', async () => {
    const store = await fresh();
    const pool = new Uint8Array(4_096);
    const sealed = pool.subarray(100, 200).fill(7);
    const value = pool.subarray(300, 310).fill(9);
    const entry = entryOf(sealed);
    const done = store.commit({ entries: [entry], put: [{ table: 't', key: 'k', value }] });
    pool.fill(0);
    await done;
    expect([...((await store.entry(SPACE, entry.entryId))?.sealed ?? [])]).toEqual(new Array(100).fill(7));
    (await store.get('t', 'k'))?.fill(0);
    (await rowsOf(store))[0]?.sealed?.fill(0);
    expect(await store.get('t', 'k')).toEqual(new Uint8Array(10).fill(9));
    expect([...((await store.entry(SPACE, entry.entryId))?.sealed ?? [])]).toEqual(new Array(100).fill(7));
    expect(await store.get('t', 'k')).not.toBeInstanceOf(Buffer);
  });

  it('C19 the largest entries, empty ones and large records come back whole', async () => {
    const store = await fresh();
    const sizes = [0, 1, 255, 4_096, 65_536, 262_144];
    const entries = sizes.map((size, at) => entryOf(bytesOf(at, size)));
    const large = bytesOf(1, 5_000_000);
    await store.commit({ entries, put: [{ table: 't', key: 'large', value: large }] });
    const rows = await rowsOf(store);
    for (const [at, row] of rows.entries())
      expect(Buffer.from(row.sealed ?? []).equals(entries[at]?.sealed ?? new Uint8Array(0))).toBe(true);
    expect(rows).toHaveLength(sizes.length);
    expect(Buffer.from((await store.get('t', 'large')) ?? []).equals(large)).toBe(true);
  });
}

function closing(fresh: Fresh): void {
  it('P3 a closed store keeps what was under way and refuses the rest', async () => {
    const store = await fresh();
    const under = store.commit({ entries: [entryOf(bytesOf(1))] });
    const closed = store.close();
    expect(await under).toHaveLength(1);
    await closed;
    await expect(store.commit({ entries: [entryOf(bytesOf(2))] })).rejects.toThrow(StoreBroken);
    await expect(store.head(SPACE, 2)).rejects.toThrow(StoreBroken);
    await store.close();
  });
}

function durable(fresh: Fresh, reopen: NonNullable<StoreMaker['reopen']>): void {
  it('P3 everything is there after a restart, under the same store id', async () => {
    const store = await fresh();
    const entries = Array.from({ length: 50 }, (_, at) =>
      entryOf(bytesOf(at), { lane: (at % 3) as Lane, from: at % 2 === 0 ? null : deviceOf(at) }),
    );
    await store.commit({ entries, put: [{ table: 't', key: 'é\ud800', value: text('v') }] });
    await store.commit({ prune: entries.slice(0, 5) });
    const seen = async (from: Store): Promise<unknown> => ({
      id: from.id,
      heads: await Promise.all(LANES.map((lane) => from.head(SPACE, lane))),
      rows: await Promise.all(
        LANES.map(async (lane) =>
          (await rowsOf(from, lane)).map((row) => ({ ...row, sealed: row.sealed === null ? null : [...row.sealed] })),
        ),
      ),
      records: (await from.scan('t', '', null, 10)).map((row) => [row.key, [...row.value]]),
      size: await from.size(),
    });
    const before = await seen(store);
    await store.close();
    const again = await reopen(store);
    try {
      expect(await seen(again)).toEqual(before);
      expect((await again.commit({ entries: [entryOf(bytesOf(1_000), { lane: 0 })] }))[0]?.position).toBe(18);
    } finally {
      await again.close();
    }
  });
}
