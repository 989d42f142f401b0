/** Backup, destroy, restore, on the real SQLite and PostgreSQL: everything comes back, clients will notice, and what is wrong is refused with nothing changed. */
import { appendFile, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { backup } from '@leanvibe/relay/internal/backup/backup';
import { type Manifest, manifestPath } from '@leanvibe/relay/internal/backup/manifest';
import { restore, type Restored } from '@leanvibe/relay/internal/backup/restore';
import type { Database } from '@leanvibe/relay/internal/db/database';
import { migrate } from '@leanvibe/relay/internal/db/migrate';
import type { Migration } from '@leanvibe/relay/internal/db/migration';
import { migrations } from '@leanvibe/relay/internal/db/migrations';
import { openDatabase } from '@leanvibe/relay/internal/db/open';
import { databasePlace } from '@leanvibe/relay/internal/db/place';
import type { Settings } from '@leanvibe/relay/internal/config/settings';
import type { Result } from '@leanvibe/core/internal/base/result';
import { describe, expect, onTestFinished, test } from 'vitest';
import { leftOut } from '../../../help/needs.js';
import { postgresOfFile } from '../../../help/postgres.js';
import { createRandom } from '../../../help/random.js';
import { databaseDeps } from '../../../help/relay-db.js';
import { tempFolder } from '../../../help/temp.js';

type Place = Pick<Settings, 'data' | 'databaseUrl' | 'replicaUrl'>;

const STEPS = migrations.map(({ name }) => name);
const random = createRandom('backup');
const bytes = (count: number): Uint8Array => random.bytes(count);
const hex = (count: number): string => Buffer.from(bytes(count)).toString('hex');

async function opened(place: Place, steps: readonly Migration[] = migrations): Promise<Database> {
  const db = await openDatabase(databasePlace(place), databaseDeps);
  onTestFinished(() => db.close());
  const done = await migrate(db, steps, databaseDeps);
  if (!done.ok) throw new Error(done.error.message);
  return db;
}

async function fill(db: Database, rows: number): Promise<string> {
  const mailbox = hex(32);
  await db.sql
    .insertInto('pastKey')
    .values({ mailbox, readKey: hex(32), endedMs: rows })
    .execute();
  for (let position = 1; position <= rows; position++)
    await db.sql
      .insertInto('record')
      .values({ name: `n${position}`, key: bytes(12), value: bytes(position % 7 === 0 ? 4000 : 40) })
      .execute();
  await db.sql
    .insertInto('meta')
    .values({ name: 'storeId', value: 'before' })
    .onConflict((at) => at.column('name').doNothing())
    .execute();
  return mailbox;
}

const contents = async (db: Database): Promise<unknown> => [
  await db.sql.selectFrom('pastKey').selectAll().orderBy('mailbox').execute(),
  await db.sql.selectFrom('record').selectAll().orderBy('name').execute(),
];

const storeIdOf = async (db: Database): Promise<string | undefined> =>
  (await db.sql.selectFrom('meta').select('value').where('name', '=', 'storeId').executeTakeFirst())?.value;

function back(place: Place, target: string): Promise<Result<Manifest, string>> {
  return backup({ settings: place, target, env: process.env, version: '0.1.0', nowMs: 5 });
}

function bring(
  place: Place,
  from: string,
  more: { readonly force?: boolean; readonly steps?: readonly string[] } = {},
): Promise<Result<Restored, string>> {
  const { force = false, steps = STEPS } = more;
  return restore({ settings: place, backup: from, force, knownSteps: steps, random, env: process.env, nowMs: 7 });
}

function good<Value>(result: Result<Value, string>): Value {
  if (!result.ok) throw new Error(result.error);
  return result.value;
}

function why(result: Result<unknown, string>): string {
  return result.ok ? 'nothing was refused' : result.error;
}

const kinds: { readonly name: string; place(): Promise<Place> }[] = [
  { name: 'SQLite', place: async () => ({ data: await tempFolder('relay'), databaseUrl: null, replicaUrl: null }) },
];
if (!leftOut('postgres')) {
  const server = postgresOfFile();
  kinds.push({
    name: 'PostgreSQL',
    place: async () => ({ data: '/nowhere', databaseUrl: await (await server()).database(), replicaUrl: null }),
  });
}

for (const { name, place } of kinds)
  describe(name, () => {
    test('everything comes back, under a new store id', async () => {
      const [from, to, folder] = [await place(), await place(), await tempFolder('backup')];
      const db = await opened(from);
      await fill(db, 60);
      const file = join(folder, 'backup');
      const manifest = good(await back(from, file));
      expect(manifest.content.tables['record']?.rows).toBe(60);
      for (const path of [file, manifestPath(file)]) expect((await stat(path)).mode & 0o777).toBe(0o600);
      const restored = good(await bring(to, file));
      expect(restored).toMatchObject({ aside: null, rows: expect.any(Number) });
      const again = await opened(to);
      expect(await contents(again)).toEqual(await contents(db));
      expect(await storeIdOf(again)).toBe(restored.storeId);
      expect(restored.storeId).toMatch(/^[0-9a-f]{32}$/);
      expect(await storeIdOf(db)).toBe('before');
    });

    test('it is one moment of a database that is being written to', async () => {
      const [from, to, folder] = [await place(), await place(), await tempFolder('backup')];
      const db = await opened(from);
      await fill(db, 200);
      let writing = true;
      const writer = (async () => {
        while (writing) await fill(db, 1).catch(() => undefined);
      })();
      const made = await back(from, join(folder, 'backup'));
      writing = false;
      await writer;
      good(made);
      good(await bring(to, join(folder, 'backup')));
    });

    test('a database that holds something is left alone without --force, and set aside with it', async () => {
      const [from, to, folder] = [await place(), await place(), await tempFolder('backup')];
      await fill(await opened(from), 3);
      const file = join(folder, 'backup');
      good(await back(from, file));
      const standing = await openDatabase(databasePlace(to), databaseDeps);
      good(
        await migrate(standing, migrations, databaseDeps).then((done) =>
          done.ok ? done : { ok: false as const, error: done.error.message },
        ),
      );
      const mailbox = await fill(standing, 2);
      await standing.close();
      expect(why(await bring(to, file))).toMatch(/not empty.*--force/);
      const { aside } = good(await bring(to, file, { force: true }));
      expect(aside).toMatch(/before.restore.7$/);
      const again = await opened(to);
      expect(await again.sql.selectFrom('pastKey').select('mailbox').where('mailbox', '=', mailbox).execute()).toEqual([]);
    });

    test('an older backup is restored and then migrated; one of a newer relay is refused in words, with and without its description', async () => {
      const [from, to, folder] = [await place(), await place(), await tempFolder('backup')];
      await fill(await opened(from), 3);
      const older = join(folder, 'older');
      good(await back(from, older));
      const next: Migration = {
        name: `${String(STEPS.length + 1).padStart(4, '0')}-next`,
        up: async (sql) => void (await sql.schema.createTable('next').addColumn('one', 'integer').execute()),
      };
      good(await bring(to, older, { steps: [...STEPS, next.name] }));
      const newer = await opened(to, [...migrations, next]);
      const file = join(folder, 'newer');
      good(await back(to, file));
      await newer.close();
      const target = await place();
      expect(why(await bring(target, file))).toMatch(/made by a newer relay \(\d{4}-next\); update this program/);
      await writeFile(join(folder, 'alone'), await readFile(file));
      expect(why(await bring(target, join(folder, 'alone')))).toMatch(/made by a newer relay/);
      expect(good(await bring(target, older)).aside).toBeNull();
    });

    test('a damaged backup is refused and changes nothing; one backup never writes over another', async () => {
      const [from, to, folder] = [await place(), await place(), await tempFolder('backup')];
      await fill(await opened(from), 30);
      const file = join(folder, 'backup');
      good(await back(from, file));
      expect(why(await back(from, file))).toMatch(/exists already/);
      const whole = await readFile(file);
      await appendFile(file, 'x');
      expect(why(await bring(to, file))).toMatch(/damaged/);
      // Without its description the damage must show by itself.
      const cut = join(folder, 'cut');
      await writeFile(cut, whole.subarray(0, Math.floor(whole.length / 2)));
      expect(why(await bring(to, cut))).not.toBe('nothing was refused');
      await writeFile(file, whole);
      const told = JSON.parse(await readFile(manifestPath(file), 'utf8')) as Manifest;
      await writeFile(
        manifestPath(file),
        JSON.stringify({ ...told, content: { ...told.content, tables: { ...told.content.tables, record: { rows: 31, hash: '' } } } }),
      );
      expect(why(await bring(to, file))).toMatch(/table record has 30 rows instead of 31/);
      await writeFile(manifestPath(file), '{}');
      expect(why(await bring(to, file))).toMatch(/not the description of a backup/);
      await writeFile(manifestPath(file), JSON.stringify(told));
      good(await bring(to, file));
    });
  });

test('SQLite a file that a relay has open is never restored over', async () => {
  const place = { data: await tempFolder('relay'), databaseUrl: null, replicaUrl: null };
  const db = await opened(place);
  await fill(db, 2);
  const file = join(await tempFolder('backup'), 'backup');
  good(await back(place, file));
  expect(why(await bring(place, file, { force: true }))).toMatch(/a relay has .* open; stop it first/);
  await db.close();
  expect(good(await bring(place, file, { force: true })).aside).toMatch(/before-restore-7$/);
});

test('SQLite what lies beside a file that is no database any more, or is gone, is set aside with it', async () => {
  const from = { data: await tempFolder('relay'), databaseUrl: null, replicaUrl: null };
  await fill(await opened(from), 2);
  const file = join(await tempFolder('backup'), 'backup');
  good(await back(from, file));
  for (const left of ['damaged', '', null]) {
    const to = { data: await tempFolder('relay'), databaseUrl: null, replicaUrl: null };
    const path = join(to.data, 'leanvibe-relay.db');
    if (left !== null) await writeFile(path, left);
    await writeFile(`${path}-wal`, 'the tail');
    expect(why(await bring(to, file))).toMatch(/not empty.*--force/);
    expect(await readFile(`${path}-wal`, 'utf8')).toBe('the tail');
    const { aside } = good(await bring(to, file, { force: true }));
    expect(await readFile(`${aside}-wal`, 'utf8')).toBe('the tail');
    if (left !== null) expect(await readFile(`${aside}`, 'utf8')).toBe(left);
  }
});

test('a backup of one kind of database is not restored into the other', async () => {
  const place = { data: await tempFolder('relay'), databaseUrl: null, replicaUrl: null };
  await fill(await opened(place), 1);
  const file = join(await tempFolder('backup'), 'backup');
  good(await back(place, file));
  const other = { ...place, databaseUrl: 'postgres://relay@127.0.0.1:1/relay' };
  expect(why(await bring(other, file))).toMatch(/a backup of an SQLite file, and the settings name a PostgreSQL database/);
});
