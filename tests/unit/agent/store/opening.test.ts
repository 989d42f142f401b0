/** A8: what opening refuses, and in which words. */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { migrate, MIGRATIONS, schemaVersion } from '@leanvibe/agent/internal/store/migrate';
import Sqlite from 'better-sqlite3';
import { afterAll, describe, expect, it } from 'vitest';
import { bytesOf, entryOf, openAt, spaceOf, temporaryFolder, tryOpenAt } from '../../../help/store-things.js';

const folder = temporaryFolder('opening');
afterAll(() => folder.remove());
let homes = 0;
const ASK = `
import { openStoreFile } from '@leanvibe/agent/internal/store/opening';
const opened = openStoreFile(process.argv[1], new Uint8Array(16));
process.stdout.write(opened.ok ? 'opened' : opened.error.code);
`;
const newPath = (): string => `${folder.path}/${homes++}/store.db`;

async function refusal(path: string): Promise<{ readonly code: string; readonly message: string }> {
  const opened = await tryOpenAt(path);
  if ('error' in opened) return opened.error;
  await opened.store.close();
  return { code: 'opened', message: '' };
}

describe('A8 opening a store', () => {
  it('makes a home for its owner only', async () => {
    const path = newPath();
    const store = await openAt(path);
    await store.commit({ entries: [entryOf(bytesOf(1))] });
    expect(statSync(path.slice(0, -'/store.db'.length)).mode & 0o777).toBe(0o700);
    for (const suffix of ['', '-wal', '-shm', '-commits']) expect(statSync(path + suffix).mode & 0o777).toBe(0o600);
    await store.close();
  });

  it('refuses a newer store and leaves it as it is', async () => {
    const path = newPath();
    await (await openAt(path)).close();
    const db = new Sqlite(path);
    migrate(db, [...MIGRATIONS, (to) => void to.exec('CREATE TABLE later(x)')]);
    db.close();
    const before = readFileSync(path);
    const { code, message } = await refusal(path);
    expect(code).toBe('newer');
    expect(message).toContain('newer LeanVibe');
    expect(Buffer.compare(readFileSync(path), before)).toBe(0);
  });

  it("refuses another program's database and leaves it as it is", async () => {
    const path = newPath();
    mkdirSync(path.slice(0, -'/store.db'.length));
    const db = new Sqlite(path);
    db.exec("CREATE TABLE theirs(x); INSERT INTO theirs VALUES('precious')");
    db.close();
    const before = readFileSync(path);
    expect((await refusal(path)).code).toBe('foreign');
    expect(Buffer.compare(readFileSync(path), before)).toBe(0);
  });

  it('refuses a folder in the place of the file, and a home that is a file', async () => {
    const path = newPath();
    mkdirSync(path, { recursive: true });
    expect((await refusal(path)).code).toBe('not-a-file');
    writeFileSync(`${folder.path}/plain`, '');
    expect((await refusal(`${folder.path}/plain/store.db`)).code).toBe('not-a-file');
  });

  it('refuses a home this user may not write', async () => {
    expect((await refusal('/proc/leanvibe/store.db')).code).toBe('read-only');
    const home = `${folder.path}/closed`;
    mkdirSync(home, { mode: 0o755 });
    // Root may write anywhere, so it asks as nobody; anybody else closes the folder to himself.
    const isRoot = process.getuid?.() === 0;
    if (isRoot) chmodSync(folder.path, 0o755);
    else chmodSync(home, 0o500);
    const asked = spawnSync(process.execPath, ['--input-type=module', '-e', ASK, `${home}/store.db`], {
      cwd: import.meta.dirname,
      encoding: 'utf8',
      ...(isRoot ? { uid: 65_534, gid: 65_534 } : {}),
    });
    expect(asked.stdout, asked.stderr).toBe('read-only');
  });

  it('puts a file that is no database aside and starts anew', async () => {
    const path = newPath();
    mkdirSync(path.slice(0, -'/store.db'.length));
    writeFileSync(path, 'a letter to my mother');
    const store = await openAt(path);
    expect(store.salvaged?.movedTo).toBe(`${path}.damaged-1`);
    expect(readFileSync(`${path}.damaged-1`, 'utf8')).toBe('a letter to my mother');
    await store.close();
  });

  it('finishes or drops a rebuilding that a crash interrupted', async () => {
    const path = newPath();
    const store = await openAt(path);
    await store.commit({ entries: [entryOf(bytesOf(1))] });
    await store.backupTo(`${path}-rebuilding`);
    const { id } = store;
    await store.close();
    const dropped = await openAt(path);
    expect([dropped.id, existsSync(`${path}-rebuilding`)]).toEqual([id, false]);
    await dropped.backupTo(`${path}-rebuilding`);
    await dropped.close();
    renameSync(path, `${path}.damaged-1`);
    const finished = await openAt(path);
    expect((await finished.head(spaceOf(0), 2)).position).toBe(1);
    await finished.close();
  });

  it('C44 draws a new id on request and forgets the generation', async () => {
    const path = newPath();
    const store = await openAt(path);
    const before = store.id;
    await store.commit({ put: [{ table: 'generation', key: 'current', value: bytesOf(1) }] });
    const next = await store.renewId();
    expect([next === before, store.id, await store.get('generation', 'current')]).toEqual([false, next, null]);
    await store.close();
    const again = await openAt(path);
    expect([again.id, again.salvaged]).toEqual([next, null]);
    await again.close();
  });
});

describe('migrations', () => {
  it('run forward, each once, all or none', () => {
    const db = new Sqlite(':memory:');
    const steps = [...MIGRATIONS, (to: typeof db) => void to.exec('CREATE TABLE second(x)')];
    expect(migrate(db, MIGRATIONS)).toBe(MIGRATIONS.length);
    expect(migrate(db, steps)).toBe(1);
    expect(migrate(db, steps)).toBe(0);
    const failing = [
      ...steps,
      (to: typeof db) => void to.exec('CREATE TABLE third(x)'),
      () => {
        throw new Error('no');
      },
    ];
    expect(() => migrate(db, failing)).toThrow('no');
    expect(schemaVersion(db)).toBe(MIGRATIONS.length + 1);
    expect(db.prepare("SELECT count(*) FROM sqlite_schema WHERE name = 'third'").pluck().get()).toBe(0);
    db.close();
  });
});
