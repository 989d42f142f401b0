/** Whole agents of several people on loopback: invited by link, asked for, let in, given roles, taken out. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Role } from '@leanvibe/protocol/link';
import { startAgent, type TestAgent } from '../../../help/agent.js';
import { makeRepo } from '../../../help/repo.js';
import { tempFolder } from '../../../help/temp.js';
import { until } from '../../../help/wait.js';

const LONG_MS = 30_000;
const SLOW = { timeout: 120_000 };

async function team(host: TestAgent, project = 'app'): Promise<{ readonly space: string; readonly project: string }> {
  await host.ask('project.add', { path: makeRepo(join(await tempFolder(project), project)) });
  const { id: space } = await host.ask('space.create', { name: 'Team' });
  const { id } = await host.ask('project.share', { project, space: 'Team' });
  return { space, project: id };
}

async function asks(host: TestAgent, guest: TestAgent, role: Role = 'editor'): Promise<string> {
  const { link } = await host.ask('invite.create', { space: 'Team', role });
  await guest.ask('invite.accept', { link: link ?? '' });
  return (await until('the host is asked', async () => (await host.ask('invite.requests', {}))[0]?.id ?? null, LONG_MS)).value;
}

async function letIn(host: TestAgent, guest: TestAgent, role: Role = 'editor'): Promise<void> {
  await host.ask('invite.approve', { id: await asks(host, guest, role) });
  await joined(guest);
}

const joined = (guest: TestAgent): Promise<unknown> =>
  until(
    'the guest is in',
    async () => {
      const [last] = await guest.ask('invite.accepted', {});
      if (last?.state === 'failed' || last?.state === 'denied') throw new Error(last.message ?? '');
      return last?.state === 'joined' && (await guest.ask('space.list', {})).some(({ name, role }) => name === 'Team' && role !== null);
    },
    LONG_MS,
  );

const titles = async (agent: TestAgent, project: string): Promise<readonly string[]> =>
  (await agent.ask('task.list', { project }).catch(() => [])).map(({ title }) => title);

const eventually = (what: string, check: () => Promise<boolean>): Promise<unknown> => until(what, check, LONG_MS);

describe('C42 invites', () => {
  test('C42, C2 by link, asked for and approved: both write to one project, each under its person’s name', SLOW, async () => {
    const [anna, bob] = [await startAgent({ name: 'Anna' }), await startAgent({ name: 'Bobs laptop' })];
    await bob.ask('config.set', { key: 'person', value: 'Bob' });
    const { project } = await team(anna);
    await anna.ask('task.add', { project, title: 'from before' });
    const id = await asks(anna, bob);
    expect(await anna.ask('status', {})).toMatchObject({
      requests: [{ id, personName: 'Bob', deviceName: 'Bobs laptop', spaceName: 'Team', role: 'editor', deviceId: bob.agent.deviceId }],
    });
    expect((await anna.ask('invite.requests', {}))[0]?.words).toBe((await bob.ask('id', {})).words);
    expect(await bob.ask('status', {})).toMatchObject({ spaceJoins: [{ state: 'waiting', hostName: 'Anna', spaceName: 'Team' }] });
    expect(await bob.ask('space.list', {})).toHaveLength(1);
    await anna.ask('invite.approve', { id: id.slice(0, 6) });
    await joined(bob);
    await eventually('Bob has the project', async () => (await titles(bob, 'app')).includes('from before'));
    await bob.ask('task.add', { project: 'app', title: 'from Bob' });
    await eventually('Anna has his task', async () => (await titles(anna, 'app')).includes('from Bob'));
    for (const one of [anna, bob])
      await eventually(
        'both names at both',
        async () =>
          (await one.ask('member.list', {}))
            .map(({ name, role }) => `${name} ${role}`)
            .toSorted()
            .join() === 'Anna owner,Bob editor',
      );
    expect((await anna.ask('device.list', {})).map(({ name }) => name)).toEqual(['Anna']);
    expect(await anna.refusal('device.revoke', { device: 'Bobs laptop' })).toMatchObject({ code: 'not-found' });
    expect(await anna.ask('invite.list', {})).toMatchObject([{ used: 1, uses: 1, state: 'used', link: null }]);
    expect((await bob.ask('project.show', { project: 'app' })).activity.map(({ by }) => by)).toEqual(
      expect.arrayContaining(['Anna', 'Bobs laptop']),
    );
  });

  test('C42 denied, used, revoked, expired and foreign invites let nobody in and say why', SLOW, async () => {
    const [anna, bob, carol] = [await startAgent({ name: 'Anna' }), await startAgent({ name: 'Bob' }), await startAgent({ name: 'Carol' })];
    await team(anna);
    await anna.ask('invite.deny', { id: await asks(anna, bob) });
    await eventually('Bob is told', async () => (await bob.ask('invite.accepted', {}))[0]?.state === 'denied');
    await letIn(anna, bob);
    const ends = async (guest: TestAgent, link: string | null, words: RegExp): Promise<void> => {
      const { id } = await guest.ask('invite.accept', { link: link ?? '' });
      const { value } = await until(
        'an end',
        async () => {
          const one = (await guest.ask('invite.accepted', {})).find((each) => each.id === id);
          return one?.state === 'failed' ? one.message : null;
        },
        LONG_MS,
      );
      expect(value).toMatch(words);
    };
    const auto = await anna.ask('invite.create', { auto: true, role: 'viewer' });
    const taken = await anna.ask('invite.create', {});
    await anna.ask('invite.revoke', { id: taken.id.slice(0, 8) });
    await ends(carol, taken.link, /no more|taken back/);
    await ends(bob, auto.link, /already/);
    await carol.ask('invite.accept', { link: auto.link ?? '' });
    await joined(carol);
    const dave = await startAgent({ name: 'Dave' });
    await ends(dave, auto.link, /used already/);
    expect((await anna.ask('status', {})).alarms).toMatchObject([
      { alarm: 'invite-used', message: expect.stringContaining('Team') as string },
    ]);
    for (const one of [anna, bob])
      await eventually(
        'three people, by name',
        async () =>
          (await one.ask('member.list', {}))
            .map(({ name }) => name)
            .toSorted()
            .join() === 'Anna,Bob,Carol',
      );
    expect(await dave.ask('space.list', {})).toHaveLength(1);
  });

  test('C42 a request outlives both agents’ starts; the answer reaches a guest that was away', SLOW, async () => {
    const homes = [join(await tempFolder('anna'), 'home'), join(await tempFolder('bob'), 'home')] as const;
    const anna = await startAgent({ name: 'Anna', home: homes[0] });
    const bob = await startAgent({ name: 'Bob', home: homes[1] });
    await team(anna);
    const id = await asks(anna, bob);
    await bob.agent.stop();
    await anna.agent.stop();
    const again = await startAgent({ home: homes[0] });
    expect(await again.ask('invite.requests', {})).toMatchObject([{ id, personName: 'Bob' }]);
    await again.ask('invite.approve', { id });
    const back = await startAgent({ home: homes[1] });
    await joined(back);
    await eventually('Bob has the project', async () => (await back.ask('project.list', {})).some(({ name }) => name === 'app'));
  });

  test('A8 what is no invite, or not for this person, is refused in words and changes nothing', SLOW, async () => {
    const [anna, bob] = [await startAgent({ name: 'Anna' }), await startAgent({ name: 'Bob' })];
    expect(await anna.refusal('invite.create', {})).toMatchObject({
      code: 'not-found',
      fix: expect.stringContaining('space create') as string,
    });
    expect(await anna.refusal('invite.create', { space: 'home' })).toMatchObject({
      code: 'refused',
      message: expect.stringContaining('own devices') as string,
    });
    await team(anna);
    const { link } = await anna.ask('invite.create', {});
    const good = link ?? '';
    const pairing = (await anna.ask('pair.start', {})).link;
    const words: readonly (readonly [string, RegExp])[] = [
      ['nonsense', /no LeanVibe invite link/],
      ['leanvibe://invite/', /damaged/],
      [good.slice(0, -4), /damaged/],
      [`${good}A`, /damaged/],
      [good.replace('invite', 'invites'), /no LeanVibe/],
      [pairing, /pairs a device/],
      [`leanvibe://invite/${Buffer.concat([Buffer.of(9), Buffer.alloc(90)]).toString('base64url')}`, /another version/],
    ];
    for (const [wrong, why] of words) {
      const error = await bob.refusal('invite.accept', { link: wrong });
      expect([wrong, why.test(error.message), error.message]).toEqual([wrong, true, error.message]);
    }
    expect(await anna.refusal('invite.accept', { link: good })).toMatchObject({ message: expect.stringContaining('itself') as string });
    expect(await bob.refusal('join.start', { target: good })).toMatchObject({
      message: expect.stringContaining('invites a person') as string,
    });
    for (const [method, params] of [
      ['invite.approve', { id: 'nosuch' }],
      ['invite.deny', { id: 'nosuch' }],
      ['invite.revoke', { id: 'nosuch' }],
      ['invite.withdraw', { id: 'nosuch' }],
    ] as const)
      expect(await anna.refusal(method, params)).toMatchObject({ code: 'not-found' });
    for (const params of [{ role: 'king' }, { uses: 0 }, { uses: 1001 }, { expiresInMs: 1 }, { expiresInMs: 1e13 }, { space: 'nosuch' }])
      await anna.refusal('invite.create', params);
    expect(await bob.ask('invite.accepted', {})).toEqual([]);
    expect(await anna.ask('invite.list', {})).toHaveLength(1);
    expect(await bob.ask('space.list', {})).toHaveLength(1);
  });
});

describe('C2 roles', () => {
  test('C2 a viewer reads and is told beforehand why it may not write; an editor may; who is out reads nothing new', SLOW, async () => {
    const [anna, bob] = [await startAgent({ name: 'Anna' }), await startAgent({ name: 'Bob' })];
    const { project } = await team(anna);
    await anna.ask('task.add', { project, title: 'one' });
    await letIn(anna, bob, 'viewer');
    await eventually('Bob reads', async () => (await titles(bob, 'app')).includes('one'));
    const before = await bob.ask('status', {});
    for (const [method, params] of [
      ['task.add', { project: 'app', title: 'x' }],
      ['note.append', { project: 'app', text: 'x' }],
      ['note.edit', { project: 'app', text: 'x', base: '' }],
      ['suggest', { project: 'app', file: 'a', line: 1, prompt: '', suggestion: 's', model: 'm', confidence: 1 }],
      ['space.rename', { space: 'Team', name: 'Mine' }],
    ] as const)
      expect(await bob.refusal(method, params)).toMatchObject({
        code: 'not-editor',
        message: expect.stringMatching(/^you may read this (project|space), not write$/) as string,
        fix: 'ask Anna (owner) for the editor role',
      });
    expect((await bob.ask('status', {})).storage).toEqual(before.storage);
    expect(await bob.ask('why', { project: 'app' })).toContainEqual(expect.objectContaining({ state: 'blocked', reason: 'viewer' }));
    for (const [method, params] of [
      ['member.role', { person: 'Bob', role: 'owner' }],
      ['member.kick', { person: 'Anna' }],
      ['invite.create', {}],
    ] as const)
      expect(await bob.refusal(method, params)).toMatchObject({ code: 'refused', fix: 'ask Anna (owner)' });
    await anna.ask('member.role', { person: 'Bob', role: 'editor' });
    await eventually('Bob may write', async () => (await bob.ask('project.list', {}))[0]?.mayWrite === true);
    await bob.ask('task.add', { project: 'app', title: 'two' });
    await eventually('Anna has it', async () => (await titles(anna, 'app')).includes('two'));
    expect(await anna.ask('member.kick', { person: 'bob' })).toMatchObject({ people: 1, debts: [] });
    await eventually('Bob is told', async () =>
      (await bob.ask('space.list', {})).some(({ name, standing }) => name === 'Team' && standing === 'removed'),
    );
    expect((await bob.ask('status', {})).alarms).toMatchObject([
      { alarm: 'out-of-space', message: expect.stringContaining('no longer in Team') as string },
    ]);
    expect(await bob.ask('status', {})).toMatchObject({ standing: 'live' });
    expect((await bob.ask('device.list', {})).map(({ revoked }) => revoked)).toEqual([false]);
    await anna.ask('task.add', { project, title: 'not for Bob' });
    expect(await bob.refusal('task.add', { project: 'app', title: 'x' })).toMatchObject({
      code: 'not-editor',
      fix: 'ask Anna (owner) for a new invite',
    });
    expect(await bob.ask('why', { project: 'app' })).toContainEqual(expect.objectContaining({ state: 'blocked', reason: 'removed' }));
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect(await titles(bob, 'app')).toEqual(['one', 'two']);
    // And in again.
    await letIn(anna, bob);
    await eventually('Bob reads what he missed', async () => (await titles(bob, 'app')).includes('not for Bob'));
    await bob.ask('task.add', { project: 'app', title: 'back' });
    await eventually('Anna has it', async () => (await titles(anna, 'app')).includes('back'));
    expect((await bob.ask('status', {})).alarms).toEqual([]);
    expect(await bob.ask('space.leave', {})).toMatchObject({ name: 'Team', standing: 'removed' });
    await eventually('Anna is alone', async () => (await anna.ask('member.list', {})).length === 1);
    expect(await bob.refusal('space.leave', { space: 'Team' })).toMatchObject({ code: 'refused' });
    expect(await titles(bob, 'app')).toContain('back');
  });
});
