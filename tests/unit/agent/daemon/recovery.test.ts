/** Recovery words through the control API of whole agents: made, checked, used at an address, revoked, and never kept. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { doorOf } from '@leanvibe/agent/internal/daemon/restore-search';
import { wordsProblem } from '@leanvibe/agent/internal/daemon/words-problem';
import { describe, expect, test } from 'vitest';
import { startAgent, type TestAgent } from '../../../help/agent.js';
import { tempFolder } from '../../../help/temp.js';
import { until } from '../../../help/wait.js';

async function address(one: TestAgent): Promise<string> {
  return `127.0.0.1:${(await one.ask('status', {})).ports.tcp}`;
}

async function withProject(name: string): Promise<{ readonly one: TestAgent; readonly project: string }> {
  const one = await startAgent({ name });
  const { project } = await one.ask('project.add', { path: await tempFolder('project') });
  await one.ask('task.add', { project: project.id, title: 'from before' });
  return { one, project: project.id };
}

/** Everything on the disk of a home, as text. */
function disk(folder: string): string {
  return readdirSync(folder)
    .map((name) => join(folder, name))
    .map((path) => (statSync(path).isDirectory() ? disk(path) : readFileSync(path, 'latin1')))
    .join('\n');
}

describe('recovery words through the control API', () => {
  test('C43 made, listed, checked and used: a new device has everything, and the first one is told', async () => {
    const { one, project } = await withProject('Mac');
    const made = await one.ask('recovery.create', {});
    const words = made.words.join(' ');
    expect(made).toMatchObject({ state: 'live', createdBy: 'Mac', usedBy: [], spaces: [{ name: 'home', covered: true }] });
    expect((await one.refusal('recovery.create', {})).message).toMatch(/already/);
    expect(await one.ask('recovery.check', { words })).toMatchObject({ state: 'live', personName: 'Mac', deviceId: made.deviceId });
    const two = await startAgent({ name: 'New Mac' });
    const restored = await two.ask('recovery.restore', { words: words.toUpperCase(), peer: await address(one) });
    expect(restored).toMatchObject({ home: true, failed: [], helpers: [{ name: 'Mac' }], spaces: [{ name: 'home' }] });
    expect((await two.ask('task.list', { project })).map(({ title }) => title)).toEqual(['from before']);
    await two.ask('task.add', { project, title: 'on the new one' });
    await until('the task', async () => (await one.ask('task.list', { project })).length === 2);
    const { alarms } = await one.ask('status', {});
    expect(alarms).toMatchObject([{ alarm: 'words-used' }]);
    await until('its name', async () => (await one.ask('recovery.list', {}))[0]?.usedBy[0]?.name === 'New Mac');
    expect((await two.refusal('recovery.restore', { words, peer: await address(one) })).message).toMatch(/data of its own/);
    // Nothing of the words is on either disk, logs included: three in a row would be no accident.
    for (const { home } of [one, two])
      for (let at = 0; at < 22; at++) expect(disk(home)).not.toContain(made.words.slice(at, at + 3).join(' '));
  });

  test('C43 revoked words, words of nobody and wrong words restore nothing and say so', async () => {
    const { one } = await withProject('Mac');
    const made = await one.ask('recovery.create', {});
    const words = made.words.join(' ');
    expect(await one.ask('recovery.revoke', { device: made.deviceId.slice(0, 8) })).toMatchObject({ state: 'revoked' });
    expect(await one.ask('recovery.list', {})).toMatchObject([{ state: 'revoked', spaces: [{ covered: false }] }]);
    expect(await one.ask('recovery.check', { words })).toMatchObject({ state: 'revoked' });
    expect((await one.refusal('recovery.extend', { words })).message).toMatch(/revoked/);
    expect((await one.refusal('recovery.revoke', { device: made.deviceId })).message).toMatch(/already/);
    const two = await startAgent({ name: 'New Mac' });
    expect((await two.refusal('recovery.restore', { words, peer: await address(one) })).message).toMatch(/does not know these words/);
    expect((await two.refusal('recovery.restore', { words, peer: '127.0.0.1:1' })).code).toBe('unreachable');
    expect((await two.refusal('recovery.restore', { words, peer: 'leanvibe://pair/x' })).code).toBe('refused');
    const wrong = await two.refusal('recovery.restore', {
      words: words.replace(made.words[2] ?? '', 'qwertyword'),
      peer: await address(one),
    });
    expect(wrong.message).toMatch(/word 3 is not on the list/);
    expect(wrong.message).not.toContain('qwertyword');
    expect(await two.ask('recovery.check', { words })).toMatchObject({ state: 'unknown', set: null });
    expect((await two.ask('status', {})).projects).toEqual([]);
    expect((await one.ask('status', {})).alarms).toEqual([]);
    // Words made anew work at once, and stand beside the revoked ones.
    const again = await one.ask('recovery.create', {});
    expect(await two.ask('recovery.restore', { words: again.words.join(' '), peer: await address(one) })).toMatchObject({ home: true });
    expect((await one.ask('recovery.list', {})).map(({ state }) => state)).toEqual(['live', 'revoked']);
  });
});

test('C43 a space that came after the words is told as an alarm until they were typed again', async () => {
  const one = await startAgent({ name: 'Mac' });
  const made = await one.ask('recovery.create', {});
  await one.ask('space.create', { name: 'Team' });
  const behind = async (): Promise<readonly string[]> =>
    (await one.ask('status', {})).alarms.filter(({ alarm }) => alarm === 'words-behind').map(({ message }) => message);
  await until('the alarm', async () => (await behind())[0] === 'your recovery words do not open Team yet. Run: leanvibe recovery extend');
  const extended = await one.ask('recovery.extend', { words: made.words.join('\n') });
  expect(extended.spaces.map(({ covered }) => covered)).toEqual([true, true]);
  await until('the alarm to be over', async () => (await behind()).length === 0);
});

test('C43 whom to ask is named by link, address or multiaddr, and nothing else', () => {
  expect(doorOf('192.0.2.7:4001').addresses).toEqual(['/ip4/192.0.2.7/tcp/4001']);
  expect(doorOf(' [fd00::1]:4001 ').addresses).toEqual(['/ip6/fd00::1/tcp/4001']);
  expect(doorOf('/ip4/192.0.2.7/tcp/4001/ws').addresses).toEqual(['/ip4/192.0.2.7/tcp/4001/ws']);
  for (const wrong of [
    '',
    'mac',
    'mac.local:4001',
    '192.0.2.7',
    '192.0.2.7:0',
    '192.0.2.7:99999',
    '300.1.1.1:1',
    'leanvibe://pair/AAAA',
    '/dns4/x/tcp/1',
  ])
    expect(() => doorOf(wrong), wrong).toThrow();
});

test('W26 what is wrong with words is told by place and nearest words, shortly', () => {
  const wrong = Array.from({ length: 24 }, (_, at) => ({ position: at + 1, nearest: at === 0 ? [] : ['abandon', 'ability', 'able'] }));
  const { message } = wordsProblem({ code: 'word', wrong });
  expect(message).toMatch(
    /^word 1 is not on the list \(none is near it\), word 2 .*perhaps abandon or ability or able.*and 21 more are not$/,
  );
  expect(wordsProblem({ code: 'count', count: 23 }).message).toBe('recovery words are 24, and 23 were typed');
});
