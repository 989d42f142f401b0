/** A robot on one of two machines: a script with an empty home, its words beside a person's through a cut cable and a kill -9, and its end in mid-stream. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { MadeToken, TokenLogView } from '@leanvibe/agent/internal/control/leaf-views';
import type { TaskView } from '@leanvibe/agent/internal/control/views';
import { describe, expect, test } from 'vitest';
import { inStep, machines, pairByLink, tasks } from '../help/lan-stories.js';
import { LEANVIBE, type Machine } from '../help/machine.js';
import { leftOut } from '../help/needs.js';
import { type Ended, type Program, run, start } from '../help/program.js';
import { tempFolder } from '../help/temp.js';
import { until } from '../help/wait.js';

interface RobotShell {
  run(...args: readonly string[]): Promise<Ended>;
  start(...args: readonly string[]): Program;
  /** What its home holds afterwards. */
  leftBehind(): Promise<readonly string[]>;
}

/** A script of its own: no home of anybody, nothing but the token. */
async function shell(on: Machine, secret: string): Promise<RobotShell> {
  const empty = await tempFolder('empty');
  const names = Object.keys(process.env).filter((name) => /^(LEANVIBE_|XDG_|DBUS_)/.test(name));
  const env = { ...Object.fromEntries(names.map((name) => [name, undefined])), HOME: empty, LEANVIBE_TOKEN: secret };
  const options = { cwd: empty, netns: on.host.netns, env };
  return {
    run: (...args) => run(process.execPath, [LEANVIBE, ...args], options),
    start: (...args) => start(process.execPath, [LEANVIBE, ...args], options),
    leftBehind: () => readdir(empty),
  };
}

async function filesUnder(folder: string): Promise<readonly string[]> {
  const all = await readdir(folder, { recursive: true, withFileTypes: true });
  return all.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name));
}

const rows = (all: readonly TaskView[]): readonly string[] => all.map(({ title, createdBy }) => `${title} / ${createdBy}`).toSorted();

describe.skipIf(leftOut('lan'))('agent tokens on machines', () => {
  test('C46 C47 P2 what a robot writes is a robot’s on every device, merged with what people wrote, through a cut and a kill -9; and nothing after its end', {
    timeout: 180_000,
  }, async () => {
    const [ana, bea] = await machines('ana', 'bea');
    const { project } = await ana.ask('project.add', { path: ana.folder, name: 'webapp' });
    await pairByLink(ana, bea);
    const { secret } = await ana.json<MadeToken>(
      'token',
      'create',
      'ci',
      '--documents',
      'webapp:tasks',
      '--role',
      'editor',
      '--expires',
      '1h',
    );
    const robot = await shell(ana, secret);

    const added = await robot.run('task', 'add', 'red build', '--json');
    expect([added.code, added.stderr]).toEqual([0, '']);
    await until('bea to see it', async () => (await tasks(bea, project.id)).length === 1, 30_000);
    await bea.host.cut();
    const [one, two] = await Promise.all([robot.run('task', 'add', 'while cut'), robot.run('task', 'add', 'while cut too')]);
    expect([one.code, two.code]).toEqual([0, 0]);
    await ana.ask('task.add', { project: project.id, title: 'by ana' });
    await bea.ask('task.add', { project: project.id, title: 'by bea' });
    await ana.kill();
    await ana.up();
    expect((await robot.run('task', 'add', 'after the crash')).code).toBe(0);
    await bea.host.heal();
    await inStep(ana, bea);
    const wanted = [
      'after the crash / ci (robot, by ana)',
      'by ana / ana',
      'by bea / bea',
      'red build / ci (robot, by ana)',
      'while cut / ci (robot, by ana)',
      'while cut too / ci (robot, by ana)',
    ];
    await until(
      'both to show all of it',
      async () =>
        [ana, bea].length === 2 &&
        (await tasks(bea, project.id)).length === wanted.length &&
        (await tasks(ana, project.id)).length === wanted.length,
      30_000,
    );
    expect(rows(await tasks(bea, project.id))).toEqual(wanted);
    expect(rows(await tasks(ana, project.id))).toEqual(wanted);
    const log = await ana.json<TokenLogView>('token', 'log', 'ci');
    expect(log.acts.map(({ method, outcome }) => `${method} ${outcome}`)).toEqual(Array.from({ length: 4 }, () => 'task.add done'));
    expect(log.changes.length).toBeGreaterThan(0);
    expect(new Set(log.changes.map(({ state, device, document }) => `${state} ${device} ${document}`))).toEqual(
      new Set(['applied ana project']),
    );

    const following = robot.start('events', '--follow');
    await following.says('"hello"');
    await bea.ask('task.add', { project: project.id, title: 'seen by the robot' });
    await following.says('"document"');
    const revoked = await ana.cli('token', 'revoke', 'ci');
    expect(revoked.code).toBe(0);
    const ended = await following.ended;
    expect([ended.code, ended.stderr]).toEqual([1, expect.stringContaining('the feed ended')]);
    const late = await robot.run('task', 'add', 'too late');
    expect([late.code, late.stdout, late.stderr]).toEqual([1, '', expect.stringContaining('this token was revoked')]);
    expect((await tasks(ana, project.id)).map(({ title }) => title)).not.toContain('too late');
    expect(await robot.leftBehind()).toEqual([]);
    // The secret is nowhere on the machine's disk.
    for (const path of await filesUnder(ana.disk)) expect([path, (await readFile(path)).includes(secret)]).toEqual([path, false]);
  });
});
