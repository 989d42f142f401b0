/** Spaces and sharing through the control API of real agents: what goes along, what is left behind, and that no word is lost on the way. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { startAgent, type TestAgent } from '../../../help/agent.js';
import { makeRepo } from '../../../help/repo.js';
import { tempFolder } from '../../../help/temp.js';
import { until } from '../../../help/wait.js';

const LONG_MS = 30_000;

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
});
