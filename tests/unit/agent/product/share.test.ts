/** Spaces and sharing through the control API of real agents: what goes along, what is left behind, and that no word is lost on the way. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { startAgent, type TestAgent } from '../../../help/agent.js';
import { makeRepo } from '../../../help/repo.js';
import { tempFolder } from '../../../help/temp.js';
import { until } from '../../../help/wait.js';

const LONG_MS = 30_000;
const SLOW = { timeout: 120_000 };

async function pair(host: TestAgent, guest: TestAgent): Promise<void> {
  const { link } = await host.ask('pair.start', { autoConfirm: true });
  await guest.ask('join.start', { target: link });
  await until('the guest has joined', async () => (await guest.ask('join.status', {})).state === 'joined', LONG_MS);
}

async function withProject(agent: TestAgent, name: string): Promise<{ readonly id: string; readonly repo: string }> {
  const repo = makeRepo(join(await tempFolder(name), name));
  const { project } = await agent.ask('project.add', { path: repo });
  return { id: project.id, repo };
}

const titles = async (agent: TestAgent, project: string): Promise<readonly string[]> =>
  (await agent.ask('task.list', { project })).map(({ title }) => title);

describe('C2 spaces', () => {
  test('C2 a space is made, listed, renamed, found by name and by id; its maker owns it', async () => {
    const agent = await startAgent({ name: 'Anna' });
    const made = await agent.ask('space.create', { name: '  Team Ü ' });
    expect(made).toMatchObject({
      name: 'Team Ü',
      home: false,
      role: 'owner',
      standing: 'live',
      people: 1,
      devices: 1,
      projects: 0,
      debts: [],
    });
    expect((await agent.ask('space.list', {})).map(({ name, home }) => [name, home])).toEqual([
      ['home', true],
      ['Team Ü', false],
    ]);
    for (const space of ['team ü', made.id, made.id.slice(0, 8), undefined])
      expect(await agent.ask('member.list', space === undefined ? {} : { space })).toMatchObject([
        { name: 'Anna', role: 'owner', self: true },
      ]);
    expect(await agent.ask('space.rename', { space: 'Team Ü', name: 'Crew' })).toMatchObject({ id: made.id, name: 'Crew' });
    await agent.ask('config.set', { key: 'person', value: 'Anna Example' });
    expect(await agent.ask('member.list', {})).toMatchObject([{ name: 'Anna Example', devices: [{ name: 'Anna' }] }]);
    expect(await agent.ask('id', {})).toMatchObject({ name: 'Anna', personName: 'Anna Example' });
  });

  test('A8 names, people and spaces that are wrong are refused in words, and nothing is changed', async () => {
    const agent = await startAgent({ name: 'Anna' });
    const { id } = await withProject(agent, 'app');
    await agent.ask('space.create', { name: 'Team' });
    const state = async (): Promise<unknown> => [await agent.ask('space.list', {}), await agent.ask('project.list', { all: true })];
    const before = await state();
    for (const name of [
      '',
      '   ',
      'a\u0007b',
      'a\u202eb',
      '\u2066x',
      'a\u200bb',
      'line\nbreak',
      'x'.repeat(65),
      'x'.repeat(1_000_000),
      '\ud800',
    ])
      expect([name.slice(0, 9), (await agent.refusal('space.create', { name })).code]).toEqual([name.slice(0, 9), 'bad-request']);
    const refused: readonly (readonly [Parameters<TestAgent['refusal']>[0], object, string, RegExp])[] = [
      ['space.create', { name: 'team' }, 'refused', /already/],
      ['space.create', { name: 'Home' }, 'refused', /already/],
      ['space.rename', { space: 'home', name: 'x' }, 'refused', /always called home/],
      ['space.rename', { space: 'nosuch', name: 'x' }, 'not-found', /no space/],
      ['member.role', { person: 'nobody', role: 'editor' }, 'not-found', /no person "nobody"/],
      ['member.role', { person: 'Anna', role: 'viewer' }, 'refused', /last owner/],
      ['member.role', { person: 'Anna', role: 'king' }, 'bad-request', /one of/],
      ['member.role', { space: 'home', person: 'Anna', role: 'editor' }, 'refused', /own devices/],
      ['member.kick', { person: 'Anna' }, 'refused', /that is you/],
      ['member.kick', { space: 'home', person: 'Anna' }, 'refused', /own devices/],
      ['space.leave', { space: 'home' }, 'refused', /own devices/],
      ['project.share', { project: 'nosuch', space: 'Team' }, 'no-project', /no project/],
      ['project.share', { project: id, space: 'nosuch' }, 'not-found', /no space/],
      ['project.share', { project: id, space: 'home' }, 'refused', /already/],
    ];
    for (const [method, params, code, words] of refused) {
      const error = await agent.refusal(method, params);
      expect({ method, params, code: error.code, right: words.test(error.message), message: error.message }).toEqual({
        method,
        params,
        code,
        right: true,
        message: error.message,
      });
    }
    await agent.ask('space.create', { name: 'Two' });
    expect(await agent.refusal('member.list', {})).toMatchObject({ code: 'ambiguous', fix: expect.stringContaining('Team') as string });
    expect((await state()) as unknown[]).toMatchObject([
      [{}, { name: 'Team', people: 1 }, { name: 'Two' }],
      (before as unknown[])[1] as object,
    ]);
  });
});

describe('C2 share', () => {
  test('C2 a project goes with tasks, trash, note, suggestions and folder; the old one leads to it, also over a new start and a second move', async () => {
    const home = join(await tempFolder('anna'), 'home');
    const agent = await startAgent({ name: 'Anna', home });
    const { id, repo } = await withProject(agent, 'app');
    await agent.ask('task.add', { project: id, title: 'stays' });
    const gone = await agent.ask('task.add', { project: id, title: 'deleted' });
    await agent.ask('task.rm', { project: id, id: gone.id });
    await agent.ask('note.append', { project: id, text: 'the note' });
    const offered = await agent.ask('suggest', { project: id, file: 'a', line: 1, prompt: '', suggestion: 's', model: 'm', confidence: 1 });
    await agent.ask('accept', { project: id, id: offered.id });
    await agent.ask('space.create', { name: 'Team' });
    const shared = await agent.ask('project.share', { folder: repo, space: 'team' });
    expect(shared).toMatchObject({ name: 'app', path: repo, files: 1, space: { name: 'Team', home: false }, mayWrite: true, moved: null });
    expect(shared.id).not.toBe(id);

    const holds = async (one: TestAgent, space: string): Promise<void> => {
      for (const ref of [{ project: 'app' }, { project: id }, { project: id.slice(0, 8) }, { folder: repo }, { folder: join(repo, '.') }]) {
        const shown = await one.ask('project.show', ref);
        expect(shown).toMatchObject({ name: 'app', path: repo, space: { name: space }, moved: null });
      }
      expect(await titles(one, id)).toEqual(['stays']);
      expect(await one.ask('trash.list', {})).toMatchObject([{ title: 'deleted' }]);
      expect(await one.ask('note.show', { folder: repo })).toEqual({ text: 'the note\n' });
      expect(await one.ask('suggestions', { folder: repo })).toMatchObject([{ state: 'accepted', verdicts: [{ by: 'Anna' }] }]);
      expect(await one.ask('project.list', {})).toHaveLength(1);
    };
    await holds(agent, 'Team');
    const listed = await agent.ask('project.list', { all: true });
    expect(listed.find((one) => one.id === id)).toMatchObject({
      moved: { spaceName: 'Team', project: shared.id, late: false },
      path: null,
    });
    expect((await agent.refusal('project.share', { project: id, space: 'Team' })).message).toMatch(/in Team already/);

    await agent.agent.stop();
    const again = await startAgent({ home });
    await until('it is indexed again', async () => (await again.ask('project.show', { folder: repo })).watching, LONG_MS);
    await holds(again, 'Team');
    await again.ask('space.create', { name: 'Two' });
    const second = await again.ask('project.share', { project: 'app', space: 'Two' });
    await holds(again, 'Two');
    expect(await again.ask('project.share', { project: 'app', space: 'home' })).toMatchObject({ space: { home: true } });
    await holds(again, 'home');
    expect((await again.ask('project.list', { all: true })).map((one) => one.id)).toEqual(
      expect.arrayContaining([id, shared.id, second.id]),
    );
  });

  test('C2, P2 what another own device wrote to the old project meanwhile is brought over; its folder follows', SLOW, async () => {
    const anna = await startAgent({ name: 'Anna' });
    const phoneHome = join(await tempFolder('phone'), 'home');
    const phone = await startAgent({ name: 'Phone', home: phoneHome });
    const { id, repo } = await withProject(anna, 'app');
    await anna.ask('note.append', { project: id, text: 'one' });
    await pair(anna, phone);
    await until('the phone sees it', async () => (await phone.ask('project.list', {})).length === 1, LONG_MS);
    await phone.ask('project.add', { path: repo });
    await until('the note', async () => (await phone.ask('note.show', { project: id })).text === 'one\n', LONG_MS);
    await anna.ask('sync.wait', { timeoutMs: LONG_MS });
    await anna.agent.stop();
    // Anna shares while nobody hears of it, and the phone writes on.
    await phone.ask('task.add', { project: id, title: 'from the phone, late' });
    await phone.ask('note.edit', { project: id, base: 'one\n', text: 'one\nphone\n' });
    await phone.agent.stop();
    const alone = await startAgent({ name: 'Anna', home: anna.home });
    await alone.ask('space.create', { name: 'Team' });
    const shared = await alone.ask('project.share', { project: id, space: 'Team' });
    await alone.ask('note.edit', { project: shared.id, base: 'one\n', text: 'zero\none\n' });
    const late = await startAgent({ name: 'Phone', home: phoneHome });
    for (const one of [alone, late]) {
      await until('the late words in the new place', async () => (await titles(one, 'app')).includes('from the phone, late'), LONG_MS);
      await until('both notes', async () => (await one.ask('note.show', { project: 'app' })).text === 'zero\none\nphone\n', LONG_MS);
      await until('one project', async () => (await one.ask('project.list', {})).length === 1, LONG_MS);
      await until('the folder follows', async () => (await one.ask('project.show', { folder: repo })).id === shared.id, LONG_MS);
    }
    expect((await late.ask('project.list', { all: true })).find((one) => one.id === id)?.moved).toMatchObject({ late: false });
  });

  test('C2 shared twice at once into one space: one project is left, the same everywhere, with the words of both', SLOW, async () => {
    const annaHome = join(await tempFolder('anna'), 'home');
    const anna = await startAgent({ name: 'Anna', home: annaHome });
    const phoneHome = join(await tempFolder('phone'), 'home');
    const phone = await startAgent({ name: 'Phone', home: phoneHome });
    const { id } = await withProject(anna, 'app');
    await anna.ask('task.add', { project: id, title: 'first' });
    await anna.ask('space.create', { name: 'Team' });
    await pair(anna, phone);
    await until(
      'the phone is in the space',
      async () => (await phone.ask('space.list', {})).some((one) => one.name === 'Team' && one.role === 'owner'),
      LONG_MS,
    );
    await until('and has the task', async () => (await titles(phone, id)).length === 1, LONG_MS);
    await phone.agent.stop();
    await anna.ask('project.share', { project: id, space: 'Team' });
    await anna.ask('task.add', { project: 'app', title: 'by Anna' });
    await anna.agent.stop();
    const there = await startAgent({ name: 'Phone', home: phoneHome });
    await there.ask('project.share', { project: id, space: 'Team' });
    await there.ask('task.add', { project: 'app', title: 'by the phone' });
    const back = await startAgent({ name: 'Anna', home: annaHome });
    const left = async (one: TestAgent): Promise<string> => (await one.ask('project.list', {})).map((each) => each.id).join();
    await until(
      'one project at both',
      async () => {
        const [a, b] = [await left(back), await left(there)];
        return a === b && a.length === 64;
      },
      LONG_MS,
    );
    for (const one of [back, there])
      await until('the words of both', async () => (await titles(one, 'app')).toSorted().join() === 'by Anna,by the phone,first', LONG_MS);
  });
});
