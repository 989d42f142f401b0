/** The stories of trust with real agents on machines of their own: cables are cut, the team changes on several sides, and all must come to one team. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { machines } from '../help/lan-stories.js';
import { agree, eventually, foundTeam, letIn, only, people, personOf, standing, words } from '../help/lan-team.js';
import type { Machine } from '../help/machine.js';
import { leftOut } from '../help/needs.js';

const SLOW = { timeout: 300_000 };
/** Long enough for anything that wants to sync to have done so (it takes about 50 ms). */
const QUIET_MS = 1_500;

const add = (one: Machine, project: string, title: string): Promise<unknown> => one.ask('task.add', { project, title });
const heal = (...some: readonly Machine[]): Promise<unknown> => Promise.all(some.map(({ host }) => host.heal()));
const hears = (one: Machine, line: string): Promise<unknown> =>
  eventually(`${line} to be heard`, async () => (await people(one)).includes(line));
const misses = (one: Machine, name: string): Promise<unknown> =>
  eventually(
    `${name} to be gone`,
    async () => (await people(one)).length > 0 && !(await people(one)).some((line) => line.startsWith(`${name} `)),
  );

describe.skipIf(leftOut('lan'))('trust on a network', () => {
  test('P1 P10: four apart at once add, remove, change a role and write; whoever is back first, all four hold', SLOW, async () => {
    const [ana, bob, cyd, dan, eve, fay] = await machines('ana', 'bob', 'cyd', 'dan', 'eve', 'fay');
    const project = await foundTeam(ana);
    for (const [guest, role] of [
      [bob, 'owner'],
      [cyd, 'owner'],
      [dan, 'editor'],
      [fay, 'editor'],
    ] as const)
      await letIn(ana, guest, role);
    await add(ana, project, 'start');
    const start = ['ana owner', 'bob owner', 'cyd owner', 'dan editor', 'fay editor'];
    await agree([ana, bob, cyd, dan, fay], project, { members: start, tasks: ['start'] });
    const [danId, fayId] = [await personOf(dan), await personOf(fay)];
    await fay.down();

    await only([bob, cyd, dan]);
    await letIn(ana, eve, 'editor');
    await bob.ask('member.role', { space: 'Team', person: danId, role: 'admin' });
    await cyd.ask('member.kick', { space: 'Team', person: fayId });
    for (const [one, title] of [
      [ana, 'ana apart'],
      [bob, 'bob apart'],
      [cyd, 'cyd apart'],
      [dan, 'dan apart'],
    ] as const)
      await add(one, project, title);
    await eventually('the newcomer to read', async () => (await words(eve, project)).includes('ana apart'));
    await add(eve, project, 'eve is new');

    for (const one of [cyd, dan, bob]) {
      await heal(one);
      await eventually('the first word', async () => (await words(one, project)).includes('eve is new'));
    }
    const right = {
      members: ['ana owner', 'bob owner', 'cyd owner', 'dan admin', 'eve editor'],
      tasks: ['start', 'ana apart', 'bob apart', 'cyd apart', 'dan apart', 'eve is new'],
    };
    await agree([ana, bob, cyd, dan, eve], project, right);
    await fay.up();
    await eventually('who was removed to be told', async () => (await standing(fay)) === 'removed');
    await add(ana, project, 'not for fay');
    await agree([bob, eve], project, { members: right.members, tasks: [...right.tasks, 'not for fay'] });
    await sleep(QUIET_MS);
    expect(await words(fay, project)).not.toContain('not for fay');
  });

  test(
    'P10 G15: two owners lower each other, and later remove each other: both times both, and the third owner goes on',
    SLOW,
    async () => {
      const [ana, bob, cyd, dan, eve] = await machines('ana', 'bob', 'cyd', 'dan', 'eve');
      const all = [ana, bob, cyd, dan, eve];
      const project = await foundTeam(ana);
      for (const [guest, role] of [
        [bob, 'owner'],
        [cyd, 'owner'],
        [dan, 'editor'],
        [eve, 'editor'],
      ] as const)
        await letIn(ana, guest, role);
      await add(ana, project, 'start');
      const start = { members: ['ana owner', 'bob owner', 'cyd owner', 'dan editor', 'eve editor'], tasks: ['start'] };
      await agree(all, project, start);
      const [anaId, bobId] = [await personOf(ana), await personOf(bob)];

      await only(all, ana, dan);
      await ana.ask('member.role', { space: 'Team', person: bobId, role: 'editor' });
      await hears(dan, 'bob editor');
      await only(all, bob, eve);
      await bob.ask('member.role', { space: 'Team', person: anaId, role: 'editor' });
      await hears(eve, 'ana editor');
      await heal(...all);
      await agree(all, project, { ...start, members: ['ana editor', 'bob editor', 'cyd owner', 'dan editor', 'eve editor'] });

      for (const person of [anaId, bobId]) await cyd.ask('member.role', { space: 'Team', person, role: 'owner' });
      await agree(all, project, start);
      await only(all, ana, dan);
      await ana.ask('member.kick', { space: 'Team', person: bobId });
      await misses(dan, 'bob');
      await only(all, bob, eve);
      await bob.ask('member.kick', { space: 'Team', person: anaId });
      await misses(eve, 'ana');
      await only(all, cyd, dan, eve);
      await agree([cyd, dan, eve], project, { members: ['cyd owner', 'dan editor', 'eve editor'], tasks: ['start'] });
      await add(cyd, project, 'cyd goes on');
      await heal(ana, bob);
      for (const gone of [ana, bob]) await eventually('to be told', async () => (await standing(gone)) === 'removed');
      await agree([cyd, dan, eve], project, { members: ['cyd owner', 'dan editor', 'eve editor'], tasks: ['start', 'cyd goes on'] });
      for (const gone of [ana, bob]) expect(await words(gone, project)).not.toContain('cyd goes on');
    },
  );

  test(
    'P2 C9 G23: somebody removed wrote on: what was built on stays, one is accepted, one is dropped; then invited again',
    SLOW,
    async () => {
      const [ana, dan, eve] = await machines('ana', 'dan', 'eve');
      const all = [ana, dan, eve];
      const project = await foundTeam(ana);
      const folder = join(ana.disk, 'second');
      await mkdir(folder);
      const added = await ana.ask('project.add', { path: folder });
      const second = (await ana.ask('project.share', { project: added.project.id, space: 'Team' })).id;
      for (const guest of [dan, eve]) await letIn(ana, guest, 'editor');
      for (const one of [project, second]) await add(eve, one, 'eve in time');
      const start = ['ana owner', 'dan editor', 'eve editor'];
      for (const one of [project, second]) await agree(all, one, { members: start, tasks: ['eve in time'] });
      const eveId = await personOf(eve);

      await only(all, ana);
      await ana.ask('member.kick', { space: 'Team', person: eveId });
      await only(all, dan, eve);
      await add(eve, project, 'eve, built on');
      await eventually('dan to take her word', async () => (await words(dan, project)).includes('eve, built on'));
      const { id } = (await dan.ask('task.list', { project })).find(({ title }) => title === 'eve, built on') ?? { id: '' };
      await dan.ask('task.edit', { project, id, title: 'dan made it his' });
      await eventually('her to have it', async () => (await words(eve, project)).includes('dan made it his'));
      await dan.down();
      // Dan does not see these before he hears of her removal.
      for (const one of [project, second]) await add(eve, one, 'eve, too late');
      await dan.host.cut();
      await dan.up();
      await only(all, dan, eve);
      await eventually('dan to have them', async () => (await words(dan, second)).includes('eve, too late'));
      await only(all, ana, dan);
      const live = [ana, dan];
      const members = ['ana owner', 'dan editor'];
      await agree(live, project, { members, tasks: ['dan made it his', 'eve in time'] });
      await agree(live, second, { members, tasks: ['eve in time'] });

      const setOf = async (of: string): Promise<string> => {
        const rows = await ana.ask('quarantine.list', { space: 'Team', all: true });
        return rows.find((row) => row.project === of && row.document === 'project')?.id ?? '';
      };
      await ana.ask('quarantine.accept', { id: await setOf(project) });
      await ana.ask('quarantine.drop', { id: await setOf(second) });
      await agree(live, project, { members, tasks: ['dan made it his', 'eve in time', 'eve, too late'] });
      await agree(live, second, { members, tasks: ['eve in time'] });

      await heal(eve);
      await eventually('her to be told', async () => (await standing(eve)) === 'removed');
      await letIn(ana, eve, 'editor');
      await agree(all, project, { members: start, tasks: ['dan made it his', 'eve in time', 'eve, too late'] });
      await agree(all, second, { members: start, tasks: ['eve in time'] });
      await add(eve, second, 'eve again');
      await agree(all, second, { members: start, tasks: ['eve again', 'eve in time'] });
    },
  );
});
