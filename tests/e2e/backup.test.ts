/** `leanvibe backup` and `leanvibe restore` as a person uses them: the home is destroyed, an empty one takes its place, and a device that survived goes on with it. */
import { copyFile, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import { startAgent, type TestAgent } from '../help/agent.js';
import { LEANVIBE } from '../help/machine.js';
import { type Ended, run } from '../help/program.js';
import { makeRepo } from '../help/repo.js';
import { tempFolder } from '../help/temp.js';
import { until } from '../help/wait.js';

const PASSPHRASE = 'correct horse battery';

interface Typed {
  readonly home: string;
  readonly passphrase?: string;
}

function leanvibe({ home, passphrase = PASSPHRASE }: Typed, ...args: readonly string[]): Promise<Ended> {
  const env = { LEANVIBE_SECRETS: 'file', LEANVIBE_PASSPHRASE: passphrase, LEANVIBE_BACKUP_PASSPHRASE: undefined };
  return run(process.execPath, [LEANVIBE, ...args, '--home', home], { env });
}

async function titles(one: TestAgent, project: string): Promise<readonly string[]> {
  const tasks = await one.ask('task.list', { project }).catch((error: unknown) => {
    if (/no-project|not-found/.test(String(error))) return [];
    throw error;
  });
  return tasks.map(({ title }) => title).sort();
}

/** Blocks of rows whose bytes are no longer on this disk. */
function prunedBlocks(home: string): number {
  const db = new Sqlite(join(home, 'store.db'), { readonly: true });
  try {
    return db.prepare<[], number>('SELECT count(*) FROM packed').pluck().get() ?? 0;
  } finally {
    db.close();
  }
}

async function join2(shows: TestAgent, joins: TestAgent): Promise<void> {
  const { link } = await shows.ask('pair.start', { autoConfirm: true });
  await joins.ask('join.start', { target: link });
  await until('joining to end', async () => (await joins.ask('join.status', {})).state === 'joined');
}

describe('a backup', () => {
  test('C1 C45 brings everything back after the home is gone, and the other device goes on with the restored one', async () => {
    const folder = await tempFolder('backup');
    const file = join(folder, 'all.backup');
    const bea = await startAgent({ name: 'bea' });
    const ana = await startAgent({ name: 'ana', home: join(folder, 'ana') });
    await join2(bea, ana);
    const { project } = await ana.ask('project.add', { path: makeRepo(join(folder, 'work')) });
    await ana.ask('task.add', { project: project.id, title: 'before the backup' });
    await ana.ask('note.append', { project: project.id, text: 'words to keep' });
    await until('bea to have it', async () => (await titles(bea, project.id)).includes('before the backup'));

    const written = await leanvibe(ana, 'backup', file, '--json');
    expect(written).toMatchObject({ code: 0 });
    const view = JSON.parse(written.stdout) as { readonly bytes: number; readonly entries: number; readonly missing: number };
    expect(view).toMatchObject({ missing: 0, bytes: (await stat(file)).size });
    const bytes = await readFile(file);
    for (const words of ['before the backup', 'words to keep', 'ana', project.id]) expect(bytes.includes(words)).toBe(false);
    expect((await ana.ask('device.list', {})).find(({ type }) => type === 'paper')).toMatchObject({ revoked: false });

    await ana.ask('task.add', { project: project.id, title: 'after the backup' });
    await until('bea to have it too', async () => (await titles(bea, project.id)).includes('after the backup'));
    await ana.agent.stop();
    await rm(ana.home, { recursive: true });

    const home = join(folder, 'new');
    const restored = await leanvibe({ home }, 'restore', file, '--json');
    expect(restored).toMatchObject({ code: 0 });
    expect(JSON.parse(restored.stdout)).toMatchObject({ name: 'ana', entries: view.entries, missing: 0 });
    const again = await leanvibe({ home }, 'restore', file);
    expect(again).toMatchObject({ code: 1, stderr: expect.stringMatching(/data of its own[^]*--home/) as string });

    const cleo = await startAgent({ name: 'cleo', home });
    expect(await titles(cleo, project.id)).toContain('before the backup');
    expect(await cleo.ask('note.show', { project: project.id })).toEqual({ text: 'words to keep\n' });
    await cleo.ask('task.add', { project: project.id, title: 'by the restored one' });
    await bea.ask('task.add', { project: project.id, title: 'by the one that survived' });
    const all = ['after the backup', 'before the backup', 'by the one that survived', 'by the restored one'];
    for (const one of [cleo, bea])
      await until('both to have all', async () => (await titles(one, project.id)).join() === all.join(), 20_000);
    await until('bea to know the new name', async () => {
      const names = (await bea.ask('device.list', {})).map(({ name }) => name);
      return ['ana', 'bea', 'cleo'].every((name) => names.includes(name));
    });
    expect((await cleo.ask('status', {})).cloned).toBe(false);
  }, 90_000);

  test('C1 C37 K3 of a store that was pruned is whole, and so is what it brings back: it reads the same, proves whole, and goes on with others', async () => {
    const folder = await tempFolder('backup');
    const file = join(folder, 'all.backup');
    const [beaHome, home] = [join(folder, 'bea'), join(folder, 'new')];
    const bea = await startAgent({ name: 'bea', home: beaHome });
    const ana = await startAgent({ name: 'ana', home: join(folder, 'ana') });
    await join2(bea, ana);
    const { project } = await ana.ask('project.add', { path: makeRepo(join(folder, 'work')) });
    await ana.ask('task.add', { project: project.id, title: 'before' });
    for (let page = 0; page < 12; page++) await ana.ask('note.append', { project: project.id, text: `page ${page} ${'x'.repeat(9_000)}` });
    for (const { home: of } of [ana, bea]) await until('both to have pruned', () => prunedBlocks(of) > 0, 60_000, 250);
    const text = await ana.ask('note.show', { project: project.id });
    const verify = async (typed: Typed): Promise<void> =>
      expect(await leanvibe(typed, 'verify')).toMatchObject({ code: 0, stdout: expect.stringContaining('all whole') as string });
    await verify(ana);

    const written = await leanvibe(ana, 'backup', file);
    expect(written).toMatchObject({ code: 0 });
    expect(written.stdout).not.toContain('could not be read');
    for (const one of [ana, bea]) await one.agent.stop();
    await rm(ana.home, { recursive: true });
    const restored = await leanvibe({ home }, 'restore', file, '--json');
    expect(JSON.parse(restored.stdout)).toMatchObject({ missing: 0 });
    // Nobody else is there to be asked.
    const cleo = await startAgent({ name: 'cleo', home });
    expect((await cleo.ask('note.show', { project: project.id })).text === text.text).toBe(true);
    expect(await titles(cleo, project.id)).toEqual(['before']);
    await verify(cleo);

    await cleo.ask('note.append', { project: project.id, text: 'by the restored one' });
    const again = await startAgent({ name: 'bea', home: beaHome });
    await again.ask('task.add', { project: project.id, title: 'by the one that survived' });
    for (const one of [cleo, again]) {
      await until('both to have all', async () => (await titles(one, project.id)).includes('by the one that survived'), 30_000);
      await until('the words', async () => (await one.ask('note.show', { project: project.id })).text.includes('by the restored'), 30_000);
      await verify(one);
    }
    expect(await again.ask('note.show', { project: project.id })).toEqual(await cleo.ask('note.show', { project: project.id }));
  }, 180_000);

  test('C1 what is no whole backup, and what is no empty home, is refused in words and changes nothing', async () => {
    const folder = await tempFolder('backup');
    const file = join(folder, 'all.backup');
    const ana = await startAgent({ name: 'ana' });
    const { project } = await ana.ask('project.add', { path: makeRepo(join(folder, 'work')) });
    for (let n = 0; n < 40; n++) await ana.ask('task.add', { project: project.id, title: `task ${n} ${'x'.repeat(1500)}` });
    expect(await leanvibe(ana, 'backup', file)).toMatchObject({ code: 0 });
    expect(await leanvibe(ana, 'backup', file)).toMatchObject({ code: 1, stderr: expect.stringContaining('exists already') as string });
    expect(await leanvibe(ana, 'backup', join(folder, 'nowhere/b'))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('does not exist') as string,
    });
    expect(await leanvibe({ ...ana, passphrase: 'short' }, 'backup', join(folder, 'b'))).toMatchObject({ code: 2 });
    expect(await leanvibe(ana, 'restore', file)).toMatchObject({ code: 1, stderr: expect.stringContaining('is running') as string });

    const home = join(folder, 'new');
    const { size } = await stat(file);
    const copy = async (change: (path: string) => Promise<void>): Promise<Ended> => {
      const path = join(folder, 'changed.backup');
      await copyFile(file, path);
      await change(path);
      const ended = await leanvibe({ home }, 'restore', path);
      await expect(stat(home)).rejects.toThrow('ENOENT');
      return ended;
    };
    const flip = (at: number) => async (path: string) => {
      const bytes = await readFile(path);
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      await writeFile(path, bytes);
    };
    const refused = (words: RegExp): object => ({ code: 1, stderr: expect.stringMatching(words) as string });
    for (const at of [20, 40, 70, 80, 2_000, size - 1]) expect(await copy(flip(at))).toMatchObject(refused(/damaged|passphrase is wrong/));
    for (const bytes of [size - 1, size - 100, 65, 40, 3, 0])
      expect(await copy((path) => truncate(path, bytes))).toMatchObject(refused(/damaged|no LeanVibe backup/));
    expect(await copy((path) => writeFile(path, 'x', { flag: 'a' }))).toMatchObject(refused(/damaged/));
    expect(await copy(flip(3))).toMatchObject(refused(/no LeanVibe backup/));
    expect(
      await copy(async (path) => {
        const bytes = await readFile(path);
        bytes[16] = 9;
        await writeFile(path, bytes);
      }),
    ).toMatchObject(refused(/newer LeanVibe/));
    const wrong = await leanvibe({ home, passphrase: 'not this one' }, 'restore', file);
    expect(wrong).toMatchObject({ code: 1, stderr: expect.stringContaining('the passphrase is wrong') as string });
    expect(await leanvibe({ home }, 'restore', join(folder, 'none'))).toMatchObject(refused(/no file/));
    expect(await leanvibe({ home }, 'restore', file)).toMatchObject({ code: 0 });
  }, 120_000);
});
