/** A2: nothing a working tree may hold does harm, and each oddity is counted apart. */
import { spawnSync } from 'node:child_process';
import { appendFileSync, chmodSync, mkdirSync, rmSync, symlinkSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createFileReader } from '@leanvibe/agent/internal/index/file-reader';
import { commitAll, git, run, scan, tempFolder, tempRepository, witness, write } from './help.js';

describe('A2 a git working tree', () => {
  it('A2 counts files and lines as git and wc -l do, each merge stage once', async () => {
    const folder = tempRepository({ 'a.txt': 'one\n', 'b.ts': 'x\ny' });
    git(folder, 'checkout', '-q', '-b', 'other');
    write(folder, 'a.txt', 'two\n');
    commitAll(folder);
    git(folder, 'checkout', '-q', 'main');
    write(folder, 'a.txt', 'three\n');
    commitAll(folder);
    expect(() => git(folder, 'merge', 'other')).toThrow();
    expect(git(folder, 'ls-files', '-s').split('\n')).toHaveLength(4);
    const { summary } = await scan(folder);
    expect(summary).toMatchObject({ kind: 'git', ...witness(folder) });
    expect(summary.files).toBe(2);
    expect(summary.git?.dirty).toBe(true);
  });

  it('A2 reports missing, untracked, symlinks and submodules apart', async () => {
    const inner = tempRepository({ 'in.c': 'int x;\n' });
    const folder = tempRepository({ 'keep.js': '1\n', 'gone.js': '1\n2\n', '.gitignore': 'out\n' });
    symlinkSync('/etc/passwd', join(folder, 'link'));
    git(folder, 'submodule', 'add', '-q', inner, 'sub');
    commitAll(folder);
    unlinkSync(join(folder, 'gone.js'));
    write(folder, 'new/file.js', 'n\n');
    write(folder, 'out/ignored.js', 'n\n');
    const { summary } = await scan(folder);
    expect(summary).toMatchObject({
      ...witness(folder),
      symlinks: 1,
      submodules: 1,
      missing: { count: 1, list: ['gone.js'] },
      untracked: { count: 1, list: ['new/file.js'] },
    });
    expect(summary.git?.dirty).toBe(true);
  });

  it('A2 never follows a tracked file or folder that became a link, and never opens what became a FIFO, socket or folder', async () => {
    const outside = tempFolder();
    write(outside, 'secret.txt', 'TODO secret\n'.repeat(1_000));
    const folder = tempRepository({
      'a.txt': 'a\n',
      'd/secret.txt': 'd\n',
      'fifo.txt': 'f\n',
      'sock.txt': 's\n',
      'dir.txt': 'x\n',
      'plain.txt': 'p\n',
    });
    for (const name of ['a.txt', 'fifo.txt', 'sock.txt', 'dir.txt']) unlinkSync(join(folder, name));
    rmSync(join(folder, 'd'), { recursive: true });
    symlinkSync(join(outside, 'secret.txt'), join(folder, 'a.txt'));
    symlinkSync(outside, join(folder, 'd'));
    run(folder, 'mkfifo', ['fifo.txt']);
    mkdirSync(join(folder, 'dir.txt'));
    const server = createServer().listen(join(folder, 'sock.txt'));
    await new Promise((done) => server.once('listening', done));
    const { summary } = await scan(folder);
    server.close();
    expect(summary).toMatchObject({ files: 6, lines: 1, todos: 0, missing: { count: 1, list: ['d/secret.txt'] } });
    expect(summary.skipped['not-a-file']).toBe(4);
  });

  it('A2 keeps names that are not UTF-8 or hold newlines, and reads those files', async () => {
    const folder = tempRepository({ 'a\nb.txt': 'x\n', 'é.txt': 'x\n', '"q" \t.txt': 'x\n' });
    writeFileSync(Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0x66, 0xff, 0xfe, 0x2e, 0x63])]), 'TODO odd\n1\n');
    commitAll(folder);
    const { summary } = await scan(folder);
    expect(summary).toMatchObject({ ...witness(folder), files: 4, lines: 5, oddNames: 1, todos: 1 });
    expect(summary.todoList[0]).toEqual({ file: 'f\ufffd\ufffd.c', line: 1, tag: 'TODO', text: 'TODO odd' });
    expect(summary.missing.count).toBe(0);
  });

  it('A2 tells text by the first 8,000 bytes alone', async () => {
    const at = (place: number): Buffer => {
      const bytes = Buffer.alloc(100_000, 'ab\n');
      bytes[place] = 0;
      return bytes;
    };
    const folder = tempRepository({
      'early.bin': at(0),
      'last.bin': at(7_999),
      'late.txt': at(8_000),
      'empty.txt': '',
      'nul.bin': Buffer.alloc(1),
      'short.txt': 'x',
    });
    const { summary } = await scan(folder);
    expect(summary).toMatchObject(witness(folder));
    expect(summary.binary.files).toBe(3);
  });

  it('A2 streams files longer than its buffer and stays exact; a sparse giant costs one small read', async () => {
    const folder = tempRepository({ 'a.c': 'x\n' });
    const line = `${'y'.repeat(62)}\n`;
    write(folder, 'long.txt', line.repeat(200_000));
    appendFileSync(join(folder, 'long.txt'), 'no newline at the end');
    write(folder, 'edge.txt', Buffer.alloc(4 * 1024 * 1024, '\n'));
    commitAll(folder);
    const giant = join(folder, 'a.c');
    truncateSync(giant, 0);
    truncateSync(giant, 2 ** 40);
    const { summary } = await scan(folder);
    expect(summary.lines).toBe(200_000 + 4 * 1024 * 1024);
    expect(summary).toMatchObject({ files: 3, notSearched: 2, binary: { files: 1, bytes: 2 ** 40 } });
    expect(summary.largest[0]).toEqual({ file: 'a.c', bytes: 2 ** 40 });
  });

  it('A2 counts a file that vanishes or changes while it is read', async () => {
    const folder = tempRepository(Object.fromEntries(Array.from({ length: 400 }, (_, number) => [`f${number}.txt`, 'x\n'])));
    const { summary } = await scan(folder, undefined, ({ done }) => {
      if (done === 0) for (let number = 100; number < 200; number += 1) rmSync(join(folder, `f${number}.txt`), { force: true });
    });
    expect(summary).toMatchObject({ files: 400, lines: 300, missing: { count: 100 } });
  });

  it('A2 goes through very deep folders', async () => {
    const folder = tempRepository();
    write(folder, `${'d/'.repeat(1_000)}deep.py`, 'x = 1\n');
    commitAll(folder);
    expect((await scan(folder)).summary).toMatchObject({ files: 1, lines: 1, language: 'Python' });
  });

  it('A2 counts sparse files apart from missing ones', async () => {
    const folder = tempRepository({ 'in/a.txt': '1\n', 'out/b.txt': '2\n' });
    git(folder, 'sparse-checkout', 'set', 'in');
    expect((await scan(folder)).summary).toMatchObject({ files: 2, lines: 1, sparse: 1, missing: { count: 0 } });
  });
});

describe('A2 unreadable files', () => {
  it('A2 are counted with their reason', async () => {
    const folder = tempFolder();
    write(folder, 'open.txt', 'x\n');
    write(folder, 'shut.txt', 'x\ny\n');
    write(folder, 'cellar/c.txt', 'x\n');
    chmodSync(join(folder, 'shut.txt'), 0);
    chmodSync(join(folder, 'cellar'), 0);
    chmodSync(folder, 0o755);
    if (process.getuid?.() !== 0) {
      const { summary } = await scan(folder);
      expect([summary.lines, summary.skipped.unreadable]).toEqual([1, 2]);
      return;
    }
    // Root reads everything: another user must look.
    const module = new URL(import.meta.resolve('@leanvibe/agent/internal/index/scan')).href;
    const script = `const {scanFolder} = await import(${JSON.stringify(module)}); const {summary} = await scanFolder({path: ${JSON.stringify(folder)}, signal: new AbortController().signal, remembered: () => ({rows: new Map(), git: null}), onProgress() {}}); process.stdout.write(JSON.stringify([summary.lines, summary.skipped.unreadable]));`;
    const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      uid: 65_534,
      gid: 65_534,
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual([1, 2]);
  });

  it('A2 names too long for the system are counted with their reason', () => {
    const reader = createFileReader({ folder: tempFolder(), breathe: async () => undefined });
    expect(reader.read('n'.repeat(300), undefined)).toMatchObject({ state: 'name-too-long' });
  });
});
