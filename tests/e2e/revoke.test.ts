/** A device that is revoked: sent announcements only, not listened to, kept aside where a third device took its word, and told so itself. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { DeviceRow, WhyView } from '@leanvibe/agent/internal/control/views';
import { figure, inStep, machines, pairByLink, titles } from '../help/lan-stories.js';
import type { Machine } from '../help/machine.js';
import { leftOut } from '../help/needs.js';
import { until } from '../help/wait.js';

/** Long enough for anything that wants to sync to have done so (it takes about 50 ms). */
const QUIET_MS = 2_000;

async function threeOfOnePerson(): Promise<{
  readonly ana: Machine;
  readonly bea: Machine;
  readonly cat: Machine;
  readonly project: string;
}> {
  const [ana, bea, cat] = await machines('ana', 'bea', 'cat');
  const { project } = await ana.ask('project.add', { path: ana.folder });
  await pairByLink(ana, bea);
  await pairByLink(ana, cat);
  await inStep(ana, bea, cat);
  await bea.ask('task.add', { project: project.id, title: 'bea, in time' });
  await until('the task everywhere', async () =>
    (await Promise.all([ana, cat].map((one) => titles(one, project.id)))).every((list) => list.includes('bea, in time')),
  );
  await inStep(ana, bea, cat);
  return { ana, bea, cat, project: project.id };
}

async function standsRevoked(at: Machine, name: string): Promise<boolean> {
  return (await at.json<readonly DeviceRow[]>('devices')).some((row) => row.name === name && row.revoked);
}

/** The revoked person's own view: `status`, `devices`, `why`, `doctor` all say it. */
async function isTold(bea: Machine): Promise<void> {
  const { value: status } = await until('the revoked device to know', async () => {
    const now = await bea.ask('status', {});
    return now.standing === 'removed' ? now : null;
  });
  expect(status.alarms.map(({ alarm }) => alarm)).toContain('removed');
  expect(status.alarms.find(({ alarm }) => alarm === 'removed')?.message).toMatch(/this device was removed/);
  expect((await bea.json<readonly WhyView[]>('why', 'project')).map(({ reason }) => reason)).toContain('removed');
  expect((await bea.cli('status')).stdout).toMatch(/removed/);
  expect((await bea.cli('doctor')).stdout).toMatch(/removed/);
  expect((await bea.json<readonly DeviceRow[]>('devices')).filter(({ revoked, thisDevice }) => revoked && thisDevice)).toHaveLength(1);
}

describe.skipIf(leftOut('lan'))('a revoked device', () => {
  test('A6, C25: revoked while connected, it is told at once, sent nothing more, and not listened to', async () => {
    const { ana, bea, cat, project } = await threeOfOnePerson();
    const startedMs = performance.now();
    await ana.json('devices', 'revoke', 'bea', '--yes');
    await isTold(bea);
    figure('revoked → the revoked device says so', performance.now() - startedMs);
    await until('cat to know', () => standsRevoked(cat, 'bea'));
    expect(await standsRevoked(ana, 'bea')).toBe(true);

    await ana.ask('task.add', { project, title: 'not for bea' });
    await bea
      .ask('task.add', { project, title: 'bea, too late' })
      .catch((error: unknown) => expect(String(error)).toMatch(/removed|not-editor|refused/));
    await until('cat to have it', async () => (await titles(cat, project)).includes('not for bea'));
    await sleep(QUIET_MS);
    expect(await titles(bea, project)).not.toContain('not for bea');
    for (const one of [ana, cat]) expect(await titles(one, project)).toEqual(expect.not.arrayContaining(['bea, too late']));
    const states = (await ana.ask('status', {})).peers.filter(({ name }) => name === 'bea').map(({ state }) => state);
    expect(states.every((state) => state === 'announcements')).toBe(true);

    // What was said stays said over a new start, and nothing is mended by it.
    await bea.down();
    await bea.up();
    await sleep(QUIET_MS);
    expect((await bea.ask('status', {})).standing).toBe('removed');
    expect((await bea.ask('status', {})).alarms.map(({ alarm }) => alarm)).toEqual(['removed']);
    expect(await titles(bea, project)).not.toContain('not for bea');
    for (const one of [ana, cat]) expect(await titles(one, project)).toEqual(expect.not.arrayContaining(['bea, too late']));
    expect((await ana.ask('status', {})).rotationOwed).toEqual([]);
  }, 120_000);

  test('A6: revoked while away, it is told at the next contact, and what it wrote meanwhile is not taken', async () => {
    const { ana, bea, cat, project } = await threeOfOnePerson();
    await bea.host.cut();
    await ana.json('devices', 'revoke', 'bea', '--yes');
    await ana.ask('task.add', { project, title: 'not for bea' });
    await bea.ask('task.add', { project, title: 'bea, too late' });
    await sleep(500);
    await bea.host.heal();
    const startedMs = performance.now();
    await isTold(bea);
    figure('met again → the revoked device says so', performance.now() - startedMs);
    await sleep(QUIET_MS);
    expect(await titles(bea, project)).not.toContain('not for bea');
    for (const one of [ana, cat]) expect(await titles(one, project)).toEqual(expect.not.arrayContaining(['bea, too late']));
  }, 120_000);

  test('A6: what it wrote after its removal and brought to a third device is kept aside there and at home, and named', async () => {
    const { ana, bea, cat, project } = await threeOfOnePerson();
    await ana.host.cut();
    await until('ana to be alone', async () => (await ana.ask('status', {})).peers.every(({ state }) => state === 'offline'), 30_000);
    await ana.json('devices', 'revoke', 'bea', '--yes');
    await bea.ask('task.add', { project, title: 'bea, too late' });
    await until('cat to take its word', async () => (await titles(cat, project)).includes('bea, too late'));
    await ana.ask('task.add', { project, title: 'ana, meanwhile' });
    await ana.host.heal();
    await until('cat to know', () => standsRevoked(cat, 'bea'), 30_000);
    await isTold(bea);
    for (const one of [ana, cat]) {
      await until(
        'the honest tasks, and they alone',
        async () => (await titles(one, project)).toSorted().join() === 'ana, meanwhile,bea, in time',
      );
      const rows = await one.json<readonly WhyView[]>('why', 'project');
      expect(
        rows
          .filter(({ state, reason }) => state === 'quarantined' && reason === 'removed')
          .map(({ document, waitingFor }) => [document, waitingFor]),
      ).toEqual([['project', ['bea']]]);
    }
  }, 120_000);

  test('A6, C9: where a live device built on its late word, both stay: a removal hides no live device’s edit', async () => {
    const { ana, bea, cat, project } = await threeOfOnePerson();
    await ana.host.cut();
    await until('ana to be alone', async () => (await ana.ask('status', {})).peers.every(({ state }) => state === 'offline'), 30_000);
    await ana.json('devices', 'revoke', 'bea', '--yes');
    await bea.ask('task.add', { project, title: 'bea, too late' });
    await until('cat to take its word', async () => (await titles(cat, project)).includes('bea, too late'));
    const { id } = (await cat.ask('task.list', { project })).find(({ title }) => title === 'bea, too late') ?? { id: '' };
    await cat.ask('task.edit', { project, id, title: 'cat made it hers' });
    await ana.host.heal();
    await until('cat to know', () => standsRevoked(cat, 'bea'), 30_000);
    for (const one of [ana, cat])
      await until('cat’s edit', async () => (await titles(one, project)).toSorted().join() === 'bea, in time,cat made it hers');
  }, 120_000);
});
