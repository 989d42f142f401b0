/** A repository may be a stranger's: nothing it configures is run, nothing of the caller's environment leaks in, and what cannot be opened says why. */
import { chmodSync, chownSync, existsSync, mkdirSync, rmSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { normaliseRemote } from '@leanvibe/agent/internal/index/git/remote';
import { gitEnvironment } from '@leanvibe/agent/internal/index/git/run';
import { commitAll, failureOf, git, run, scan, tempFolder, tempRepository, write } from './help.js';

const environment = { ...process.env };
afterEach(() => {
  for (const name of Object.keys(process.env)) if (!(name in environment)) delete process.env[name];
  Object.assign(process.env, environment);
});

function tripwire(folder: string): { readonly program: string; readonly sprung: () => boolean } {
  const mark = join(folder, '..', `${folder.split('/').at(-1)}-sprung`);
  const program = join(folder, 'trip.sh');
  write(folder, 'trip.sh', `#!/bin/sh\ntouch '${mark}'\ncat\n`);
  chmodSync(program, 0o755);
  const sprung = (): boolean => existsSync(mark);
  return { program, sprung };
}

describe('A2 a hostile repository', () => {
  it('A2 has none of its programs run: fsmonitor, hooks, filters with odd names, pagers, diff drivers', async () => {
    const folder = tempRepository({
      'a.txt': 'one\n',
      'b.txt': 'two\n',
      '.gitattributes': '*.txt filter=evil diff=evil\nb.txt filter=a=b.c\n',
    });
    const { program, sprung } = tripwire(folder);
    for (const key of [
      'core.fsmonitor',
      'core.pager',
      'pager.status',
      'diff.external',
      'diff.evil.textconv',
      'diff.evil.command',
      'filter.evil.clean',
      'filter.evil.smudge',
      'filter.a=b.c.clean',
      'core.sshCommand',
      'core.askPass',
      'credential.helper',
    ])
      git(folder, 'config', key, program);
    git(folder, 'config', 'filter.evil.required', 'true');
    git(folder, 'config', 'core.hooksPath', folder);
    for (const hook of ['post-index-change', 'fsmonitor-watchman', 'pre-auto-gc']) {
      write(folder, hook, `#!/bin/sh\nexec '${program}'\n`);
      chmodSync(join(folder, hook), 0o755);
    }
    write(folder, 'a.txt', 'changed\n');
    write(folder, 'b.txt', 'owt\n');
    const { summary } = await scan(folder);
    expect(sprung()).toBe(false);
    expect(summary.git?.dirty).toBe(true);
    // The wire is live: git left to itself trips over it.
    git(folder, 'status');
    expect(sprung()).toBe(true);
    rmSync(join(folder, '..', `${folder.split('/').at(-1)}-sprung`));
  });

  it('A2 that lacks objects does not have them fetched by a command it names', async () => {
    const folder = tempRepository({ 'a.txt': 'one\n' });
    const { program, sprung } = tripwire(folder);
    const tree = git(folder, 'rev-parse', 'HEAD^{tree}');
    unlinkSync(join(folder, '.git/objects', tree.slice(0, 2), tree.slice(2)));
    git(folder, 'config', 'remote.origin.url', `ext::${program}`);
    git(folder, 'config', 'remote.origin.promisor', 'true');
    git(folder, 'config', 'remote.origin.partialclonefilter', 'blob:none');
    git(folder, 'config', 'extensions.partialClone', 'origin');
    git(folder, 'config', 'core.repositoryformatversion', '1');
    git(folder, 'config', 'protocol.ext.allow', 'always');
    expect(await failureOf(scan(folder))).toBe('git-failed');
    expect(sprung()).toBe(false);
  });

  it("A2 is opened as it stands, whatever the caller's GIT_ variables say", async () => {
    const other = tempRepository({ 'x.txt': '1\n', 'y.txt': '1\n' });
    const folder = tempRepository({ 'a.txt': '1\n' });
    Object.assign(process.env, {
      GIT_DIR: join(other, '.git'),
      GIT_WORK_TREE: other,
      GIT_INDEX_FILE: join(other, '.git/index'),
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: 'core.bare',
      GIT_CONFIG_VALUE_0: 'true',
    });
    expect((await scan(folder)).summary).toMatchObject({ files: 1, lines: 1 });
    const env = gitEnvironment({ GIT_DIR: 'x', GIT_CONFIG_GLOBAL: 'kept', PATH: 'p' }, []);
    expect(env).toMatchObject({ PATH: 'p', GIT_CONFIG_GLOBAL: 'kept', GIT_CONFIG_COUNT: '0' });
    expect(env).not.toHaveProperty('GIT_DIR');
  });
});

describe('A2 repositories that are not plain working trees', () => {
  it('A2 linked worktrees index like any other, with their own branch', async () => {
    const folder = tempRepository({ 'a.txt': '1\n' });
    const linked = join(tempFolder(), 'linked');
    git(folder, 'worktree', 'add', '-q', '-b', 'side', linked);
    const { summary } = await scan(linked);
    expect(summary).toMatchObject({ kind: 'git', files: 1, git: { branch: 'side', dirty: false, head: git(folder, 'rev-parse', 'main') } });
    rmSync(folder, { recursive: true });
    expect(await failureOf(scan(linked))).toBe('broken-repository');
  });

  it('A2 bare ones, .git folders, misplaced trees and broken ones say so', async () => {
    const bare = tempFolder();
    git(bare, 'init', '-q', '--bare', '.');
    expect(await failureOf(scan(bare))).toBe('bare-repository');
    const folder = tempRepository({ 'a.txt': '1\n' });
    expect(await failureOf(scan(join(folder, '.git')))).toBe('inside-git-folder');
    git(folder, 'config', 'core.worktree', '/etc');
    expect(await failureOf(scan(folder))).toBe('broken-repository');
    const broken = tempFolder();
    mkdirSync(join(broken, '.git'));
    expect(await failureOf(scan(broken))).toBe('broken-repository');
    const damaged = tempRepository({ 'a.txt': '1\n' });
    write(damaged, '.git/index', 'damaged');
    expect(await failureOf(scan(damaged))).toBe('git-failed');
  });

  it('A2 empty, detached and shallow ones', async () => {
    const empty = tempRepository();
    expect((await scan(empty)).summary).toMatchObject({
      files: 0,
      lines: 0,
      git: { branch: 'main', head: null, rootCommits: [], dirty: false },
    });
    const folder = tempRepository({ 'a.txt': '1\n' });
    const root = git(folder, 'rev-parse', 'HEAD');
    write(folder, 'a.txt', '2\n');
    commitAll(folder);
    git(folder, 'checkout', '-q', '--detach');
    expect((await scan(folder)).summary.git).toMatchObject({ branch: null, rootCommits: [root], shallow: false });
    const shallow = join(tempFolder(), 'shallow');
    git(folder, 'clone', '-q', '--depth', '1', `file://${folder}`, shallow);
    expect((await scan(shallow)).summary.git).toMatchObject({ rootCommits: [], shallow: true, remote: null });
  });

  it.runIf(process.getuid?.() === 0)("A2 another user's repository is refused with the command that allows it", async () => {
    const folder = tempRepository({ 'a.txt': '1\n' });
    for (const path of [folder, join(folder, '.git')]) chownSync(path, 65_534, 65_534);
    process.env['GIT_CONFIG_GLOBAL'] = join(folder, 'none');
    expect(await failureOf(scan(folder))).toBe('not-trusted');
    run(folder, 'git', ['config', '--file', join(folder, 'allowed'), 'safe.directory', folder]);
    process.env['GIT_CONFIG_GLOBAL'] = join(folder, 'allowed');
    expect((await scan(folder)).summary.files).toBe(1);
  });

  it('A2 without a git program a repository is an error and a folder is not', async () => {
    const folder = tempRepository({ 'a.txt': '1\n' });
    const plain = tempFolder();
    write(plain, 'a.txt', '1\n');
    process.env['PATH'] = '/nowhere';
    expect(await failureOf(scan(folder))).toBe('git-missing');
    expect((await scan(plain)).summary).toMatchObject({ kind: 'folder', files: 1 });
  });

  it('A2 places whose names hold newlines are told apart', async () => {
    const folder = join(tempFolder(), 'new\nline');
    mkdirSync(folder);
    git(folder, 'init', '-q', '.');
    write(folder, 'sub\nfolder/a.txt', '1\n');
    commitAll(folder);
    expect((await scan(join(folder, 'sub\nfolder'))).summary).toMatchObject({ files: 1, git: { subfolder: 'sub\nfolder/' } });
  });
});

describe('A2 remotes', () => {
  it.each([
    ['https://user:ghp_secret@GitHub.com:443/Owner/name.git?token=x#y', 'github.com/Owner/name'],
    ['git@github.com:Owner/name.git', 'github.com/Owner/name'],
    ['ssh://git@github.com:22/Owner/name/', 'github.com/Owner/name'],
    ['git://example.org/a/b', 'example.org/a/b'],
    ['host.example:path/to/x.git', 'host.example/path/to/x'],
    ['/srv/git/x.git', null],
    ['../x.git', null],
    ['file:///home/ana/x.git', null],
    ['ext::sh -c evil', null],
    ['C:/Users/ana/x', null],
    ['', null],
    ['https://', null],
  ])('A2 %s → %s', (url, remote) => {
    expect(normaliseRemote(url)).toBe(remote);
  });
});
