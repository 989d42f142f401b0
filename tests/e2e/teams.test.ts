/** A team on a network: people on machines of their own, with agents and command lines as they run them. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { InviteOffer, MemberRow, RequestRow, SpaceJoinRow, SpaceRow } from '@leanvibe/agent/internal/control/team-views';
import type { ProjectView, StatusView, WhyView } from '@leanvibe/agent/internal/control/views';
import { figure, machines, tasks } from '../help/lan-stories.js';
import type { Machine } from '../help/machine.js';
import { leftOut } from '../help/needs.js';
import { until } from '../help/wait.js';

/** Generous: two busy cores run up to four agents and their command lines. */
const LONG_MS = 60_000;
/** Long enough for anything that wants to sync to have done so (it takes about 50 ms). */
const QUIET_MS = 2_000;
const SLOW = { timeout: 240_000 };

const eventually = (what: string, check: () => Promise<boolean>): Promise<unknown> => until(what, check, LONG_MS, 50);
const titles = async (one: Machine, project = 'project'): Promise<string> =>
  (await tasks(one, project).catch(() => []))
    .map(({ title }) => title)
    .toSorted()
    .join(', ');
const has = (one: Machine, wanted: string): Promise<unknown> =>
  eventually(`the tasks ${wanted}`, async () => (await titles(one)) === wanted);
const spaceAt = async (one: Machine): Promise<SpaceRow | undefined> =>
  (await one.ask('space.list', {})).find(({ name }) => name === 'Team');
const people = async (one: Machine): Promise<string> =>
  (await one.ask('member.list', { space: 'Team' }).catch(() => []))
    .map(({ name, role }) => `${name} ${role}`)
    .toSorted()
    .join(', ');

/** Ana's project, with words in it, in a space of hers. */
async function founded(ana: Machine): Promise<void> {
  await ana.json('add', ana.folder);
  await ana.json('task', 'add', 'from before');
  await ana.json('note', 'append', 'the note');
  await ana.json<SpaceRow>('space', 'create', 'Team');
  await ana.json<ProjectView>('share', 'project', '--space', 'Team');
}

/** `leanvibe invite` here, `leanvibe join` there, `leanvibe invite approve` here. */
async function letIn(host: Machine, guest: Machine, role = 'editor'): Promise<void> {
  const { link } = await host.json<InviteOffer>('invite', '--space', 'Team', '--role', role);
  const joining = guest.cli('join', link, '--json');
  const { value } = await until('the host to be asked', async () => (await host.ask('invite.requests', {}))[0] ?? null, LONG_MS);
  const approved = await host.json<RequestRow>('invite', 'approve', value.id.slice(0, 8));
  expect(approved).toMatchObject({ spaceName: 'Team', role });
  const joined = await joining;
  expect({ code: joined.code, stderr: joined.stderr }).toEqual({ code: 0, stderr: joined.stderr });
  expect(JSON.parse(joined.stdout) as SpaceJoinRow).toMatchObject({ state: 'joined', spaceName: 'Team', role });
  await eventually('the guest to be in', async () => (await spaceAt(guest))?.role === role);
}

describe.skipIf(leftOut('lan'))('a team', () => {
  test(
    'C2, C42: a space, a project in it, somebody invited by link and approved; both write, and each is told of the other',
    SLOW,
    async () => {
      const [ana, bob] = await machines('ana', 'bob');
      await founded(ana);
      await bob.json('config', 'set', 'person', 'Bob');
      const { link } = await ana.json<InviteOffer>('invite', '--space', 'Team');
      const unasked = await bob.cli('join', link, '--no-wait');
      expect([unasked.code, unasked.stdout]).toEqual([0, expect.stringMatching(/Team: looking for ana; it goes on by itself/)]);
      await eventually('ana to be asked', async () => /Bob \(bob\) asks to join Team as editor/.test((await ana.cli('status')).stdout));
      expect((await bob.cli('status')).stdout).toMatch(/Team: waiting for ana to approve/);
      expect((await ana.cli('invite', 'requests')).stdout).toContain((await bob.ask('id', {})).words);
      const { id } = (await ana.json<readonly RequestRow[]>('invite', 'requests'))[0] ?? { id: '' };
      const startedMs = performance.now();
      await ana.json('invite', 'approve', id);
      await has(bob, 'from before');
      figure('approved → the newcomer has the project', performance.now() - startedMs);
      expect((await bob.cli('note', 'show', '-p', 'project')).stdout).toContain('the note');
      await bob.json('task', 'add', 'from bob', '-p', 'project');
      await has(ana, 'from before, from bob');
      await ana.json('task', 'add', 'from ana');
      await has(bob, 'from ana, from before, from bob');
      for (const one of [ana, bob]) {
        await eventually('both people, by name', async () => (await people(one)) === 'Bob editor, ana owner');
        const { stdout } = await one.cli('members');
        expect(stdout).toMatch(/Bob .*editor +bob/);
      }
      expect((await bob.json<readonly ProjectView[]>('projects')).map(({ name, space, path }) => [name, space.name, path])).toEqual([
        ['project', 'Team', null],
      ]);
    },
  );

  test(
    'C2, C12: a viewer is told why; an editor writes; who is taken out while away hears it later, reads nothing new, and is let in again',
    SLOW,
    async () => {
      const [ana, bob, cat] = await machines('ana', 'bob', 'cat');
      await founded(ana);
      await letIn(ana, bob, 'viewer');
      await letIn(ana, cat);
      await has(bob, 'from before');
      const refused = await bob.cli('task', 'add', 'may I', '-p', 'project');
      expect([refused.code, refused.stdout, refused.stderr]).toEqual([
        1,
        '',
        expect.stringMatching(/you may read this project, not write\n +ask ana \(owner\) for the editor role/),
      ]);
      await ana.json<MemberRow>('role', 'bob', 'editor', '--space', 'Team');
      await eventually('bob to be an editor', async () => (await spaceAt(bob))?.role === 'editor');
      await bob.json('task', 'add', 'from bob', '-p', 'project');
      for (const one of [ana, cat]) await has(one, 'from before, from bob');

      await bob.host.cut();
      await eventually('bob to be away', async () =>
        (await ana.ask('status', {})).peers.some(({ name, state }) => name === 'bob' && state === 'offline'),
      );
      await ana.json<SpaceRow>('kick', 'bob', '--space', 'Team', '--yes');
      await ana.json('task', 'add', 'not for bob');
      await bob.json('task', 'add', 'bob, too late', '-p', 'project');
      await has(cat, 'from before, from bob, not for bob');
      await bob.host.heal();
      const startedMs = performance.now();
      await eventually('bob to be told', async () => (await spaceAt(bob))?.standing === 'removed');
      figure('met again → who was taken out says so', performance.now() - startedMs);
      await sleep(QUIET_MS);
      expect(await titles(bob)).not.toContain('not for bob');
      for (const one of [ana, cat]) expect(await titles(one)).toBe('from before, from bob, not for bob');
      const status = await bob.json<StatusView>('status');
      expect(status.standing).toBe('live');
      // What bob wrote while he did not know yet reached nobody: that is said beside it.
      expect(status.alarms.map(({ alarm }) => alarm)).toEqual(['out-of-space', 'unsent']);
      expect((await bob.cli('status')).stdout).toMatch(/you are no longer in Team/);
      expect(await bob.json<readonly WhyView[]>('why', 'project')).toContainEqual(
        expect.objectContaining({ state: 'blocked', reason: 'removed' }),
      );
      expect((await bob.cli('task', 'add', 'x', '-p', 'project')).stderr).toMatch(/no longer in Team[\s\S]*new invite/);

      await letIn(ana, bob);
      await eventually('bob to read what he missed', async () => (await titles(bob)).includes('not for bob'));
      await bob.json('task', 'add', 'bob is back', '-p', 'project');
      for (const one of [ana, cat]) await eventually('bob again', async () => (await titles(one)).includes('bob is back'));
    },
  );

  test('C2: ownership goes on; who leaves keeps what was read; the last owner cannot go', SLOW, async () => {
    const [ana, bob] = await machines('ana', 'bob');
    await founded(ana);
    await letIn(ana, bob);
    await has(bob, 'from before');
    const early = await ana.cli('leave', '--space', 'Team', '--yes');
    expect([early.code, early.stderr]).toEqual([1, expect.stringMatching(/last owner cannot leave/)]);
    await ana.json('role', 'bob', 'owner', '--space', 'Team');
    await eventually('bob to own it', async () => (await spaceAt(bob))?.role === 'owner');
    await ana.json('leave', '--space', 'Team', '--yes');
    await eventually('bob to be alone', async () => (await people(bob)) === 'bob owner');
    await bob.json('task', 'add', 'without ana', '-p', 'project');
    await sleep(QUIET_MS);
    expect(await titles(ana)).toBe('from before');
    expect((await ana.cli('task', 'add', 'x')).stderr).toMatch(/no longer in Team/);
    expect((await ana.cli('note', 'show')).stdout).toContain('the note');
  });

  test('C2: a guest’s second device gets the space without a word typed, and loses it with the guest', SLOW, async () => {
    const [ana, bob, phone] = await machines('ana', 'bob', 'phone');
    await founded(ana);
    await letIn(ana, bob);
    await has(bob, 'from before');
    const { link } = await bob.ask('pair.start', { autoConfirm: true });
    expect((await phone.cli('join', link, '--json')).code).toBe(0);
    await eventually('the phone to be in', async () => (await spaceAt(phone))?.role === 'editor');
    await has(phone, 'from before');
    await phone.json('task', 'add', 'from the phone', '-p', 'project');
    for (const one of [ana, bob]) await has(one, 'from before, from the phone');
    await ana.json<SpaceRow>('kick', 'bob', '--space', 'Team', '--yes');
    for (const one of [bob, phone]) await eventually('both to be told', async () => (await spaceAt(one))?.standing === 'removed');
    expect((await phone.ask('status', {})).standing).toBe('live');
  });
});
