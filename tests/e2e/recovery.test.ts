/** Every device is lost: 24 words on paper and whoever survives on the network bring back what they have, with agents and command lines as people run them. */
import { describe, expect, test } from 'vitest';
import type { FreshWordsView, RecoverySetView, RestoredView } from '@leanvibe/agent/internal/control/recovery-views';
import { figure, inStep, machines, pairByLink, titles } from '../help/lan-stories.js';
import type { Machine } from '../help/machine.js';
import { leftOut } from '../help/needs.js';
import { until } from '../help/wait.js';

async function words(of: Machine): Promise<string> {
  const { words: made } = await of.json<FreshWordsView>('recovery', 'create');
  expect(made).toHaveLength(24);
  return made.join(' ');
}

/** As people copy it from paper. */
const typed = (text: string): string =>
  text
    .split(' ')
    .map((word, at) => `${at + 1}. ${word.toUpperCase()}`)
    .join('\n');

async function restored(by: Machine, text: string): Promise<RestoredView> {
  const ended = await by.piped(typed(text), 'recovery', 'restore', '--json');
  if (ended.code !== 0) throw new Error(ended.stderr);
  figure('words typed → everything is back', ended.tookMs);
  return JSON.parse(ended.stdout) as RestoredView;
}

describe.skipIf(leftOut('lan'))('recovery words', () => {
  test('C43, P2: the computer is lost; the words and the phone, found by mDNS, bring everything back', async () => {
    const [ana, phone, next] = await machines('ana', 'phone', 'next');
    const { project } = await ana.ask('project.add', { path: ana.folder });
    await pairByLink(ana, phone);
    await ana.ask('task.add', { project: project.id, title: 'before the words' });
    const text = await words(ana);
    await ana.ask('task.add', { project: project.id, title: 'after the words' });
    await inStep(ana, phone);
    const checked = await ana.piped(text, 'recovery', 'check');
    expect(checked).toMatchObject({ code: 0, stderr: '' });
    await ana.kill();

    const wrong = await next.piped(text.replace(/^\S+/, 'abandn'), 'recovery', 'restore');
    expect(wrong.code).toBe(1);
    expect(wrong.stderr).toMatch(/word 1 is not on the list \(perhaps abandon/);
    const back = await restored(next, text);
    expect(back).toMatchObject({ home: true, failed: [], helpers: [{ name: 'phone' }] });
    expect([...(await titles(next, project.id))].sort()).toEqual(['after the words', 'before the words']);
    await next.ask('task.add', { project: project.id, title: 'on the new one' });
    await until('the task on the phone', async () => (await titles(phone, project.id)).includes('on the new one'));
    expect((await phone.cli('status')).stdout).toMatch(/recovery words let in/);

    // The lost one and the used words are taken out of use, from the new one.
    expect((await next.cli('devices', 'revoke', 'ana', '--yes')).code).toBe(0);
    const anew = await next.json<FreshWordsView & { readonly revoked: readonly string[] }>('recovery', 'create', '--replace');
    expect(anew.revoked).toHaveLength(1);
    await until(
      'the phone to know',
      async () => {
        const sets: readonly RecoverySetView[] = await phone.ask('recovery.list', {});
        return sets.map(({ state }) => state).join() === 'live,revoked';
      },
      30_000,
    );
    expect((await phone.piped(text, 'recovery', 'check')).code).toBe(1);
  }, 120_000);

  test('C43: only a teammate survives: the shared space is back, and that the rest is not is said', async () => {
    const [ana, bob, next] = await machines('ana', 'bob', 'next');
    await ana.ask('space.create', { name: 'Team' });
    const { project } = await ana.ask('project.add', { path: ana.folder });
    const shared = await ana.ask('project.share', { project: project.id, space: 'Team' });
    const { link } = await ana.ask('invite.create', { space: 'Team', role: 'editor', auto: true });
    await bob.ask('invite.accept', { link: link ?? '' });
    await until('the project at bob', async () => (await bob.ask('project.list', {})).some(({ id }) => id === shared.id), 30_000);
    const text = await words(ana);
    await ana.ask('task.add', { project: shared.id, title: 'shared' });
    await until('the task at bob', async () => (await titles(bob, shared.id)).includes('shared'));
    await ana.kill();

    const ended = await next.piped(text, 'recovery', 'restore');
    expect(ended).toMatchObject({ code: 0 });
    expect(ended.stdout).toMatch(/back from bob: Team/);
    expect(ended.stdout).toMatch(/no device of your own was found/);
    await until('the task at the new one', async () => (await titles(next, shared.id)).includes('shared'));
    await next.ask('task.add', { project: shared.id, title: 'by ana again' });
    await until('the task at bob', async () => (await titles(bob, shared.id)).includes('by ana again'));
    expect((await next.ask('space.list', {})).find(({ name }) => name === 'Team')).toMatchObject({ role: 'owner' });
  }, 120_000);

  test('C43: revoked words restore nothing, and neither does a network without anybody who knows them', async () => {
    const [ana, next] = await machines('ana', 'next');
    const { project } = await ana.ask('project.add', { path: ana.folder });
    const text = await words(ana);
    expect((await ana.cli('recovery', 'revoke', '--yes')).code).toBe(0);
    const ended = await next.piped(text, 'recovery', 'restore');
    expect(ended.code).toBe(1);
    expect(ended.stdout).toBe('');
    expect(ended.stderr).toMatch(/does not know these words, or they were revoked/);
    expect((await next.ask('project.list', {})).some(({ id }) => id === project.id)).toBe(false);
    expect((await next.ask('device.list', {})).length).toBe(1);
    expect((await ana.ask('device.list', {})).filter(({ type }) => type === 'computer')).toHaveLength(1);
  }, 120_000);
});
