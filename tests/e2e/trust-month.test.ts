/** Everybody offline for a month, twice, with real agents: the calendar turns, the team changes on several sides, and they meet one by one (P1, P8, P10). */
import { describe, expect, test } from 'vitest';
import { type Calendar, createCalendar } from '../help/calendar.js';
import { allUp, machinesIn } from '../help/lan-stories.js';
import { agree, eventually, foundTeam, letIn, only, people, personOf, standing, words } from '../help/lan-team.js';
import type { Machine } from '../help/machine.js';
import { leftOut } from '../help/needs.js';

const SLOW = { timeout: 300_000 };

const add = (one: Machine, project: string, title: string): Promise<unknown> => one.ask('task.add', { project, title });

/** Nobody reaches anybody, and every agent is started again on a later day. */
async function apart(all: readonly Machine[], calendar: Calendar, days: number): Promise<void> {
  await only(all);
  await Promise.all(all.map((one) => one.down()));
  await calendar.pass(days);
  await allUp(all);
}

/** They alone are on the network until they show the same team and the same words. */
async function meet(all: readonly Machine[], project: string, one: Machine, other: Machine): Promise<void> {
  const shows = async (who: Machine): Promise<string> => JSON.stringify([await people(who), await words(who, project)]);
  await only(all, one, other);
  await eventually('two who met to show the same', async () => (await shows(one)) === (await shows(other)));
}

describe.skipIf(leftOut('lan'))('a month apart on a network', () => {
  test(
    'P1 P8 P10: four are offline for a month and change the team on two sides, twice: met in a ring, then around one of them, all hold',
    SLOW,
    async () => {
      const calendar = await createCalendar();
      const all = await machinesIn(calendar.env, 'ana', 'bob', 'cyd', 'dan');
      const [ana, bob, cyd, dan] = all;
      const project = await foundTeam(ana);
      await letIn(ana, bob, 'admin');
      for (const guest of [cyd, dan]) await letIn(ana, guest, 'editor');
      await add(ana, project, 'start');
      const start = ['ana owner', 'bob admin', 'cyd editor', 'dan editor'];
      await agree(all, project, { members: start, tasks: ['start'] });
      const [cydId, danId] = [await personOf(cyd), await personOf(dan)];

      await apart(all, calendar, 15);
      await ana.ask('member.role', { space: 'Team', person: cydId, role: 'viewer' });
      for (const [one, title] of [
        [ana, 'ana 1'],
        [bob, 'bob 1'],
        [dan, 'dan 1'],
      ] as const)
        await add(one, project, title);
      await apart(all, calendar, 15);
      const why = await dan.ask('why', { project });
      expect(JSON.stringify(why)).toMatch(/ana \(seen 30 days ago\)/);
      await bob.ask('member.role', { space: 'Team', person: danId, role: 'admin' });
      for (const [one, title] of [
        [bob, 'bob 2'],
        [dan, 'dan 2'],
      ] as const)
        await add(one, project, title);

      // Around the ring, and on to where the first word has come from everybody.
      for (const [one, other] of [
        [ana, bob],
        [bob, cyd],
        [cyd, dan],
        [dan, ana],
        [ana, bob],
        [bob, cyd],
      ] as const)
        await meet(all, project, one, other);
      const ring = {
        members: ['ana owner', 'bob admin', 'cyd viewer', 'dan admin'],
        tasks: ['start', 'ana 1', 'bob 1', 'bob 2', 'dan 1', 'dan 2'],
      };
      await only(all);
      await agree(all, project, ring);

      await apart(all, calendar, 15);
      await ana.ask('member.kick', { space: 'Team', person: cydId });
      for (const [one, title] of [
        [ana, 'ana 3'],
        [dan, 'dan 3'],
      ] as const)
        await add(one, project, title);
      await apart(all, calendar, 15);
      for (const [one, title] of [
        [ana, 'ana 4, under new keys'],
        [bob, 'bob 4'],
        [dan, 'dan 4'],
      ] as const)
        await add(one, project, title);

      // Everybody with Bob alone, and those who came before he knew all once more.
      for (const other of [dan, ana, dan]) await meet(all, project, bob, other);
      const live = [ana, bob, dan];
      const star = {
        members: ['ana owner', 'bob admin', 'dan admin'],
        tasks: [...ring.tasks, 'ana 3', 'ana 4, under new keys', 'bob 4', 'dan 3', 'dan 4'],
      };
      await only(all);
      await agree(live, project, star);
      await only(all, bob, cyd);
      await eventually('who was removed to be told', async () => (await standing(cyd)) === 'removed');
      expect(await words(cyd, project)).not.toContain('ana 4, under new keys');
    },
  );
});
