/** Damage of every kind: detected, put aside, rebuilt; wrong bytes are never handed out, and nothing is deleted. */
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import type { SqliteStore } from '@leanvibe/agent/internal/store/sqlite';
import { type Lane, LANES, type NewEntry, StoreBroken } from '@leanvibe/core/internal/ports/store';
import Sqlite from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bytesOf, deviceOf, entryIdOf, entryOf, openAt, spaceOf, temporaryFolder } from '../help/store-things.js';

const EVERY_PAGE = process.env['LEANVIBE_LONG'] === '1';
const PAGE = 4_096;
const folder = temporaryFolder('damage');
afterAll(() => folder.remove());

const SPACES = [spaceOf(1), spaceOf(2)];
const entries: NewEntry[] = Array.from({ length: 1_200 }, (_, at) =>
  entryOf(bytesOf(at, 200 + (at % 40) * 40), {
    space: SPACES[at % 2] ?? spaceOf(1),
    lane: (at % 3) as Lane,
    from: at % 4 === 0 ? deviceOf(at % 5) : null,
  }),
);
/** Forty of each lane, so that several blocks of packed rows share a page. */
const PRUNED = 240;
const records = Array.from({ length: 600 }, (_, at) => ({
  table: at % 2 === 0 ? 'draft' : 'cursor',
  key: `key ${at}`,
  value: bytesOf(at, 30 + at),
}));
const known = new Map(entries.map((entry) => [entry.entryId, entry]));
const recordValues = new Map(records.map((record) => [`${record.table} ${record.key}`, record.value]));
const model = `${folder.path}/model/store.db`;
let files = 0;

beforeAll(async () => {
  const store = await openAt(model);
  for (let at = 0; at < entries.length; at += 100)
    await store.commit({ entries: entries.slice(at, at + 100), put: records.slice(at / 2, at / 2 + 50) });
  await store.commit({ prune: entries.slice(0, PRUNED) });
  await store.close();
});

function copyOfModel(): string {
  const path = `${folder.path}/${files++}/store.db`;
  mkdirSync(path.slice(0, -'/store.db'.length));
  for (const suffix of ['', '-wal', '-commits']) if (existsSync(model + suffix)) copyFileSync(model + suffix, path + suffix);
  return path;
}

interface Seen {
  readonly whole: number;
  readonly missing: number;
  readonly withoutBytes: number;
  readonly records: number;
}

/** Everything the store hands out must be what was put in; what is missing is counted. A store may instead refuse to read. */
async function look(store: SqliteStore): Promise<Seen | 'refused'> {
  const seen = { whole: 0, missing: 0, withoutBytes: 0, records: 0 };
  try {
    for (const space of await store.spaces()) {
      expect(SPACES).toContain(space);
      for (const lane of LANES) {
        const rows = await store.rows(space, lane, 0, { rows: 1e6, bytes: 1e9 });
        rows.forEach((row, at) => {
          const entry = known.get(row.entryId);
          const right =
            row.position === at + 1 && entry?.space === space && entry.lane === lane && (row.from === null || row.from === entry.from);
          if (!right || (row.sealed !== null && entryIdOf(row.sealed) !== row.entryId))
            expect.fail(`an entry nobody made at ${row.position}`);
          if (row.sealed === null) seen.withoutBytes += 1;
          else seen.whole += 1;
        });
      }
    }
    for (const table of ['draft', 'cursor']) {
      for (const { key, value } of await store.scan(table, '', null, 10_000)) {
        const late = key.startsWith('late ');
        const put = late ? bytesOf(Number(key.slice(5))) : recordValues.get(`${table} ${key}`);
        if (put === undefined || !Buffer.from(put).equals(value)) expect.fail(`a record nobody put: ${key}`);
        if (!late) seen.records += 1;
      }
    }
  } catch (error) {
    if (error instanceof StoreBroken) return 'refused';
    throw error;
  }
  return { ...seen, missing: entries.length - seen.whole - seen.withoutBytes };
}

const WHOLE: Seen = { whole: entries.length - PRUNED, missing: 0, withoutBytes: PRUNED, records: records.length };
/** One page holds at most so many log rows or packed ones, and a broken page of the upper levels stays readable from both sides. */
const LOST_MAX = 120;

/** Opens, looks, and checks that damage was either noticed or did no harm; answers what happened. */
async function trial(path: string, what: string): Promise<'harmless' | 'salvaged' | 'found by hash'> {
  const original = readFileSync(path);
  const store = await openAt(path);
  const news: unknown[] = [];
  store.onDamage((damage) => news.push(damage));
  try {
    const seen = await look(store);
    if (seen === 'refused') throw new Error(`${what}: opened a store that cannot be read`);
    const report = await store.verify();
    expect(report, what).toMatchObject({ brokenRows: 0, structure: [] });
    if (store.salvaged !== null) {
      expect(Buffer.compare(readFileSync(store.salvaged.movedTo ?? ''), original), `${what}: the damaged file was changed`).toBe(0);
      expect(seen.missing, `${what}: ${JSON.stringify(store.salvaged)}`).toBeLessThanOrEqual(LOST_MAX);
      return 'salvaged';
    }
    if (report.damaged.length > 0) {
      expect(news).toHaveLength(report.damaged.length);
      await store.commit({ refill: entries.filter((entry) => report.damaged.some((one) => one.entryId === entry.entryId)) });
      expect((await store.verify()).damaged).toEqual([]);
      expect(await look(store), what).toEqual(WHOLE);
      return 'found by hash';
    }
    expect(seen, `${what}: something vanished in silence`).toEqual(WHOLE);
    return 'harmless';
  } finally {
    await store.close();
    rmSync(path.slice(0, -'/store.db'.length), { recursive: true });
  }
}

describe('C45 a damaged store', () => {
  it(`has one byte flipped in ${EVERY_PAGE ? 'every page' : '200 pages'}: noticed or harmless, never handed out`, {
    timeout: EVERY_PAGE ? 3_600_000 : 180_000,
  }, async () => {
    const pages = statSync(model).size / PAGE;
    const flips = EVERY_PAGE ? pages : 200;
    const counts = { harmless: 0, salvaged: 0, 'found by hash': 0 };
    for (let flip = 0; flip < flips; flip++) {
      const path = copyOfModel();
      const bytes = readFileSync(path);
      const at = Math.floor((flip * pages) / flips) * PAGE + ((flip * 2_654_435_761) % PAGE);
      bytes[at] = (bytes[at] as number) ^ (1 << (flip % 8));
      writeFileSync(path, bytes);
      counts[await trial(path, `byte ${at}`)] += 1;
    }
    process.stdout.write(`${pages} pages, ${flips} flips: ${JSON.stringify(counts)}\n`);
    expect(counts['found by hash'] + counts.salvaged).toBeGreaterThan(flips / 2);
  });

  it.each([0, 1, 99, 100, 511])('loses its first bytes, %i of them kept: everything else is salvaged', async (kept) => {
    const path = copyOfModel();
    const bytes = readFileSync(path);
    bytes.fill(0, kept, PAGE);
    writeFileSync(path, bytes);
    const store = await openAt(path);
    expect(store.salvaged).not.toBeNull();
    expect(await look(store)).toEqual(WHOLE);
    await store.close();
  });

  it('is cut short: what is left is salvaged, the rest counted', async () => {
    for (const share of [0.9, 0.5, 0.1, 0]) {
      const path = copyOfModel();
      truncateSync(path, Math.floor((statSync(path).size * share) / 100) * 100);
      const before = (await openAt(model)).id;
      const store = await openAt(path);
      expect(store.salvaged?.movedTo).toMatch(/\.damaged-1$/);
      expect(store.id).not.toBe(before);
      expect(await look(store)).not.toBe('refused');
      await store.close();
    }
  });

  it('gets a new id and forgets its generation, and the next damage is put aside under another name', async () => {
    const path = copyOfModel();
    const ids = new Set<string>();
    for (const number of [1, 2, 3]) {
      const bytes = readFileSync(path);
      bytes.fill(0, 0, 100);
      writeFileSync(path, bytes);
      const store = await openAt(path);
      expect(store.salvaged?.movedTo).toBe(`${path}.damaged-${number}`);
      expect(await store.get('generation', 'current')).toBeNull();
      await store.commit({ put: [{ table: 'generation', key: 'current', value: bytesOf(1) }] });
      ids.add(store.id);
      await store.close();
    }
    expect(ids.size).toBe(3);
    expect(readdirSync(path.slice(0, -'/store.db'.length)).filter((name) => /^store\.db\.damaged-\d$/.test(name))).toHaveLength(3);
  });
});

describe('C44 a store that lost acknowledged commits', () => {
  /** As kill -9 leaves it: the newest commits are in the log only. */
  async function killed(path: string): Promise<void> {
    const away = `${path}-away`;
    const store = await openAt(path);
    for (let at = 0; at < 20; at++) await store.commit({ put: [{ table: 'draft', key: `late ${at}`, value: bytesOf(at) }] });
    for (const suffix of ['', '-wal', '-commits']) copyFileSync(path + suffix, away + suffix);
    await store.close();
    for (const suffix of ['', '-wal', '-commits']) copyFileSync(away + suffix, path + suffix);
  }

  it('is whole when its log is there', async () => {
    const path = copyOfModel();
    await killed(path);
    const store = await openAt(path);
    expect(store.salvaged).toBeNull();
    expect(await store.get('draft', 'late 19')).toEqual(bytesOf(19));
    await store.close();
  });

  it.each(['deleted', 'emptied', 'cut', 'broken'])('is noticed when its log was %s', async (how) => {
    const path = copyOfModel();
    await killed(path);
    const wal = readFileSync(`${path}-wal`);
    if (how === 'deleted') rmSync(`${path}-wal`);
    else if (how === 'emptied') writeFileSync(`${path}-wal`, '');
    else if (how === 'cut') truncateSync(`${path}-wal`, wal.length - 10);
    else {
      wal[wal.length >> 1] = (wal[wal.length >> 1] as number) ^ 1;
      writeFileSync(`${path}-wal`, wal);
    }
    const store = await openAt(path);
    expect(store.salvaged?.reason).toMatch(/commits are missing/);
    expect(await look(store)).not.toBe('refused');
    await store.close();
    const again = await openAt(path);
    expect(again.salvaged).toBeNull();
    await again.close();
  });

  it('is noticed when an older copy was put in its place', async () => {
    const path = copyOfModel();
    const first = await openAt(path);
    await first.backupTo(`${path}-backup`);
    expect(statSync(`${path}-backup`).mode & 0o777).toBe(0o600);
    await first.commit({ entries: [entryOf(bytesOf(9_999))] });
    const { id } = first;
    await first.close();
    copyFileSync(`${path}-backup`, path);
    const store = await openAt(path);
    expect(store.salvaged?.reason).toMatch(/older copy/);
    expect(store.id).not.toBe(id);
    expect(await look(store)).toEqual(WHOLE);
    await store.close();
  });

  it('is not suspected when a stranger folded the log into the file', async () => {
    const path = copyOfModel();
    await killed(path);
    const stranger = new Sqlite(path);
    stranger.pragma('integrity_check');
    stranger.close();
    expect(existsSync(`${path}-wal`)).toBe(false);
    const store = await openAt(path);
    expect(store.salvaged).toBeNull();
    await store.close();
  });
});
