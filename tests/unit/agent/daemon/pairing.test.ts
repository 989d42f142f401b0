/** Two and three whole agents on loopback: pairing by link, what they share, and revoking. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { startAgent, type TestAgent } from '../../../help/agent.js';
import { git, makeRepo } from '../../../help/repo.js';
import { tempFolder } from '../../../help/temp.js';
import { until } from '../../../help/wait.js';

async function pair(host: TestAgent, guest: TestAgent, keepHome = false): Promise<void> {
  const { link } = await host.ask('pair.start', { autoConfirm: true });
  await guest.ask('join.start', { target: link, keepHome });
  await until('the guest has joined', async () => {
    const { state, message } = await guest.ask('join.status', {});
    if (state === 'failed') throw new Error(message ?? '');
    return state === 'joined';
  });
}

const inStep = (agent: TestAgent): Promise<unknown> =>
  until('in step', async () => (await agent.ask('status', {})).peers.some(({ state }) => state === 'in-step'));

describe('C40 pairing', () => {
  test('C40 a link is asked for, confirmed, and works once', async () => {
    const [anna, bob, carol] = [await startAgent({ name: 'Anna' }), await startAgent({ name: 'Bob' }), await startAgent({ name: 'Carol' })];
    const { link } = await anna.ask('pair.start', {});
    await bob.ask('join.start', { target: link });
    await until('Anna is asked', async () => (await anna.ask('pair.status', {})).state === 'asked');
    expect(await anna.ask('pair.status', {})).toMatchObject({ name: 'Bob', deviceId: bob.agent.deviceId, digits: null });
    await anna.ask('pair.confirm', { accept: true });
    await until('Bob has joined', async () => (await bob.ask('join.status', {})).state === 'joined');
    expect(await bob.ask('join.status', {})).toMatchObject({ personName: 'Anna' });
    await carol.ask('join.start', { target: link });
    await until('Carol is refused', async () => (await carol.ask('join.status', {})).state === 'failed');
    const { refusals } = await anna.ask('status', {});
    expect(refusals['pairing-expired']).toBe(1);
    expect((await anna.ask('device.list', {})).map(({ name, thisDevice }) => [name, thisDevice])).toEqual([
      ['Anna', true],
      ['Bob', false],
    ]);
  });

  test('C40 a declined, cancelled or nonsensical join changes nothing', async () => {
    const [anna, bob] = [await startAgent({ name: 'Anna' }), await startAgent({ name: 'Bob' })];
    const { link } = await anna.ask('pair.start', {});
    await bob.ask('join.start', { target: link });
    await until('Anna is asked', async () => (await anna.ask('pair.status', {})).state === 'asked');
    await anna.ask('pair.confirm', { accept: false });
    await until('Bob is told', async () => (await bob.ask('join.status', {})).state === 'failed');
    await anna.ask('pair.start', {});
    await anna.ask('pair.cancel', {});
    expect(await bob.refusal('join.start', { target: 'nonsense' })).toMatchObject({ code: 'refused' });
    expect(await anna.refusal('join.start', { target: (await anna.ask('pair.start', {})).link })).toMatchObject({ code: 'refused' });
    expect(await anna.refusal('pair.confirm', { accept: true })).toMatchObject({ code: 'refused' });
    expect(await bob.refusal('join.start', { target: '12345678' })).toMatchObject({ code: 'unreachable' });
    expect(await anna.ask('device.list', {})).toHaveLength(1);
    expect(await bob.ask('device.list', {})).toHaveLength(1);
  });

  test('A3 what one adds the other sees, both edit one note at once, and a restart finds the other again', async () => {
    const anna = await startAgent({ name: 'Anna' });
    const bobHome = join(await tempFolder('bob'), 'home');
    const bob = await startAgent({ name: 'Bob', home: bobHome });
    await anna.ask('project.add', { path: makeRepo(join(await tempFolder('shared'), 'shared')) });
    await pair(anna, bob);
    const ref = { project: 'shared' };
    await until('Bob sees the project and its facts', async () => (await bob.ask('project.list', {}))[0]?.indexedAt != null);
    expect((await bob.ask('project.list', {}))[0]).toMatchObject({ path: null, files: 1, indexedBy: 'Anna' });
    await inStep(anna);
    await anna.ask('task.add', { ...ref, title: 'from Anna' });
    await until('Bob sees the task', async () => (await bob.ask('task.list', ref)).length === 1, 1_000);
    await Promise.all([
      anna.ask('note.append', { ...ref, text: 'Anna was here' }),
      bob.ask('note.append', { ...ref, text: 'Bob was here' }),
    ]);
    await until('both notes hold both', async () => {
      const [one, two] = [(await anna.ask('note.show', ref)).text, (await bob.ask('note.show', ref)).text];
      return one === two && one.includes('Anna was here') && one.includes('Bob was here');
    });
    expect((await anna.ask('sync.wait', { timeoutMs: 5_000 })).inStep).toBe(true);
    await bob.agent.stop();
    expect((await anna.ask('status', {})).peers).toMatchObject([{ name: 'Bob', state: 'offline' }]);
    await anna.ask('task.add', { ...ref, title: 'while Bob slept' });
    const again = await startAgent({ home: bobHome });
    await until('Bob catches up', async () => (await again.ask('task.list', ref)).length === 2);
    await anna.ask('device.rename', { device: 'Bob', name: 'Bobby' });
    await until('Bob hears his new name', async () => (await again.ask('id', {})).name === 'Bobby');
  });

  test('SPEC the same repository on two machines is one project', async () => {
    const [anna, bob] = [await startAgent({ name: 'Anna' }), await startAgent({ name: 'Bob' })];
    const folder = await tempFolder('clone');
    const origin = makeRepo(join(folder, 'origin'));
    git(folder, 'clone', '-q', 'origin', 'copy');
    const { project } = await anna.ask('project.add', { path: origin });
    await pair(anna, bob);
    await until('Bob sees it', async () => (await bob.ask('project.list', {})).length === 1);
    const added = await bob.ask('project.add', { path: join(folder, 'copy') });
    expect(added).toMatchObject({
      added: true,
      sameAs: { by: 'root-commit' },
      project: { id: project.id, name: 'origin', path: join(folder, 'copy') },
    });
    expect(await bob.ask('project.list', {})).toHaveLength(1);
  });

  test('C40 a device with data of its own joins only with its person’s word, and brings it along', async () => {
    const [anna, bob] = [await startAgent({ name: 'Anna' }), await startAgent({ name: 'Bob' })];
    await bob.ask('project.add', { path: makeRepo(join(await tempFolder('own'), 'own')) });
    await bob.ask('task.add', { project: 'own', title: 'mine' });
    await expect(pair(anna, bob)).rejects.toThrow(/data of its own/);
    expect(await bob.ask('task.list', { project: 'own' })).toHaveLength(1);
    await pair(anna, bob, true);
    await until('Anna sees it', async () => (await anna.ask('project.list', {})).some(({ name }) => name === 'own'));
    await until('and its task', async () => (await anna.ask('task.list', { project: 'own' })).length === 1);
  });

  test('A6 a revoked device is told, and nothing it writes comes back', async () => {
    const [anna, bob] = [await startAgent({ name: 'Anna' }), await startAgent({ name: 'Bob' })];
    await anna.ask('project.add', { path: makeRepo(join(await tempFolder('revoke'), 'revoke')) });
    await pair(anna, bob);
    const ref = { project: 'revoke' };
    await until('Bob sees the project', async () => (await bob.ask('project.list', {})).length === 1);
    await inStep(bob);
    expect(await anna.refusal('device.revoke', { device: 'Anna' })).toMatchObject({ code: 'refused' });
    expect(await anna.ask('device.revoke', { device: 'Bob' })).toMatchObject({ name: 'Bob', revoked: true });
    await until('Bob is told', async () => (await bob.ask('status', {})).standing === 'removed');
    expect((await bob.ask('status', {})).alarms).toMatchObject([{ alarm: 'removed' }]);
    expect((await bob.ask('why', ref))[0]).toMatchObject({ state: 'blocked', reason: 'removed' });
    await anna.ask('task.add', { ...ref, title: 'after' });
    await bob.refusal('task.add', { ...ref, title: 'too late' }).catch(() => null);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect((await anna.ask('task.list', ref)).map(({ title }) => title)).toEqual(['after']);
    expect((await bob.ask('task.list', ref)).map(({ title }) => title)).not.toContain('after');
    expect(await anna.refusal('device.revoke', { device: 'Bob' })).toMatchObject({ code: 'refused' });
  });
});
