/** Watching: single files at once, branches and new files soon after, and polling where the system has no watches left. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { Indexed } from '@leanvibe/agent/internal/index/messages';
import { createProjectWatch, type ProjectWatch } from '@leanvibe/agent/internal/index/watch-project';
import { commitAll, git, tempFolder, tempRepository, until, write } from './help.js';

const open: ProjectWatch[] = [];

afterEach(() => {
  for (const one of open.splice(0)) one.stop();
});

interface Story {
  readonly told: Indexed[];
  readonly failures: string[];
  last(): Indexed | undefined;
}

function watch(path: string, more: Partial<Parameters<typeof createProjectWatch>[0]> = {}): Story {
  const told: Indexed[] = [];
  const failures: string[] = [];
  open.push(
    createProjectWatch({
      path,
      previous: null,
      onIndexed: (indexed) => told.push(indexed),
      onFailed: ({ code }) => failures.push(code),
      note: (event) => failures.push(event),
      ...more,
    }),
  );
  return { told, failures, last: () => told.at(-1) };
}

describe('A2 watching', () => {
  it('A2 reads an edited file alone and tells the rest soon after', async () => {
    const folder = tempRepository({ 'a.ts': '1\n', 'b/c.ts': '1\n' });
    const { told, last } = watch(folder);
    await until(() => told.length === 1);
    write(folder, 'b/c.ts', '1\n2\n');
    await until(() => told.length === 2);
    expect(last()).toMatchObject({ filesRead: 1, snapshot: null, watching: 'events', summary: { lines: 3, git: { dirty: false } } });
    await until(() => last()?.summary.git?.dirty === true);
    expect(last()?.snapshot).toBeInstanceOf(Uint8Array);
    // The way editors save: a new file renamed over the old.
    write(folder, '.a.ts.swp', '1\n2\n3\n');
    renameSync(join(folder, '.a.ts.swp'), join(folder, 'a.ts'));
    await until(() => last()?.summary.lines === 5 && last()?.summary.untracked.count === 0);
    unlinkSync(join(folder, 'a.ts'));
    await until(() => last()?.summary.missing.count === 1);
    expect(last()?.summary.lines).toBe(2);
  });

  it('A2 notices branches, commits, new files and folders made anew', async () => {
    const folder = tempRepository({ 'a.ts': '1\n', 'd/x.ts': '1\n' });
    const { told, last } = watch(folder);
    await until(() => told.length === 1);
    git(folder, 'checkout', '-q', '-b', 'side');
    await until(() => last()?.summary.git?.branch === 'side');
    write(folder, 'n/new.ts', '1\n2\n');
    await until(() => last()?.summary.untracked.count === 1);
    commitAll(folder);
    await until(() => last()?.summary.files === 3 && last()?.summary.git?.dirty === false);
    write(folder, 'n/new.ts', '1\n2\n3\n');
    await until(() => last()?.summary.lines === 5);
    git(folder, 'checkout', '-q', '-f', 'main');
    await until(() => last()?.summary.files === 2 && last()?.summary.git?.branch === 'main');
    rmSync(join(folder, 'd'), { recursive: true });
    await until(() => last()?.summary.missing.count === 1);
    write(folder, 'd/x.ts', '1\n');
    await until(() => last()?.summary.missing.count === 0);
    write(folder, 'd/x.ts', '1\n2\n3\n');
    await until(() => last()?.summary.lines === 4);
  });

  it('A2 follows a folder without git, its .gitignore included', async () => {
    const folder = tempFolder();
    write(folder, 'a.txt', '1\n');
    const { told, last } = watch(folder);
    await until(() => told.length === 1);
    mkdirSync(join(folder, 'deep/er'), { recursive: true });
    writeFileSync(join(folder, 'deep/er/b.txt'), '1\n2\n');
    await until(() => last()?.summary.files === 2);
    write(folder, 'deep/er/c.txt', '1\n');
    await until(() => last()?.summary.files === 3);
    write(folder, '.gitignore', 'deep\n');
    await until(() => last()?.summary.files === 2);
  });

  it('A2 does not look at the tree for every stroke of an ignored log', async () => {
    const folder = tempRepository({ 'a.ts': '1\n', '.gitignore': '*.log\n' });
    const { told, last } = watch(folder);
    await until(() => told.length === 1);
    for (let round = 0; round < 50; round += 1) {
      write(folder, 'build.log', `${round}\n`);
      await new Promise((done) => setTimeout(done, 5));
    }
    await new Promise((done) => setTimeout(done, 600));
    expect(told).toHaveLength(1);
    write(folder, 'a.ts', '1\n2\n');
    await until(() => last()?.summary.lines === 3);
  });

  it('A2 says that the folder went, and comes back with it', async () => {
    const base = tempFolder();
    const folder = join(base, 'project');
    write(folder, 'a.txt', '1\n');
    const { told, failures, last } = watch(folder);
    await until(() => told.length === 1);
    renameSync(folder, join(base, 'elsewhere'));
    await until(() => failures.includes('not-found'));
    renameSync(join(base, 'elsewhere'), folder);
    await until(() => told.length === 2);
    write(folder, 'a.txt', '1\n2\n');
    await until(() => last()?.summary.lines === 2);
  }, 40_000);

  it('A2 says nothing after it was stopped', async () => {
    const folder = tempRepository({ 'a.ts': '1\n' });
    const { told } = watch(folder);
    await until(() => told.length === 1);
    for (const one of open.splice(0)) one.stop();
    write(folder, 'a.ts', '1\n2\n');
    await new Promise((done) => setTimeout(done, 400));
    expect(told).toHaveLength(1);
  });

  it('A2 polls, and says so, when watches run out', async () => {
    const folder = tempRepository({ 'a.ts': '1\n', 'd/b.ts': '1\n' });
    const { told, failures, last } = watch(folder, { watchFolders: () => ({ set: () => false, stop: () => undefined }) });
    await until(() => last()?.watching === 'polling');
    expect(failures).toContain('index.watch.polling');
    write(folder, 'd/b.ts', '1\n2\n');
    await until(() => last()?.summary.lines === 3, 15_000);
    expect(told.length).toBeGreaterThan(1);
  }, 30_000);

  it.runIf(process.platform === 'linux' && process.getuid?.() === 0)('A2 polls when the kernel itself refuses more watches', () => {
    const folder = tempRepository({ 'a.ts': '1\n', 'd/b.ts': '1\n', 'e/b.ts': '1\n' });
    const module = new URL(import.meta.resolve('@leanvibe/agent/internal/index/watch-project')).href;
    const script = `const {createProjectWatch} = await import(${JSON.stringify(module)}); const w = createProjectWatch({path: ${JSON.stringify(folder)}, previous: null, onIndexed: ({watching, summary}) => { process.stdout.write(JSON.stringify([watching, summary.files])); w.stop(); }, onFailed: (e) => process.stdout.write(JSON.stringify(e)), note: (event, fields) => process.stdout.write(JSON.stringify([event, fields.why]))});`;
    const { stdout, stderr } = spawnSync(
      'unshare',
      [
        '--user',
        '--map-root-user',
        'sh',
        '-c',
        'echo 2 > /proc/sys/user/max_inotify_watches && exec "$0" --input-type=module -e "$1"',
        process.execPath,
        script,
      ],
      { encoding: 'utf8', timeout: 20_000 },
    );
    expect(stderr).toBe('');
    expect(stdout).toBe('["index.watch.polling","no more watches"]["polling",3]');
  });
});
