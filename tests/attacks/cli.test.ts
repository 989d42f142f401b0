/** A8: every command with a missing, wrong or hostile argument answers in one or two lines, exits 1 or 2, and changes nothing. */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { createCli } from '@leanvibe/agent/internal/cli/base/cli';
import { type CommandSpec, optionsOf } from '@leanvibe/agent/internal/cli/base/spec';
import { COMMANDS } from '@leanvibe/agent/internal/cli/commands/all';
import { runCli } from '@leanvibe/agent/internal/cli/run';
import { describe, expect, test } from 'vitest';
import { startAgent } from '../help/agent.js';
import { tempFolder } from '../help/temp.js';

interface Said {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function type(argv: readonly string[], home: string, cwd: string, input: string | Buffer = ''): Promise<Said> {
  const said = { out: '', err: '' };
  const into = (key: 'out' | 'err'): Writable =>
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        said[key] += chunk.toString('utf8');
        done();
      },
    });
  const env = {
    LEANVIBE_HOME: home,
    LEANVIBE_PORT: '0',
    LEANVIBE_SECRETS: 'file',
    LEANVIBE_LISTEN: '127.0.0.1',
    LEANVIBE_DISCOVERY: 'off',
    XDG_CONFIG_HOME: join(home, '../config'),
  };
  const cli = createCli({
    env,
    cwd,
    stdin: Readable.from(input.length === 0 ? [] : [input]),
    stdout: into('out'),
    stderr: into('err'),
    self: 'leanvibe',
    nowMs: Date.now,
  });
  const code = await runCli(cli, argv);
  return { code, stdout: said.out, stderr: said.err };
}

const OBEYED = /[\p{Cc}\u202a-\u202e\u2066-\u2069\u2028\u2029]/u;

function expectRefused({ code, stdout, stderr }: Said, what: string): void {
  const lines = stderr.split('\n').slice(0, -1);
  expect({ what, refused: code === 1 || code === 2, stdout, lines: lines.length === 1 || lines.length === 2, stderr }).toEqual({
    what,
    refused: true,
    stdout: '',
    lines: true,
    stderr,
  });
  expect(stderr.length, what).toBeLessThan(1400);
  expect(
    lines.some((line) => OBEYED.test(line)),
    `${what}: ${JSON.stringify(stderr)}`,
  ).toBe(false);
  expect(stderr, what).not.toMatch(/\n\s+at .*:\d+|node:internal|unexpected|did not expect/);
}

const HOSTILE: Readonly<Record<string, string>> = {
  empty: '',
  blank: '   ',
  escape: '\u001b[2Jx',
  bell: 'a\u0007',
  newline: 'a\nb\u0000'.slice(0, 3) + '\u0001',
  override: 'a\u202eb',
  isolate: '\u2066a',
  'broken UTF-8': 'a\ufffd',
  'lone surrogate': '\ud800',
  'a megabyte': 'x'.repeat(1_000_000),
  'a flag': '--nonsense',
  'a short flag': '-Z',
};

/** What would be right for each argument, so that one wrong one at a time is tried. */
const RIGHT: Readonly<Record<string, string>> = {
  id: 'abcd1234',
  title: 'a task',
  text: 'words',
  project: 'p',
  path: '.',
  device: 'd',
  name: 'n',
  digits: '123456',
  'link-or-code': '12345678',
  file: 'f',
  folder: 'f',
  setting: 'watch',
  value: 'off',
  shell: 'bash',
  space: 's',
  person: 'p',
  role: 'editor',
  request: 'abcd1234',
  invite: 'abcd1234',
};
/** These run until stopped, ask the system, or delete: tried one by one elsewhere with what they take. */
const name = ({ words }: CommandSpec): string => words.join(' ');

function wrongUses(spec: CommandSpec): readonly (readonly [what: string, argv: readonly string[]])[] {
  const args = spec.args ?? [];
  const words = [...spec.words];
  const right = args.map((arg) => RIGHT[arg.name] ?? 'x');
  const uses: (readonly [string, readonly string[]])[] = [
    ['an unknown flag', [...words, ...right, '--nonsense']],
    ['an unknown short flag', [...words, ...right, '-Z']],
  ];
  if (args.some(({ optional }) => optional !== true)) uses.push(['nothing', words]);
  if (!args.some(({ rest }) => rest === true)) uses.push(['one word more', [...words, ...right, 'surplus', '\u001b[31m']]);
  for (const [at] of args.entries())
    for (const [kind, value] of Object.entries(HOSTILE))
      uses.push([`argument ${at + 1} ${kind}`, [...words, ...right.slice(0, at), value, ...right.slice(at + 1)]]);
  for (const { long, value } of optionsOf(spec)) {
    if (value === undefined) continue;
    uses.push(
      [`--${long} without its value`, [...words, ...right, `--${long}`]],
      [`--${long} eating a flag`, [...words, ...right, `--${long}`, '--json']],
    );
    for (const kind of ['empty', 'escape', 'override', 'broken UTF-8', 'a megabyte']) {
      // A home of a million characters is too long for any file system, and said to be.
      uses.push([`--${long} ${kind}`, [...words, ...right, `--${long}`, HOSTILE[kind] ?? '']]);
    }
  }
  return uses;
}

async function snapshot(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder, { recursive: true });
  const kept = names.filter((one) => !/logs|lock|running|endpoint|-wal$|-shm$/.test(one)).sort();
  return Promise.all(
    kept.map(
      async (one) => `${one} ${(await readFile(join(folder, one)).catch(() => Buffer.from('folder'))).toString('base64').slice(0, 200)}`,
    ),
  );
}

async function place(): Promise<{ readonly home: string; readonly cwd: string; readonly all: string }> {
  const all = await tempFolder('wrong');
  const [home, cwd] = [join(all, 'home'), join(all, 'project')];
  await mkdir(cwd);
  await writeFile(join(cwd, 'a.ts'), 'export {};\n');
  return { home, cwd, all };
}

describe('A8: wrong use without an agent', () => {
  test.each(COMMANDS.map((spec) => [name(spec), spec] as const))('%s', async (_name, spec) => {
    const { home, cwd, all } = await place();
    const before = await snapshot(all);
    for (const [what, argv] of wrongUses(spec)) expectRefused(await type(argv, home, cwd), `${name(spec)}: ${what}`);
    expect(await snapshot(all)).toEqual(before);
  });

  test('words that are no command, and what is meant by them', async () => {
    const { home, cwd } = await place();
    for (const argv of [
      ['stauts'],
      ['task', 'ad'],
      ['devices', 'revok', 'x'],
      ['pair', 'confrim', '1'],
      ['\u001b[31mx'],
      ['x'.repeat(1_000_000)],
      ['help', 'nonsense'],
      ['task'],
      ['--nonsense'],
      ['-x'],
      ['--home'],
      [''],
    ]) {
      const said = await type(argv, home, cwd);
      expectRefused(said, JSON.stringify(argv).slice(0, 60));
      expect(said.code).toBe(2);
    }
    expect((await type(['stauts'], home, cwd)).stderr).toContain('try: leanvibe status');
    expect((await type(['devices', 'revok', 'x'], home, cwd)).stderr).toContain('leanvibe devices revoke');
  });

  test('what needs an agent says so and how to start one', async () => {
    const { home, cwd } = await place();
    for (const argv of [
      ['status'],
      ['projects'],
      ['task', 'list'],
      ['id'],
      ['pair'],
      ['sync'],
      ['why'],
      ['open'],
      ['stop'],
      ['events', '--follow'],
      ['space', 'list'],
      ['space', 'create', 'x'],
      ['share', 'x', '--space', 'y'],
      ['invite'],
      ['invite', 'requests'],
      ['members'],
      ['role', 'x', 'viewer'],
      ['kick', 'x', '--yes'],
      ['leave', '--yes'],
    ]) {
      const said = await type(argv, home, cwd);
      expectRefused(said, argv.join(' '));
      expect(said).toMatchObject({ code: 1, stderr: expect.stringContaining('try: leanvibe start') as string });
    }
  });
});

describe('A8: wrong use of a running agent', () => {
  test('hostile and wrong arguments are refused and change nothing', async () => {
    const { home, cwd } = await place();
    const { ask } = await startAgent({ home });
    await ask('project.add', { path: cwd, name: 'p' });
    const task = await ask('task.add', { folder: cwd, title: 'stays' });
    const state = async (): Promise<unknown> => [
      await ask('task.list', { folder: cwd }),
      await ask('note.show', { folder: cwd }),
      await ask('suggestions', { folder: cwd }),
      (await ask('project.list', {})).map((one) => one.id),
      (await ask('device.list', {})).map((one) => one.name),
      await ask('config.list', {}),
      (await ask('pair.status', {})).state,
      await ask('space.list', {}),
      await ask('member.list', { space: 'Team' }),
      await ask('invite.list', {}),
      await ask('invite.accepted', {}),
    ];
    await ask('space.create', { name: 'Team' });
    const { link } = await ask('invite.create', { space: 'Team' });
    const before = await state();
    const wrong: readonly (readonly string[])[] = [
      ['task', 'done', 'nosuchid'],
      ['task', 'rm', '../../etc'],
      ['task', 'edit', task.id.slice(0, 6), ' '],
      ['task', 'add', 'x', '-p', 'nosuch'],
      ['task', 'add', 't'.repeat(5000)],
      ['note', 'append', ''],
      ['note', 'edit'],
      ['note', 'append'],
      ['suggest'],
      ['suggest', '--file', 'a', '--line', '0', '--model', 'm', '--suggestion', 's'],
      ['suggest', '--file', 'a', '--line', 'x', '--model', 'm', '--suggestion', 's'],
      ['suggest', '--file', 'a', '--line', '1', '--model', 'm', '--suggestion', 's', '--confidence', '2'],
      ['suggestions', '--state', 'odd'],
      ['accept', 'nosuchid'],
      ['reject', 'nosuchid'],
      ['add', '/nonexistent'],
      ['add', '/'],
      ['add', join(cwd, 'a.ts')],
      ['show', 'nosuch'],
      ['remove', 'nosuch'],
      ['remove', 'p', '--everywhere'],
      ['devices', 'rename', 'nosuch', 'x'],
      ['devices', 'revoke', 'nosuch', '--yes'],
      ['devices', 'revoke', 'nosuch'],
      ['pair', 'confirm', '12345'],
      ['pair', 'confirm', '123456'],
      ['join', 'nonsense'],
      ['join', 'leanvibe://pair/AAAA'],
      ['trash', 'restore', 'nosuchid'],
      ['config', 'set', 'port', '99999'],
      ['config', 'set', 'nosuch', '1'],
      ['config', 'get', '__proto__'],
      ['sync', '--timeout', '-1'],
      ['sync', '--timeout', 'soon'],
      ['logs', '-n', 'x'],
      ['events'],
      ['export', cwd],
      ['backup', join(cwd, 'a.ts')],
      ['reset'],
      ['uninstall'],
      ['reset', '--yes'],
      ['uninstall', '--yes'],
      ['why', 'nosuch'],
      ['quarantine', 'show', 'abcd'],
      ['quarantine', 'show', '../../etc'],
      ['quarantine', 'accept', 'abcd'],
      ['quarantine', 'drop', 'abcd'],
      ['quarantine', 'drop', 'abcd', '--yes'],
      ['quarantine', 'save', 'abcd', '/nonexistent/x'],
      ['quarantine', '--space', 'nosuch'],
      ['audit', '--space', 'nosuch'],
      ['audit', '--since', 'abcdef'],
      ['audit', '--since', 'not a link'],
      ['unsent', 'save', join(cwd, 'a.ts')],
      ['unsent', 'save', '/nonexistent/x'],
      ['unsent', 'apply', '/nonexistent'],
      ['unsent', 'apply', join(cwd, 'a.ts')],
      ['unsent', 'apply', cwd],
      ['space', 'create', 'team'],
      ['space', 'create', 'home'],
      ['space', 'create', 'n'.repeat(65)],
      ['space', 'create', 'a\u200bb'],
      ['space', 'rename', 'nosuch', 'x'],
      ['space', 'rename', 'home', 'x'],
      ['space', 'rename', 'Team', 'home'],
      ['share', 'p'],
      ['share', 'p', '--space', 'nosuch'],
      ['share', 'nosuch', '--space', 'Team'],
      ['share', 'p', '--space', 'home'],
      ['members', '--space', 'nosuch'],
      ['role', 'nobody', 'editor'],
      ['role', 'nobody', 'king'],
      ['role', 'nobody', 'editor', '--space', 'home'],
      ['kick', 'nobody', '--yes'],
      ['kick', 'nobody'],
      ['kick', (await ask('id', {})).personName, '--yes'],
      ['leave'],
      ['leave', '--space', 'home', '--yes'],
      ['leave', '--space', 'nosuch', '--yes'],
      ['invite', '--space', 'nosuch'],
      ['invite', '--space', 'home'],
      ['invite', '--role', 'king'],
      ['invite', '--uses', '0'],
      ['invite', '--uses', 'many'],
      ['invite', '--expires', 'soon'],
      ['invite', '--expires', '7'],
      ['invite', '--expires', '0d'],
      ['invite', '--expires', '91d'],
      ['invite', 'list', '--space', 'nosuch'],
      ['invite', 'revoke', 'nosuch'],
      ['invite', 'approve', 'nosuch'],
      ['invite', 'approve', 'nosuch', '--role', 'king'],
      ['invite', 'deny', 'nosuch'],
      ['invite', 'withdraw', 'nosuch'],
      ['join', 'leanvibe://invite/'],
      ['join', 'leanvibe://invite/AAAA'],
      ['join', `leanvibe://invite/${'A'.repeat(300)}`],
      ['join', link],
      ['join', link.slice(0, -3)],
      ['recovery', 'revoke'],
      ['recovery', 'revoke', 'abcd', '--yes'],
      ['recovery', 'revoke', '../x', '--yes'],
      ['recovery', 'check'],
      ['recovery', 'extend'],
      ['recovery', 'restore'],
      ['recovery', 'create', '--replace', '--another'],
    ];
    for (const argv of wrong) expectRefused(await type(argv, home, cwd), argv.join(' ').slice(0, 80));
    for (const input of [Buffer.from([0xff, 0xfe, 0x41]), '\u001b[2J', Buffer.alloc(5_000_000, 120)])
      expectRefused(await type(['note', 'append'], home, cwd, input), `piped ${input.length}`);
    for (const input of [
      'abandon '.repeat(24),
      'one two three',
      '\u001b[2J '.repeat(24),
      Buffer.from([0xff, 0xfe]),
      Buffer.alloc(5_000_000, 120),
    ])
      for (const word of ['check', 'extend', 'restore'])
        expectRefused(await type(['recovery', word], home, cwd, input), `recovery ${word}, piped ${input.length}`);
    expect(await state()).toEqual(before);
  });

  test('C43 recovery words on the command line are refused and not said again', async () => {
    const { home, cwd } = await place();
    for (const word of ['check', 'extend', 'restore']) {
      const said = await type(['recovery', word, ...'legal winner thank year wave sausage'.split(' ')], home, cwd);
      expectRefused(said, word);
      expect(said.code).toBe(2);
      expect(said.stderr).toMatch(/do not belong on the command line/);
      expect(said.stderr).not.toMatch(/legal|sausage/);
    }
  });
});
