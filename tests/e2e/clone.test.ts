/** An older copy of a home put back, and a home copied to a second machine: noticed at the first contact with a device that saw later entries, and nothing lost on either side. */
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { WhyView } from '@leanvibe/agent/internal/control/views';
import { makeLan } from '../help/lan.js';
import { figure, pairByLink, titles } from '../help/lan-stories.js';
import { type Machine, machine } from '../help/machine.js';
import { leftOut } from '../help/needs.js';
import { tempFolder } from '../help/temp.js';
import { until } from '../help/wait.js';

async function has(one: Machine, project: string, wanted: readonly string[]): Promise<boolean> {
  const there = await titles(one, project);
  return wanted.every((title) => there.includes(title));
}

async function alarms(one: Machine): Promise<readonly string[]> {
  return (await one.ask('status', {})).alarms.map(({ alarm }) => alarm);
}

async function clonedSaid(one: Machine): Promise<void> {
  await until('the alarm', async () => (await alarms(one)).includes('cloned'));
  expect((await one.cli('doctor')).stdout).toMatch(/copied|copy/);
}

async function pair(
  names: readonly [string, string, string],
): Promise<{ readonly ana: Machine; readonly bea: Machine; readonly third: Parameters<typeof machine>[0]; readonly project: string }> {
  const [first, second, third] = await makeLan(3);
  if (first === undefined || second === undefined || third === undefined) throw new Error('no hosts');
  const [ana, bea] = [await machine(first, { name: names[0] }), await machine(second, { name: names[1] })];
  await Promise.all([ana.up(), bea.up()]);
  const { project } = await ana.ask('project.add', { path: ana.folder });
  await pairByLink(ana, bea);
  return { ana, bea, third, project: project.id };
}

/** The same things at another time: what was there when `leanvibe stop` had ended. */
async function copyOf(one: Machine): Promise<string> {
  const kept = join(await tempFolder('copy'), 'disk');
  await cp(one.disk, kept, { recursive: true });
  return kept;
}

describe.skipIf(leftOut('lan'))('a home that was copied', () => {
  test('A4, C44: an older copy put back is noticed at first contact; what it lacks comes back, what it wrote waits as drafts, nothing is lost', async () => {
    const { ana, bea, project } = await pair(['ana', 'bea', '']);
    await ana.ask('task.add', { project, title: 'before the copy' });
    await until('bea to have it', () => has(bea, project, ['before the copy']));
    await ana.down();
    const kept = await copyOf(ana);
    await ana.up();
    const later = Array.from({ length: 5 }, (_, n) => `after the copy ${n}`);
    for (const title of later) await ana.ask('task.add', { project, title });
    await bea.ask('task.add', { project, title: 'by bea' });
    await until('bea to have them', () => has(bea, project, later));
    await until('ana to have it', () => has(ana, project, ['by bea']));
    await ana.down();
    await rm(ana.disk, { recursive: true });
    await cp(kept, ana.disk, { recursive: true });

    await bea.host.cut();
    await ana.up();
    expect(await titles(ana, project)).toEqual(['before the copy']);
    await ana.ask('task.add', { project, title: 'by the older copy' });
    await bea.host.heal();
    const startedMs = performance.now();
    await clonedSaid(ana);
    figure('older copy meets a device that saw more → alarm', performance.now() - startedMs);
    await until('all to be back', () => has(ana, project, ['before the copy', ...later, 'by bea', 'by the older copy']));
    expect(await has(bea, project, ['before the copy', ...later, 'by bea'])).toBe(true);
    // From here on nothing it writes is numbered: another copy may be writing under the same numbers.
    await ana.ask('task.add', { project, title: 'while in doubt' });
    const rows = await ana.json<readonly WhyView[]>('why', 'project');
    expect(rows.filter(({ state, reason }) => state === 'draft' && reason === 'cloned')).not.toEqual([]);
    expect.soft(rows.find(({ reason }) => reason === 'cloned')?.detail).not.toMatch(/not accepted/);

    // A new start forgets neither the alarm nor the drafts.
    await ana.down();
    await ana.up();
    await until('bea to be met', async () => (await ana.ask('status', {})).peers.some(({ state }) => state === 'in-step'));
    expect.soft(await alarms(ana)).toContain('cloned');
    expect(await has(ana, project, ['by the older copy', 'while in doubt', ...later])).toBe(true);
    expect(await has(bea, project, ['while in doubt'])).toBe(false);

    // Its person says that there is no other copy: what waited goes out, and the two are of one mind again.
    await ana.json('devices', 'continue', '--yes');
    await until('what waited', () => has(bea, project, ['by the older copy', 'while in doubt']));
    await until('nothing to wait for', async () => (await ana.ask('why', { project })).every(({ state }) => state === 'in-step'));
    expect((await titles(ana, project)).toSorted()).toEqual((await titles(bea, project)).toSorted());
    await ana.ask('task.add', { project, title: 'as ever' });
    await until('life to go on', () => has(bea, project, ['as ever']));
    expect(await alarms(ana)).not.toContain('cloned');
  }, 120_000);

  test('A4, C44: a home that runs on two machines at once is noticed, and keeps every edit of both', async () => {
    const { ana, bea, third, project } = await pair(['ana', 'bea', '']);
    await ana.ask('task.add', { project, title: 'before the copy' });
    await until('bea to have it', () => has(bea, project, ['before the copy']));
    await ana.down();
    const twin = await machine(third, { at: await copyOf(ana) });
    await ana.up();
    await ana.ask('task.add', { project, title: 'by the original' });
    await until('bea to have it', () => has(bea, project, ['by the original']));
    await twin.up();
    await twin.ask('task.add', { project, title: 'by the twin' });
    const startedMs = performance.now();
    await until('one of them to notice', async () => [...(await alarms(twin)), ...(await alarms(ana))].includes('cloned'), 30_000);
    figure('copied home runs as a second agent → alarm', performance.now() - startedMs);
    await bea.ask('task.add', { project, title: 'by bea' });
    await ana.ask('task.add', { project, title: 'by the original, later' });
    await sleep(3_000);
    await ana.down();
    await until('the twin to catch up', () => has(twin, project, ['before the copy', 'by the original', 'by the twin', 'by bea']), 30_000);
    await clonedSaid(twin);
    await twin.down();
    await ana.up();
    await until(
      'the original to catch up',
      () => has(ana, project, ['before the copy', 'by the original', 'by the original, later', 'by bea']),
      30_000,
    );
    expect(await has(bea, project, ['before the copy', 'by the original', 'by bea'])).toBe(true);
  }, 180_000);
});
