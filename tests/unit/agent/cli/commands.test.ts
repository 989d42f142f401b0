/** Status on one screen, hints that work as typed, service files and completion scripts. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bashScript, fishScript, zshScript } from '@leanvibe/agent/internal/cli/base/completion-scripts';
import { nameOfSelf, quoted, withSelf } from '@leanvibe/agent/internal/cli/base/self';
import { serviceHere } from '@leanvibe/agent/internal/cli/base/service-files';
import { COMMANDS } from '@leanvibe/agent/internal/cli/commands/all';
import { statusLines } from '@leanvibe/agent/internal/cli/commands/status';
import { createStyle } from '@leanvibe/agent/internal/cli/term/style';
import { width } from '@leanvibe/agent/internal/cli/term/width';
import type { ProjectView, StatusView } from '@leanvibe/agent/internal/control/views';
import { describe, expect, test } from 'vitest';
import { run } from '../../../help/program.js';
import { tempFolder } from '../../../help/temp.js';

const project: ProjectView = {
  id: 'abcdefgh',
  name: 'a project with quite a long name indeed \u001b[31m',
  space: { id: 's', name: 'home', home: true },
  mayWrite: true,
  moved: null,
  path: '/home/someone/a',
  indexedBy: 'me',
  files: 1234,
  lines: 123_456,
  bytes: 1,
  language: 'TypeScript',
  languages: [],
  git: { branch: 'feature/something-long-and-nested', dirty: true },
  todos: 0,
  indexedAt: new Date(0).toISOString(),
  indexing: null,
  watching: true,
  tasks: { open: 3, done: 1 },
  suggestions: { pending: 2, conflicts: 1 },
};
const view: StatusView = {
  deviceId: 'd',
  name: 'me',
  version: '1',
  home: '/h',
  port: 1,
  pid: 1,
  uptimeSeconds: 3,
  projects: [],
  peers: [],
  relays: [],
  refusals: {},
  storage: { entries: 1, bytes: 1 },
  inStep: true,
  standing: 'live',
  person: { id: 'p', name: 'me' },
  spaces: [],
  requests: [],
  spaceJoins: [],
  rotationOwed: [],
  strangers: 0,
  discovery: 'on',
  ports: { tcp: 1, ws: 1 },
  loop: { p50Ms: 0, p99Ms: 0, maxMs: 0 },
  memory: { rssBytes: 1, heapBytes: 1 },
  alarms: [],
  cloned: false,
  token: null,
};
const cli = { style: createStyle(false), columns: 100, rows: 24, self: 'leanvibe', nowMs: () => 60_000 };

test('status of twenty projects and nine devices fits one screen of 24 lines, 100 wide, and obeys nobody', () => {
  const peers = Array.from({ length: 9 }, (_, at) => ({
    deviceId: `d${at}`,
    name: `device ${at}`,
    state: 'offline' as const,
    via: null,
    address: null,
    lastSeen: null,
    pending: 1,
    pendingIn: 0,
  }));
  const lines = statusLines({ ...view, projects: Array.from({ length: 20 }, () => project), peers }, cli);
  expect(lines.length).toBeLessThanOrEqual(24);
  expect(lines.map(width).every((columns) => columns <= 100)).toBe(true);
  expect(lines.join('\n')).not.toContain('\u001b');
  expect(lines.join('\n')).toContain('waiting for device 0, device 1 and 7 more');
});

test('status says in the same words what is saved and who has it', () => {
  const peer = {
    deviceId: 'd',
    name: 'phone',
    state: 'in-step' as const,
    via: 'tcp',
    address: null,
    lastSeen: null,
    pending: 0,
    pendingIn: 0,
  };
  expect(statusLines(view, cli)[1]).toContain('saved here · only on this device');
  expect(statusLines({ ...view, peers: [peer] }, cli)[1]).toContain('saved here · with 1 device');
  expect(statusLines({ ...view, peers: [{ ...peer, state: 'offline' }] }, cli)[1]).toContain('saved here · waiting for phone');
  const mailbox = {
    space: 's',
    spaceName: 'home',
    mailbox: 'm',
    reason: null,
    owner: true,
    pending: 0,
    pendingIn: 0,
    entries: 12,
    acknowledged: 12,
  };
  const relay = { origin: 'https://relay.test', email: 'a@b.c', account: 'x', device: 'y', reason: null };
  const at = { ...relay, state: 'in-step' as const, doubts: [], mailboxes: [{ ...mailbox, state: 'write' as const }] };
  expect(statusLines({ ...view, relays: [at] }, cli)[1]).toContain('saved here and at a relay');
  expect(statusLines({ ...view, relays: [at] }, cli)[2]).toContain('relay https://relay.test · in step · holds 12 of 12');
  const full = { ...at, state: 'syncing' as const, mailboxes: [{ ...mailbox, acknowledged: 9, state: 'full' as const }] };
  expect(statusLines({ ...view, relays: [full] }, cli)[2]).toContain('holds 9 of 12 · no room left there');
  // In step by its own account, and nothing stored: not saved there.
  const empty = { ...at, mailboxes: [{ ...at.mailboxes[0]!, acknowledged: 0 }] };
  for (const none of [empty, { ...at, mailboxes: [] }])
    expect(statusLines({ ...view, relays: [none] }, cli)[1]).toContain('nothing known to be at a relay yet');
  expect(statusLines({ ...view, relays: [full] }, cli)[1]).toContain('saved here · at a relay 9 of 12 so far');
  const refused = { ...at, mailboxes: [{ ...mailbox, acknowledged: 0, state: 'refused' as const, reason: 'no more mailboxes there' }] };
  expect(statusLines({ ...view, relays: [refused] }, cli)[2]).toContain('no more mailboxes there');
  const away = { ...at, state: 'offline' as const, reason: 'nothing answers there', mailboxes: [] };
  expect(statusLines({ ...view, relays: [away] }, cli)[2]).toContain('not reachable · nothing answers there');
  expect(statusLines({ ...view, standing: 'removed' }, cli)[1]).toContain('this device was removed');
});

test('A8: hints name what works as typed: the command on the PATH, else its full path, quoted', async () => {
  const folder = await tempFolder('self');
  const [program, bin, other] = [join(folder, "it's here", 'leanvibe.js'), join(folder, 'bin'), join(folder, 'other')];
  for (const path of [join(folder, "it's here"), bin, other]) mkdirSync(path);
  writeFileSync(program, '');
  chmodSync(program, 0o755);
  writeFileSync(join(other, 'leanvibe'), '');
  chmodSync(join(other, 'leanvibe'), 0o755);
  symlinkSync(program, join(bin, 'leanvibe'));
  expect(nameOfSelf(program, { PATH: bin })).toBe('leanvibe');
  expect(nameOfSelf(program, { PATH: `${other}:${bin}` })).toBe(quoted(program));
  const npm = join(folder, 'node_modules', '.bin');
  mkdirSync(npm, { recursive: true });
  symlinkSync(program, join(npm, 'leanvibe'));
  expect(nameOfSelf(program, { PATH: `${npm}:/usr/bin` }), "the PATH that npm start makes is not the person's").toBe(quoted(program));
  expect(execFileSync('/bin/sh', ['-c', `printf %s ${nameOfSelf(program, {})}`], { encoding: 'utf8' })).toBe(program);
  expect(withSelf('stop it with leanvibe stop, or: leanvibe start', '/x/y')).toBe('stop it with /x/y stop, or: /x/y start');
});

describe('service', () => {
  const input = { env: { XDG_CONFIG_HOME: '/c' }, node: '/usr/bin/node', program: '/a "b" 50%/$x/<leanvibe>.js', home: '/ho me' };

  test('the systemd unit quotes what systemd would read', () => {
    const unit = serviceHere({ ...input, platform: 'linux' });
    expect(unit?.path).toMatch(/^\/c\/systemd\/user\/leanvibe-[0-9a-f]{8}\.service$/);
    expect(unit?.text).toContain('ExecStart="/usr/bin/node" "/a \\"b\\" 50%%/$$x/<leanvibe>.js" "start" "--headless" "--home" "/ho me"\n');
  });

  test('the property list is XML with every word of its own', () => {
    const plist = serviceHere({ ...input, platform: 'darwin' });
    expect(plist?.text).toContain('<string>/a "b" 50%/$x/&lt;leanvibe&gt;.js</string>');
    expect(plist?.text.match(/<string>/g)).toHaveLength(8);
    expect(serviceHere({ ...input, platform: 'win32' })).toBeNull();
  });
});

describe('completion', () => {
  const complete = async (line: string): Promise<readonly string[]> => {
    const folder = await tempFolder('bash');
    writeFileSync(join(folder, 'c.sh'), bashScript(COMMANDS));
    const words = line.split(' ');
    const script = `cd '${folder}'; source c.sh; COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}; _leanvibe; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout, stderr } = await run('bash', ['--norc', '-c', script]);
    expect(stderr).toBe('');
    return stdout.split('\n').filter((word) => word !== '');
  };

  test('bash completes commands, their words, flags, choices and files', async () => {
    expect(await complete('leanvibe sta')).toEqual(['start', 'status']);
    expect(await complete('leanvibe task ')).toEqual(expect.arrayContaining(['add', 'list', 'done', 'undone', 'rm', 'edit']));
    expect(await complete('leanvibe --home /tmp task a')).toEqual(['add']);
    expect(await complete('leanvibe task add --pro')).toEqual(['--project']);
    expect(await complete('leanvibe completion ')).toEqual(['bash', 'zsh', 'fish']);
    expect(await complete('leanvibe suggestions --state p')).toEqual(['pending']);
    expect(await complete('leanvibe add c')).toEqual(['c.sh']);
    expect(await complete('leanvibe nonsense x')).toEqual([]);
  });

  test('every command is in each script; zsh and fish read theirs where they are installed', async () => {
    const folder = await tempFolder('shells');
    const scripts = { bash: bashScript(COMMANDS), zsh: zshScript(COMMANDS), fish: fishScript(COMMANDS) };
    for (const [shell, script] of Object.entries(scripts)) {
      for (const { words } of COMMANDS) expect(script).toContain(words.join(' '));
      writeFileSync(join(folder, shell), script);
      const { code, stderr } = await run(shell, ['-n', join(folder, shell)]);
      if (!/ENOENT/.test(stderr)) expect({ shell, code, stderr }).toEqual({ shell, code: 0, stderr: '' });
    }
  });
});
