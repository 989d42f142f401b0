/** The command line as a person has it: real processes, real agents, real homes, and what each of them says when it cannot go on. */
import { chmod, cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { writeMeta } from '@leanvibe/agent/internal/store/schema';
import Sqlite from 'better-sqlite3';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type Ended, type Program, run, start } from '../help/program.js';
import { ROOT } from '../help/root.js';
import { tempFolder } from '../help/temp.js';
import { until } from '../help/wait.js';

const BIN = join(ROOT, 'agent/bin/leanvibe.js');

interface Desk {
  readonly home: string;
  readonly project: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  run(...args: readonly string[]): Promise<Ended>;
  json(...args: readonly string[]): Promise<unknown>;
  start(...args: readonly string[]): Program;
  up(): Promise<Program>;
}

async function desk(extra: Readonly<Record<string, string>> = {}): Promise<Desk> {
  const folder = await tempFolder('cli');
  const [home, project] = [join(folder, 'home'), join(folder, 'my project')];
  await mkdir(project);
  await writeFile(join(project, 'a.ts'), 'export const a = 1;\n');
  const env = {
    LEANVIBE_HOME: home,
    LEANVIBE_PORT: '0',
    LEANVIBE_SECRETS: 'file',
    LEANVIBE_LISTEN: '127.0.0.1',
    LEANVIBE_DISCOVERY: 'off',
    XDG_CONFIG_HOME: join(folder, 'config'),
    ...extra,
  };
  const here = { cwd: project, env, limitMs: 25_000 };
  const runs = (...args: readonly string[]): Promise<Ended> => run(process.execPath, [BIN, ...args], here);
  const begin = (...args: readonly string[]): Program => start(process.execPath, [BIN, 'start', ...args], { cwd: project, env });
  return {
    home,
    project,
    env,
    run: runs,
    async json(...args) {
      const { code, stdout, stderr } = await runs(...args, '--json');
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      return JSON.parse(stdout);
    },
    start: begin,
    async up() {
      const program = begin();
      await program.says('Ctrl-C stops it');
      return program;
    },
  };
}

function expectTold({ code, stdout, stderr }: Ended, words: RegExp): void {
  expect(stderr).toMatch(words);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr.trimEnd().split('\n').length).toBeLessThanOrEqual(2);
}

test('A1: start shows project, link and QR in 15 lines beside the code, and a signal ends it in good order', async () => {
  const { up, json, run: type } = await desk();
  const program = await up();
  await program.says(/to type just leanvibe|Ctrl-C/);
  const lines = program.stdout().split('\n').slice(0, -1);
  expect(lines.filter((line) => !/[█▀▄]/.test(line)).length).toBeLessThanOrEqual(16);
  expect(program.stdout()).toMatch(/my project · 1 file · 1 line/);
  expect(program.stdout()).toMatch(/http:\/\/127\.0\.0\.1:\d+\/\?key=/);
  expect(program.stdout()).toMatch(/leanvibe:\/\/pair\//);
  expect(program.stdout()).not.toContain('\u001b');
  expect(await json('status')).toMatchObject({ projects: [{ name: 'my project', files: 1, lines: 1 }], peers: [], relays: [] });
  const ended = await program.stop('SIGINT');
  expect({ code: ended.code, stderr: ended.stderr.includes('✗') }).toEqual({ code: 0, stderr: false });
  expectTold(await type('status'), /no agent is running/);
});

test('what product.md promises scripts: tasks, notes, suggestions, trash, settings, one document each', async () => {
  const { up, json, run: type, project, env } = await desk();
  await up();
  const task = (await json('task', 'add', 'buy', 'milk')) as { readonly id: string };
  expect(await json('task', 'list')).toEqual([expect.objectContaining({ id: task.id, title: 'buy milk', done: false })]);
  expect(await json('task', 'done', task.id.slice(0, 8))).toMatchObject({ done: true });
  expect(await json('task', 'undone', task.id)).toMatchObject({ done: false });
  expect(await json('task', 'edit', task.id, 'buy', 'oats')).toMatchObject({ title: 'buy oats' });
  await json('task', 'rm', task.id);
  expect(await json('task', 'list')).toEqual([]);
  expect(await json('trash', 'list')).toEqual([expect.objectContaining({ id: task.id, title: 'buy oats' })]);
  await json('trash', 'restore', task.id);
  expect(await json('task', 'list', '-p', 'my project')).toHaveLength(1);
  await json('note', 'append', 'first line');
  expect(((await json('note', 'show')) as { readonly text: string }).text).toContain('first line');
  const edited = await run('/bin/sh', ['-c', `printf 'all\\nnew\\n' | '${process.execPath}' '${BIN}' note edit`], { cwd: project, env });
  expect(edited.code, edited.stderr).toBe(0);
  expect(((await json('note', 'show')) as { readonly text: string }).text).toBe('all\nnew\n');
  const suggestion = (await json(
    'suggest',
    '--file',
    'a.ts',
    '--line',
    '1',
    '--model',
    'm',
    '--suggestion',
    'export const b = 1;',
    '--confidence',
    '0.9',
  )) as { readonly id: string };
  expect(await json('accept', suggestion.id)).toMatchObject({ state: 'accepted' });
  expect(await json('suggestions', '--state', 'accepted')).toHaveLength(1);
  expect(await json('why')).toEqual(expect.arrayContaining([expect.objectContaining({ document: 'project' })]));
  expect(await json('verify')).toMatchObject({ damaged: [] });
  expect(await json('doctor')).toEqual(expect.arrayContaining([expect.objectContaining({ check: 'store', ok: true })]));
  expect(await json('devices')).toEqual([expect.objectContaining({ thisDevice: true, revoked: false })]);
  expect(await json('pair')).toMatchObject({
    link: expect.stringMatching(/^leanvibe:\/\/pair\//) as string,
    code: expect.any(String) as string,
  });
  expect(await json('sync', '--wait', '--timeout', '5')).toMatchObject({ inStep: true });
  await json('config', 'set', 'watch', 'off');
  expect(await json('config', 'get', 'watch')).toMatchObject({ value: false });
  for (const args of [['projects'], ['show'], ['paths'], ['id'], ['version'], ['logs'], ['config', 'list'], ['open']]) await json(...args);
  for (const args of [
    ['status'],
    ['projects'],
    ['show'],
    ['task', 'list'],
    ['devices'],
    ['doctor'],
    ['suggestions'],
    ['why'],
    ['config', 'list'],
  ]) {
    const { stdout } = await type(...args);
    // A path, an address or a link stands on one line whatever its length: it is there to be copied.
    const long = stdout.split('\n').filter((line) => [...line].length > 100 && !/(?:\/[^/\s]+){2}/.test(line));
    expect(long, args.join(' ')).toEqual([]);
  }
}, 60_000);

test('A3: two machines join by link and share projects and names', async () => {
  const [one, two] = [await desk({ LEANVIBE_NAME: 'one' }), await desk({ LEANVIBE_NAME: 'two' })];
  await one.up();
  const other = two.start('--headless');
  await until('two runs', async () => (await two.run('id')).code === 0);
  const { link } = (await one.json('pair')) as { readonly link: string };
  const joined = await two.run('join', link);
  expect(joined.code, joined.stderr).toBe(0);
  await one.json('task', 'add', 'shared');
  await until('the task arrives', async () => /shared/.test((await two.run('task', 'list', '-p', 'my project')).stdout));
  expect(await one.json('devices')).toEqual(expect.arrayContaining([expect.objectContaining({ name: 'two' })]));
  expect((await two.run('stop')).code).toBe(0);
  expect((await other.ended).code).toBe(0);
});

test('start --detach returns once ready and leaves an agent that stop ends', async () => {
  const { run: type, json } = await desk();
  onTestFinished(async () => void (await type('stop')));
  const started = await type('start', '--detach');
  expect(started.code, started.stderr).toBe(0);
  expect(started.stdout).toContain('stop it with');
  const { pid } = (await json('status')) as { readonly pid: number };
  expectTold(await type('start', '--detach'), /already runs/);
  expect((await type('stop')).code).toBe(0);
  expect(() => process.kill(pid, 0)).toThrow(/ESRCH/);
}, 60_000);

test('a reader that leaves early is no error', async () => {
  const { project, env } = await desk();
  for (const command of ['help', 'completion bash', 'version --json']) {
    const { code, stderr } = await run('bash', ['-o', 'pipefail', '-c', `'${process.execPath}' '${BIN}' ${command} | head -c 1`], {
      cwd: project,
      env,
    });
    expect({ command, code, stderr }).toEqual({ command, code: 0, stderr: '' });
  }
});

describe('A8: each trouble has its own words', () => {
  test('a second agent on the same home', async () => {
    const { up, run: type } = await desk();
    await up();
    expectTold(await type('start'), /another agent .*already runs on this home/);
  });

  test('a busy port', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const address = server.address();
    const { run: type } = await desk();
    expectTold(await type('start', '--port', String(typeof address === 'object' ? address?.port : 0)), /port \d+/);
  });

  test('a newer store', async () => {
    const { up, run: type, home } = await desk();
    const program = await up();
    await program.stop();
    const db = new Sqlite(join(home, 'store.db'));
    const version = Number(db.pragma('user_version', { simple: true }));
    db.pragma(`user_version = ${version + 1}`);
    const told = Buffer.alloc(4);
    told.writeUInt32LE(version + 1);
    writeMeta(db, 'schema', told);
    db.close();
    const before = await readFile(join(home, 'store.db'));
    expectTold(await type('start'), /newer/);
    expect((await readFile(join(home, 'store.db'))).equals(before)).toBe(true);
  });

  test('a home this user may not write', async () => {
    const folder = await tempFolder('read-only');
    const home = join(folder, 'home');
    await mkdir(home);
    await chmod(folder, 0o755);
    await chmod(home, 0o555);
    const args = [BIN, 'start', '--home', home, '--port', '0'];
    // Root may write anywhere, so it steps down to the user called nobody.
    const root = process.getuid?.() === 0;
    const said = await (root
      ? run('setpriv', ['--reuid=65534', '--regid=65534', '--clear-groups', process.execPath, ...args], { cwd: '/tmp' })
      : run(process.execPath, args, { cwd: '/tmp' }));
    expectTold(said, /may not be written by this user/);
    expect(await readdir(home)).toEqual([]);
  });
});

test('reset and uninstall take what LeanVibe wrote and nothing else', async () => {
  const { up, run: type, home, project } = await desk();
  const program = await up();
  await writeFile(join(home, 'mine.txt'), 'kept');
  await writeFile(join(home, 'config.json'), '{"watch": false}\n');
  expectTold(await type('reset', '--yes'), /is running/);
  await program.stop();
  const copy = join(home, '../copy');
  await cp(home, copy, { recursive: true });
  expect((await type('reset', '--yes')).code).toBe(0);
  expect((await readdir(home)).sort()).toEqual(['config.json', 'mine.txt']);
  expect((await type('--home', copy, 'uninstall', '--yes')).code).toBe(0);
  expect(await readdir(copy)).toEqual(['mine.txt']);
  expectTold(await type('--home', project, 'uninstall', '--yes'), /is no LeanVibe home/);
  expect(await readdir(project)).toEqual(['a.ts']);
});
