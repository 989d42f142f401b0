/** Packed rows in SQLite: found by id, told from damage, made of an older store's pruned rows. */
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { createHints } from '@leanvibe/agent/internal/store/hints';
import { writeMeta } from '@leanvibe/agent/internal/store/schema';
import type { SqliteStore } from '@leanvibe/agent/internal/store/sqlite';
import { headSum } from '@leanvibe/agent/internal/store/sums';
import { LANES, type NewEntry, StoreBroken } from '@leanvibe/core/internal/ports/store';
import { idBytes } from '@leanvibe/protocol/ids';
import Sqlite from 'better-sqlite3';
import { afterAll, describe, expect, it } from 'vitest';
import { bytesOf, deviceOf, entryOf, openAt, spaceOf, temporaryFolder } from '../../../help/store-things.js';

const folder = temporaryFolder('packed');
afterAll(() => folder.remove());
let homes = 0;
const newPath = (): string => `${folder.path}/${homes++}/store.db`;
const SPACE = spaceOf(0);
const ALL = { rows: 1e6, bytes: 1e9 };
const SCHEMA_BEFORE = 2;

async function filledAt(path: string, count: number): Promise<{ readonly store: SqliteStore; readonly entries: readonly NewEntry[] }> {
  const store = await openAt(path);
  const entries = Array.from({ length: count }, (_, at) => entryOf(bytesOf(at, 100), { from: at % 2 === 0 ? null : deviceOf(at % 3) }));
  for (let at = 0; at < count; at += 1_000) await store.commit({ entries: entries.slice(at, at + 1_000) });
  return { store, entries };
}

async function rowsOf(store: SqliteStore): Promise<readonly object[]> {
  const rows = await Promise.all(LANES.map((lane) => store.rows(SPACE, lane, 0, ALL)));
  return rows.flat().map((row) => ({ ...row, sealed: row.sealed === null ? null : Buffer.from(row.sealed).toString('hex') }));
}

/** Flips a bit of the first packed entry id. */
function damage(path: string, entry: NewEntry): void {
  const bytes = readFileSync(path);
  const at = bytes.lastIndexOf(idBytes(entry.entryId));
  bytes[at + 20] = (bytes[at + 20] as number) ^ 4;
  writeFileSync(path, bytes);
}

describe('hints of packed ids', () => {
  it('are found again as they grow, each once, and tell equal bits apart by what is there', () => {
    const hints = createHints();
    const ids = Array.from({ length: 20_000 }, (_, at) => idBytes(entryOf(bytesOf(at)).entryId));
    for (const round of [1, 2]) ids.forEach((id, at) => hints.add(id, at + round));
    ids.forEach((id, at) => expect(hints.find(id, (place) => place === at + 1)).toBe(at + 1));
    ids.forEach((id, at) => expect(hints.find(id, (place) => place === at + 2)).toBe(at + 2));
    let asked = 0;
    expect(hints.find(ids[0] as Uint8Array, () => ++asked < 0)).toBe(0);
    expect(asked).toBe(2);
    expect(hints.find(idBytes(entryOf(bytesOf(99_999)).entryId), () => true)).toBe(0);
  });
});

describe('C36 packed rows', () => {
  it('C28 are found by id in a store that was opened anew, by the first read and by the first append', async () => {
    const path = newPath();
    const { store, entries } = await filledAt(path, 3_000);
    await store.commit({ prune: entries.slice(0, 2_900) });
    await store.close();
    const again = await openAt(path);
    const ids = entries.map((entry) => entry.entryId);
    const [placed, has] = await Promise.all([again.commit({ entries: entries.slice(700, 710) }), again.has(SPACE, ids)]);
    expect(placed.map((place) => [place.position, place.fresh])).toEqual(Array.from({ length: 10 }, (_, at) => [701 + at, false]));
    expect(has.every(Boolean)).toBe(true);
    expect(await again.verify()).toMatchObject({ entries: 3_000, bytes: 10_000, damaged: [], brokenRows: 0, structure: [] });
    await again.close();
  });

  it('are seen by reads as soon as a commit is, and nothing is missing while rows move', async () => {
    const { store, entries } = await filledAt(newPath(), 2_000);
    const ids = entries.map((entry) => entry.entryId);
    let moving = true;
    const moves = (async () => {
      for (let round = 0; round < 12; round++) {
        const some = entries.filter((_, at) => at % 12 === round);
        await store.commit({ prune: some });
        if (round % 3 === 2) await store.commit({ refill: some });
      }
      moving = false;
    })();
    let looks = 0;
    for (; moving || looks === 0; looks++) {
      expect((await store.has(SPACE, ids)).every(Boolean)).toBe(true);
      expect(await store.ids(SPACE, 2)).toEqual(ids);
      expect((await store.rows(SPACE, 2, 0, ALL)).map((row) => row.position)).toEqual(ids.map((_, at) => at + 1));
    }
    await moves;
    expect((await store.pruned(SPACE, ids)).filter(Boolean)).toHaveLength(
      (await rowsOf(store)).filter((row) => 'sealed' in row && row.sealed === null).length,
    );
    await store.close();
  });

  it('are in a copy of the store as in the store itself', async () => {
    const path = newPath();
    const { store, entries } = await filledAt(path, 1_000);
    await store.commit({ prune: entries.slice(0, 800) });
    const copying = store.backupTo(`${path}-copy`);
    await store.commit({ prune: entries.slice(800, 900) });
    await copying;
    const copy = await openAt(`${path}-copy`);
    expect((await copy.verify()).entries).toBe(1_000);
    const left = (await rowsOf(copy)).filter((row) => 'sealed' in row && row.sealed !== null).length;
    expect([100, 200]).toContain(left);
    await copy.commit({ prune: entries.slice(800, 900) });
    expect(await rowsOf(copy)).toEqual(await rowsOf(store));
    for (const one of [copy, store]) expect(await one.verify()).toMatchObject({ damaged: [], brokenRows: 0, structure: [] });
    await copy.close();
    await store.close();
  });

  it('C45 of a damaged block are noticed when the store is opened; all others are salvaged', async () => {
    const path = newPath();
    const { store, entries } = await filledAt(path, 1_000);
    await store.commit({ prune: entries.slice(0, 700) });
    const before = await rowsOf(store);
    await store.close();
    damage(path, entries[300] as NewEntry);
    const again = await openAt(path);
    expect(again.salvaged).toMatchObject({ entriesKept: 744, entriesLost: 256, bytesLost: 0 });
    const lost = (at: number): boolean => at >= 256 && at < 512;
    expect(await again.ids(SPACE, 2)).toEqual(entries.filter((_, at) => !lost(at)).map((entry) => entry.entryId));
    expect(
      await again.pruned(
        SPACE,
        entries.map((entry) => entry.entryId),
      ),
    ).toEqual(entries.map((_, at) => at < 700 && !lost(at)));
    expect(await again.verify()).toMatchObject({ entries: 744, damaged: [], brokenRows: 0, structure: [] });
    const strip = (rows: readonly object[]): unknown => rows.map((row) => ({ ...row, position: 0, prefixHash: '' }));
    expect(strip(await rowsOf(again))).toEqual(strip(before.filter((_, at) => !lost(at))));
    await again.close();
  });

  it('C45 are told from rows that lost their bytes to damage, which are fetched again', async () => {
    const path = newPath();
    const { store, entries } = await filledAt(path, 300);
    const [lost, gone] = [entries[200] as NewEntry, entries[100] as NewEntry];
    await store.commit({ prune: [gone] });
    await store.close();
    const bytes = readFileSync(path);
    bytes.fill(0, bytes.indexOf(lost.sealed), bytes.indexOf(lost.sealed) + 10);
    writeFileSync(path, bytes.fill(0, 0, 4_096));
    for (const again of [1, 2]) {
      const salvaged = await openAt(path);
      expect(salvaged.salvaged, `${again}`).toMatchObject({ entriesKept: 300, entriesLost: 0, bytesLost: 1 });
      expect(await salvaged.pruned(SPACE, [lost.entryId, gone.entryId])).toEqual([false, true]);
      const news: unknown[] = [];
      salvaged.onDamage((one) => news.push(one));
      await salvaged.rows(SPACE, 2, 0, ALL);
      const named = { space: SPACE, entryId: lost.entryId, lane: 2, position: 201 };
      expect(news).toEqual([{ kind: 'entry', ...named }]);
      expect((await salvaged.verify()).damaged).toEqual([named]);
      if (again === 2) {
        await salvaged.commit({ refill: [lost] });
        expect((await salvaged.verify()).damaged).toEqual([]);
        expect((await salvaged.entry(SPACE, lost.entryId))?.sealed).toEqual(lost.sealed);
      }
      await salvaged.close();
      if (again === 1) writeFileSync(path, readFileSync(path).fill(0, 0, 4_096));
    }
  });

  it('C45 of a block that breaks while the store is open are never handed out, and counted by verify', async () => {
    const path = newPath();
    const { store, entries } = await filledAt(path, 1_000);
    await store.commit({ prune: entries.slice(0, 700) });
    await store.close();
    const open = await openAt(path);
    damage(path, entries[300] as NewEntry);
    const news: unknown[] = [];
    open.onDamage((one) => news.push(one));
    await expect(open.rows(SPACE, 2, 0, ALL)).rejects.toThrow(StoreBroken);
    await expect(open.has(SPACE, [(entries[300] as NewEntry).entryId])).rejects.toThrow(StoreBroken);
    await expect(open.commit({ entries: [entryOf(bytesOf(5_000))] })).rejects.toThrow(StoreBroken);
    expect(news).toEqual([{ kind: 'row', space: SPACE, lane: 2, position: 257 }]);
    expect((await open.rows(SPACE, 2, 600, ALL)).map((row) => row.position)).toEqual(Array.from({ length: 400 }, (_, at) => 601 + at));
    expect((await open.verify()).brokenRows).toBe(256);
    await open.close();
  });
});

describe('a store from before rows were packed', () => {
  /** As the older program left it: pruned rows are rows of the log without a body. */
  function older(path: string, pruned: readonly NewEntry[]): void {
    const db = new Sqlite(path);
    db.exec('DROP TABLE packed');
    for (const { entryId } of pruned) {
      const body = db.prepare('SELECT body FROM log WHERE entry = ?').pluck().get(idBytes(entryId));
      db.prepare('DELETE FROM bodies WHERE ref = ?').run(body);
      db.prepare('UPDATE log SET body = NULL WHERE entry = ?').run(idBytes(entryId));
    }
    const bytes = db.prepare<[], number>('SELECT sum(length(bytes)) FROM bodies').pluck().get() ?? 0;
    const head = db.prepare<[], { position: number; prefix: Buffer }>('SELECT position, prefix FROM heads WHERE space <> 0').get();
    if (head === undefined) throw new Error('impossible: no head');
    const sum = headSum(idBytes(SPACE), 2, head.position, head.prefix, bytes);
    db.prepare('UPDATE heads SET bytes = ?, sum = ? WHERE space <> 0').run(bytes, sum);
    db.pragma(`user_version = ${SCHEMA_BEFORE}`);
    writeMeta(db, 'schema', Buffer.from([SCHEMA_BEFORE, 0, 0, 0]));
    db.close();
  }

  it.each(['whole', 'without its first page'])('answers as it did, its pruned rows packed: %s', async (how) => {
    const path = newPath();
    const { store, entries } = await filledAt(path, 1_500);
    const { id } = store;
    await store.close();
    copyFileSync(path, `${path}-packed`);
    const pruned = entries.filter((_, at) => at < 600 || at % 3 === 0);
    older(path, pruned);
    if (how !== 'whole') {
      const bytes = readFileSync(path);
      bytes.fill(0, 0, 4_096);
      writeFileSync(path, bytes);
    }
    const migrated = await openAt(path);
    const same = await openAt(`${path}-packed`);
    await same.commit({ prune: pruned });
    expect(await rowsOf(migrated)).toEqual(await rowsOf(same));
    expect(await migrated.size()).toEqual(await same.size());
    expect(
      await migrated.pruned(
        SPACE,
        entries.map((entry) => entry.entryId),
      ),
    ).toEqual(entries.map((_, at) => at < 600 || at % 3 === 0));
    expect(await migrated.verify()).toMatchObject({ entries: 1_500, brokenRows: 0, damaged: [], structure: [] });
    expect(migrated.id === id).toBe(how === 'whole');
    await migrated.close();
    await same.close();
    const db = new Sqlite(path, { readonly: true });
    expect(db.prepare('SELECT count(*) FROM log WHERE body IS NULL').pluck().get()).toBe(0);
    db.close();
  });
});
