/** A2 where there is no git: .gitignore files, fixed exclusions, and what must never be opened or followed. */
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { safePatterns } from '@leanvibe/agent/internal/index/ignore-rules';
import { failureOf, git, run, scan, tempFolder, tempRepository, write } from './help.js';

describe('A2 a folder without git', () => {
  it('A2 leaves out what .gitignore files leave out, the deepest having the last word, as git would', async () => {
    const files = [
      'a.log',
      'keep.log',
      'src/b.log',
      'src/c.ts',
      'src/own.tmp',
      'build/x.js',
      'src/build/y.js',
      'docs/deep/z.md',
      'only/here.txt',
      'sub/only/here.txt',
      'café/é.txt',
    ];
    const ignores = {
      '.gitignore': '*.log\n!keep.log\nbuild/\n/only\n# note\n\n*.tmp\né*\n',
      'src/.gitignore': '!b.log\n!own.tmp\n',
      'docs/.gitignore': 'deep/*\n!deep/z.md\n',
    };
    const folder = tempFolder();
    const twin = tempRepository();
    for (const place of [folder, twin]) {
      for (const file of files) write(place, file, 'x\n');
      for (const [file, content] of Object.entries(ignores)) write(place, file, content);
    }
    const byGit = run(twin, 'git', ['ls-files', '-o', '--exclude-standard', '-z'])
      .toString('latin1')
      .split('\0')
      .filter((path) => path !== '');
    const { listing, summary } = await scan(folder);
    expect([...listing.files].sort()).toEqual(byGit.sort());
    expect(summary).toMatchObject({ kind: 'folder', git: null, files: byGit.length });
  });

  it('A2 skips version control data and installed packages, counts links and special files, opens neither', async () => {
    const folder = tempFolder();
    write(folder, 'a.rs', 'fn main() {}\n');
    write(folder, 'node_modules/x/index.js', 'x\n');
    write(folder, 'nested/.git/config', 'x\n');
    write(folder, 'nested/b.rs', '\n');
    symlinkSync('..', join(folder, 'nested/loop'));
    symlinkSync('/etc', join(folder, 'etc'));
    run(folder, 'mkfifo', ['fifo', '.gitignore']);
    expect((await scan(folder)).summary).toMatchObject({ files: 2, lines: 2, symlinks: 2, special: 2, language: 'Rust' });
  });

  it('A2 answers clearly for what is no folder', async () => {
    const folder = tempFolder();
    write(folder, 'file', 'x');
    expect(await failureOf(scan(join(folder, 'none')))).toBe('not-found');
    expect(await failureOf(scan(join(folder, 'file')))).toBe('not-a-folder');
    expect(await failureOf(scan(join(folder, 'file', 'below')))).toBe('not-found');
    expect(await failureOf(scan('nul\0'))).toBe('not-found');
  });

  it('A2 stands for itself when it merely lies, untracked, in a repository; else only what lies under it counts', async () => {
    const top = tempRepository({ 'a.txt': '1\n', 'pack/b.txt': '1\n2\n', 'pack/TODO.txt': 'x\n' });
    write(top, 'loose/c.txt', '1\n2\n3\n');
    write(top, 'pack/new.txt', '1\n');
    expect((await scan(join(top, 'loose'))).summary).toMatchObject({ kind: 'folder', files: 1, lines: 3, git: null });
    const { summary } = await scan(join(top, 'pack'));
    expect(summary).toMatchObject({ kind: 'git', name: 'pack', files: 2, lines: 3, untracked: { count: 1, list: ['new.txt'] } });
    expect(summary.git).toMatchObject({ subfolder: 'pack/', branch: 'main', dirty: true, head: git(top, 'rev-parse', 'HEAD') });
  });

  it('A2 survives folders deeper than a path may be long', async () => {
    const folder = tempFolder();
    run(folder, 'bash', ['-c', `for i in $(seq 1 30); do mkdir ${'n'.repeat(200)} && cd ${'n'.repeat(200)}; done; echo x > deep.txt`]);
    mkdirSync(join(folder, 'side'));
    write(folder, 'side/a.txt', 'a\n');
    const { summary } = await scan(folder);
    expect(summary).toMatchObject({ files: 1, lines: 1 });
    expect(summary.skipped['name-too-long']).toBe(1);
    run(folder, 'rm', ['-rf', 'n'.repeat(200)]);
  });

  it('A2 drops ignore patterns that could run for ever', () => {
    expect(safePatterns(`ok\n${'*a'.repeat(40)}\n${'x'.repeat(600)}\n*****b\n`)).toEqual(['ok', '**b']);
  });
});
