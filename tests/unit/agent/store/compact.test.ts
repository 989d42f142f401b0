/** The file of a store gets small again, and stays a store that can be read whatever happens to it then. */
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { MIGRATIONS, migrate } from '@leanvibe/agent/internal/store/migrate';
import { hasKnownRoots, prepareEmpty, writeMeta } from '@leanvibe/agent/internal/store/schema';
import type { SqliteStore } from '@leanvibe/agent/internal/store/sqlite';
import { recordSum } from '@leanvibe/agent/internal/store/sums';
import type { NewEntry } from '@leanvibe/core/internal/ports/store';
import Sqlite from 'better-sqlite3';
import { afterAll, describe, expect, it } from 'vitest';
import { bytesOf, entryOf, openAt, spaceOf, temporaryFolder } from '../../../help/store-things.js';

const folder = temporaryFolder('compact');
afterAll(() => folder.remove());
let homes = 0;
const newPath = (): string => `${folder.path}/${homes++}/store.db`;
const SPACE = spaceOf(0);
const ALL = { rows: 1e6, bytes: 1e9 };
const MIB = 1024 * 1024;
/** So long nothing is compacted. */
const NEVER = { quietMs: 600_000 };

async function fill(store: SqliteStore, count: number, size: number): Promise<readonly NewEntry[]> {
  const entries = Array.from({ length: count }, (_, at) => entryOf(bytesOf(at, size)));
  for (let at = 0; at < count; at += 500) await store.commit({ entries: entries.slice(at, at + 500) });
  return entries;
}

async function seen(store: SqliteStore): Promise<unknown> {
  const rows = await store.rows(SPACE, 2, 0, ALL);
  return rows.map((row) => ({ ...row, sealed: row.sealed === null ? null : Buffer.from(row.sealed).toString('hex') }));
}

async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; !holds(); tries++) {
    if (tries > 1_000) throw new Error('it did not happen within 20 s');
    await sleep(20);
  }
}

describe('C36 the bytes of a pruned store', () => {
  it.each([
    ['all in a row', 1],
    ['two of three, here and there', 3],
  ])('are at most 40 for each pruned row: %s', async (_, every) => {
    const [path, without] = [newPath(), newPath()];
    const store = await openAt(path, NEVER);
    const entries = await fill(store, 10_000 * (every === 1 ? 1 : every / (every - 1)), 300);
    const kept = entries.filter((_entry, at) => every > 1 && at % every === 0);
    await store.commit({ prune: entries.filter((_entry, at) => every === 1 || at % every !== 0) });
    expect(
      (
        await store.pruned(
          SPACE,
          entries.map((entry) => entry.entryId),
        )
      ).filter(Boolean),
    ).toHaveLength(10_000);
    await store.close();
    const other = await openAt(without, NEVER);
    for (let at = 0; at < kept.length; at += 500) await other.commit({ entries: kept.slice(at, at + 500) });
    await other.close();
    const db = new Sqlite(without);
    db.exec('VACUUM');
    db.close();
    const each = (statSync(path).size - statSync(without).size) / 10_000;
    process.stdout.write(`a pruned row takes ${each.toFixed(1)} B of the file\n`);
    expect(each).toBeLessThanOrEqual(40);
    expect(each).toBeGreaterThan(32);
  });

  it('shrink while the store is open and at rest; reads and commits go on', async () => {
    const path = newPath();
    const store = await openAt(path, { quietMs: 50 });
    const entries = await fill(store, 2_000, 3_000);
    await store.commit({ prune: entries.slice(0, 1_900), put: [{ table: 't', key: 'k', value: bytesOf(1) }] });
    const before = await seen(store);
    await until(() => statSync(path).size < MIB);
    expect(await seen(store)).toEqual(before);
    expect(await store.get('t', 'k')).toEqual(bytesOf(1));
    expect((await store.commit({ entries: [entryOf(bytesOf(9_999))] }))[0]).toMatchObject({ position: 2_001, fresh: true });
    expect((await store.commit({ entries: [entries[5] as NewEntry] }))[0]).toMatchObject({ position: 6, fresh: false });
    expect(await store.verify()).toMatchObject({ entries: 2_001, damaged: [], brokenRows: 0, structure: [] });
    const { id } = store;
    await store.close();
    const again = await openAt(path);
    expect([again.id, again.salvaged]).toEqual([id, null]);
    await again.close();
  });

  it('are left alone while little of them is air', async () => {
    const path = newPath();
    const store = await openAt(path, { quietMs: 1 });
    const entries = await fill(store, 2_000, 3_000);
    await store.commit({ prune: entries.slice(0, 200) });
    await sleep(200);
    await store.close();
    expect(statSync(path).size).toBeGreaterThan(6 * MIB);
  });
});

describe('C45 a compacted store', () => {
  async function compactedAt(path: string): Promise<unknown> {
    const store = await openAt(path, NEVER);
    const entries = await fill(store, 1_500, 2_000);
    await store.commit({ prune: entries.filter((_, at) => at % 10 !== 0), put: [{ table: 't', key: 'k', value: bytesOf(1) }] });
    const before = await seen(store);
    await store.close();
    expect(statSync(path).size).toBeLessThan(MIB);
    return before;
  }

  it('keeps its mark, its version and known roots', async () => {
    const path = newPath();
    await compactedAt(path);
    const db = new Sqlite(path, { readonly: true });
    expect(hasKnownRoots(db)).toBe(true);
    expect(db.pragma('user_version', { simple: true })).toBe(MIGRATIONS.length);
    expect(db.pragma('page_size', { simple: true })).toBe(4_096);
    expect(db.pragma('freelist_count', { simple: true })).toBe(0);
    db.close();
    const made = new Sqlite(':memory:');
    prepareEmpty(made);
    migrate(made);
    expect(hasKnownRoots(made)).toBe(true);
    made.close();
  });

  /** A copy that lost its first page is salvaged whole. */
  async function headless(path: string, before: unknown): Promise<void> {
    const copy = newPath();
    mkdirSync(copy.slice(0, -'/store.db'.length));
    const folded = new Sqlite(path);
    folded.pragma('wal_checkpoint(TRUNCATE)');
    folded.close();
    const bytes = readFileSync(path);
    writeFileSync(copy, bytes.fill(0, 0, 4_096));
    const salvaged = await openAt(copy);
    expect(salvaged.salvaged).toMatchObject({ entriesLost: 0, bytesLost: 0 });
    expect(await seen(salvaged)).toEqual(before);
    await salvaged.close();
  }

  it.each([0, 99])('loses its first bytes, %i of them kept: everything else is salvaged', async (kept) => {
    const path = newPath();
    const before = await compactedAt(path);
    const bytes = readFileSync(path);
    bytes.fill(0, kept, 4_096);
    writeFileSync(path, bytes);
    const store = await openAt(path);
    expect(store.salvaged).toMatchObject({ entriesKept: 1_500, entriesLost: 0, bytesLost: 0, recordsKept: 1, recordsLost: 0 });
    expect(await seen(store)).toEqual(before);
    await store.close();
  });

  it('is what becomes of one from before rows were packed, whose roots nobody could know', async () => {
    const path = newPath();
    const store = await openAt(path);
    const entries = await fill(store, 100, 100);
    await store.close();
    const db = new Sqlite(path);
    db.exec('DROP TABLE packed');
    // Takes the pages that became free: an older store has long used them for something else.
    const [tab, key, value] = [Buffer.from('t'), Buffer.from('k'), Buffer.from(bytesOf(1, 20_000))];
    db.prepare('INSERT INTO records(tab, key, value, sum) VALUES(?, ?, ?, ?)').run(tab, key, value, recordSum(tab, key, value));
    db.pragma('user_version = 2');
    writeMeta(db, 'schema', Buffer.from([2, 0, 0, 0]));
    db.close();
    const migrated = await openAt(path, NEVER);
    const between = new Sqlite(path, { readonly: true });
    expect(hasKnownRoots(between)).toBe(false);
    between.close();
    await migrated.commit({ prune: entries.slice(0, 60) });
    const before = await seen(migrated);
    await headless(path, before);
    await migrated.close();
    const after = new Sqlite(path, { readonly: true });
    expect(hasKnownRoots(after)).toBe(true);
    after.close();
  });
});
