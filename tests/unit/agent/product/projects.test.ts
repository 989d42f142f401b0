/** Projects and their work through the control API of a real agent. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { startAgent } from '../../../help/agent.js';
import { git, makeRepo } from '../../../help/repo.js';
import { tempFolder } from '../../../help/temp.js';
import { until } from '../../../help/wait.js';

describe('SPEC projects', () => {
  test('a folder is added once, shows its index, and is found by name, id, folder and from inside', async () => {
    const agent = await startAgent({ name: 'Anna' });
    const repo = makeRepo(join(await tempFolder('repo'), 'shop'), { 'a.js': 'x\ny\n', 'lib/b.py': '# TODO later\n' });
    const first = await agent.ask('project.add', { path: repo });
    expect(first).toMatchObject({
      added: true,
      sameAs: null,
      project: { name: 'shop', path: repo, files: 2, lines: 3, todos: 1, git: { branch: 'main', dirty: false }, indexedBy: 'Anna' },
    });
    expect((await agent.ask('project.add', { path: `${repo}/.` })).added).toBe(false);
    const { id } = first.project;
    for (const ref of [
      { project: 'shop' },
      { project: 'SHOP' },
      { project: id },
      { project: id.slice(0, 6) },
      { project: repo },
      { folder: repo },
      { folder: join(repo, 'lib') },
    ]) {
      expect((await agent.ask('project.show', ref)).id).toBe(id);
    }
    const shown = await agent.ask('project.show', { project: 'shop' });
    expect(shown.todoList).toEqual([{ file: 'lib/b.py', line: 1, text: 'TODO later' }]);
    expect(await agent.ask('project.list', {})).toHaveLength(1);
  });

  test('A8 what cannot be added or found is refused in words and changes nothing', async () => {
    const agent = await startAgent();
    const folder = await tempFolder('odd');
    writeFileSync(join(folder, 'file'), 'x');
    mkdirSync(join(folder, 'empty'));
    expect(await agent.refusal('project.add', { path: join(folder, 'none') })).toMatchObject({ code: 'not-found' });
    expect(await agent.refusal('project.add', { path: join(folder, 'file') })).toMatchObject({ code: 'refused' });
    expect(await agent.refusal('project.add', { path: 'relative' })).toMatchObject({ code: 'bad-request' });
    for (const ref of [{ project: 'nothing' }, { folder }, {}])
      expect(await agent.refusal('task.list', ref)).toMatchObject({ code: 'no-project' });
    expect(await agent.ask('project.list', {})).toEqual([]);
  });

  test('two folders of one name become two projects, and a doubtful name is refused', async () => {
    const agent = await startAgent();
    const folder = await tempFolder('twins');
    const [one, two] = [makeRepo(join(folder, 'a', 'app'), { x: '1' }), makeRepo(join(folder, 'b', 'app'), { x: '2\n' })];
    await agent.ask('project.add', { path: one });
    expect((await agent.ask('project.add', { path: two })).project.name).toBe('app-2');
    expect(await agent.refusal('project.show', { project: '' })).toMatchObject({ code: 'bad-request' });
  });

  test('a file that changes is seen without asking', async () => {
    const agent = await startAgent();
    const repo = makeRepo(join(await tempFolder('live'), 'live'));
    await agent.ask('project.add', { path: repo });
    await until('the watch is on', async () => (await agent.ask('project.show', { project: 'live' })).watching);
    writeFileSync(join(repo, 'main.js'), 'one\ntwo\nthree\nfour\n');
    await until('the new lines show', async () => (await agent.ask('project.show', { project: 'live' })).lines === 4);
    await until('and the dirty state', async () => (await agent.ask('project.show', { project: 'live' })).git?.dirty === true);
  });

  test('a project taken off is gone, its folder untouched, and can be added again', async () => {
    const agent = await startAgent();
    const repo = makeRepo(join(await tempFolder('gone'), 'gone'));
    const { project } = await agent.ask('project.add', { path: repo });
    expect(await agent.ask('project.remove', { project: 'gone' })).toEqual({ id: project.id, name: 'gone', everywhere: true });
    expect(await agent.ask('project.list', {})).toEqual([]);
    expect(existsSync(join(repo, 'main.js'))).toBe(true);
    expect((await agent.ask('project.add', { path: repo })).added).toBe(true);
  });

  test('a project taken off comes back with its tasks and note when its folder is added again, git or not', async () => {
    const agent = await startAgent();
    const plain = join(await tempFolder('back'), 'plain folder');
    mkdirSync(plain);
    const { project } = await agent.ask('project.add', { path: plain });
    const ref = { project: project.id };
    await agent.ask('task.add', { ...ref, title: 'keep me' });
    await agent.ask('note.append', { ...ref, text: 'and me' });
    for (const round of ['first', 'second']) {
      await agent.ask('project.remove', ref);
      expect(await agent.refusal('task.list', ref)).toMatchObject({ code: 'no-project' });
      const again = await agent.ask('project.add', { path: plain, name: round });
      expect(again).toMatchObject({ added: true, project: { id: project.id, name: round, path: plain } });
      expect(await agent.ask('task.list', ref)).toMatchObject([{ title: 'keep me' }]);
      expect((await agent.ask('note.show', ref)).text).toBe('and me\n');
    }
  });

  test('why: a person with one device waits for nobody', async () => {
    const agent = await startAgent();
    const { project } = await agent.ask('project.add', { path: makeRepo(join(await tempFolder('alone'), 'alone')) });
    const ref = { project: project.id };
    await agent.ask('task.add', { ...ref, title: 'x' });
    const details = (await agent.ask('why', ref)).map(({ detail }) => detail);
    expect(details.join()).toContain('only on this device');
    expect(details.join()).not.toContain('reachable');
  });

  test('tasks and suggestions of one project can be told apart by the eight letters that are shown', async () => {
    const agent = await startAgent();
    const { project } = await agent.ask('project.add', { path: makeRepo(join(await tempFolder('ids'), 'ids')) });
    const ref = { project: project.id };
    const ids: string[] = [];
    for (let number = 0; number < 20; number++) ids.push((await agent.ask('task.add', { ...ref, title: `${number}` })).id);
    const offer = { ...ref, file: 'a.ts', line: 1, prompt: 'p', suggestion: 's', model: 'm', confidence: 0.5 };
    for (let number = 0; number < 3; number++) ids.push((await agent.ask('suggest', offer)).id);
    expect(new Set(ids.map((id) => id.slice(0, 8))).size).toBe(ids.length);
    expect((await agent.ask('task.done', { ...ref, id: ids[7]?.slice(0, 8) ?? '' })).title).toBe('7');
  });

  test('tasks, notes, suggestions and the trash keep what people wrote', async () => {
    const agent = await startAgent({ name: 'Anna' });
    makeRepo(join(await tempFolder('work'), 'work'));
    const { project } = await agent.ask('project.add', { path: makeRepo(join(await tempFolder('work'), 'work')) });
    const ref = { project: project.id };
    const task = await agent.ask('task.add', { ...ref, title: '  ünïcode <b>title</b> 🚀 ' });
    expect(task).toMatchObject({ title: 'ünïcode <b>title</b> 🚀', done: false, createdBy: 'Anna' });
    expect((await agent.ask('task.done', { ...ref, id: task.id.slice(0, 5) })).done).toBe(true);
    expect((await agent.ask('task.undone', { ...ref, id: task.id })).done).toBe(false);
    expect((await agent.ask('task.edit', { ...ref, id: task.id, title: 'other' })).title).toBe('other');
    await agent.ask('task.rm', { ...ref, id: task.id });
    expect(await agent.ask('task.list', ref)).toEqual([]);
    expect(await agent.ask('trash.list', {})).toMatchObject([{ id: task.id, title: 'other', deletedBy: 'Anna', kind: 'task' }]);
    await agent.ask('trash.restore', { ...ref, id: task.id });
    expect(await agent.ask('task.list', ref)).toMatchObject([{ title: 'other' }]);
    expect(await agent.refusal('task.done', { ...ref, id: 'zzzz' })).toMatchObject({ code: 'not-found' });

    await agent.ask('note.append', { ...ref, text: 'one' });
    const { text: base } = await agent.ask('note.append', { ...ref, text: 'two\nthree' });
    expect(base).toBe('one\ntwo\nthree\n');
    await agent.ask('note.append', { ...ref, text: 'by another meanwhile' });
    expect((await agent.ask('note.edit', { ...ref, base, text: base.replace('two', 'TWO') })).text).toBe(
      'one\nTWO\nthree\nby another meanwhile\n',
    );

    const suggestion = await agent.ask('suggest', {
      ...ref,
      file: 'main.js',
      line: 2,
      prompt: '',
      suggestion: 'use const',
      model: 'm',
      confidence: 0.75,
    });
    expect(suggestion).toMatchObject({ state: 'pending', confidence: 0.75, verdicts: [] });
    expect(await agent.ask('reject', { ...ref, id: suggestion.id })).toMatchObject({
      state: 'rejected',
      verdicts: [{ verdict: 'reject', by: 'Anna' }],
    });
    expect(await agent.ask('accept', { ...ref, id: suggestion.id })).toMatchObject({
      state: 'accepted',
      verdicts: [{ verdict: 'accept' }],
    });
    expect(await agent.ask('suggestions', { ...ref, state: 'pending' })).toEqual([]);
  });

  test('P3 everything is there after a restart, and A5 no name, word or path of it lies open in the home', async () => {
    const home = join(await tempFolder('again'), 'home');
    const repo = makeRepo(join(await tempFolder('secretplace'), 'quartzproject'), { 'zirconfile.js': 'x // TODO jasperwords\n' });
    const first = await startAgent({ home, name: 'Opaldevice' });
    await first.ask('project.add', { path: repo });
    await first.ask('task.add', { project: 'quartzproject', title: 'amberword to do' });
    await first.ask('note.append', { project: 'quartzproject', text: 'garnetword' });
    await first.agent.stop();
    const again = await startAgent({ home });
    expect(again.agent.name).toBe('Opaldevice');
    expect(await again.ask('task.list', { folder: repo })).toMatchObject([{ title: 'amberword to do', createdBy: 'Opaldevice' }]);
    expect(await again.ask('note.show', { folder: repo })).toEqual({ text: 'garnetword\n' });
    await until('it is indexed again', async () => (await again.ask('project.show', { folder: repo })).watching);
    await again.agent.stop();
    for (const word of ['Opaldevice', 'quartzproject', 'zirconfile', 'jasperwords', 'amberword', 'garnetword', 'secretplace']) {
      for (const file of ['store.db', 'store.db-wal', 'config.json', 'endpoint.json', 'running.json', 'secrets.json', 'logs/agent.log']) {
        const path = join(home, file);
        if (existsSync(path)) expect([file, readFileSync(path).includes(word)]).toEqual([file, false]);
      }
    }
  });

  test('an export is open, whole, and never written over anything', async () => {
    const agent = await startAgent();
    const folder = await tempFolder('export');
    await agent.ask('project.add', { path: makeRepo(join(folder, 'we/ird name'.replace('/', '_'))) });
    await agent.ask('task.add', { project: 'we_ird name', title: 'a task' });
    const path = join(folder, 'out');
    const written = await agent.ask('export', { path });
    expect(written).toMatchObject({ path, files: 6 });
    expect(readFileSync(join(path, 'we_ird name', 'tasks.md'), 'utf8')).toContain('- [ ] a task');
    expect(JSON.parse(readFileSync(join(path, 'leanvibe.json'), 'utf8'))).toMatchObject({ format: 'leanvibe-export', version: 1 });
    expect(readFileSync(join(path, 'we_ird name', 'project.json'), 'utf8')).not.toContain(folder);
    expect(await agent.refusal('export', { path })).toMatchObject({ code: 'refused' });
    rmSync(path, { recursive: true });
    expect(await agent.refusal('export', { path: join(folder, 'none', 'out') })).toMatchObject({ code: 'refused' });
  });

  test('A8 settings: unknown and wrong ones are refused, the name is kept sealed', async () => {
    const agent = await startAgent();
    expect(await agent.refusal('config.set', { key: 'porrt', value: '1' })).toMatchObject({ code: 'bad-request' });
    expect(await agent.refusal('config.set', { key: 'port', value: 'x' })).toMatchObject({ code: 'bad-request' });
    expect(await agent.ask('config.set', { key: 'windowMs', value: '20' })).toMatchObject({ value: 20, source: 'file', restart: true });
    await agent.ask('config.set', { key: 'name', value: 'Rubydevice' });
    expect((await agent.ask('id', {})).name).toBe('Rubydevice');
    expect(readFileSync(join(agent.home, 'config.json'), 'utf8')).not.toContain('Ruby');
  });

  test('git branch changes reach the index', async () => {
    const agent = await startAgent();
    const repo = makeRepo(join(await tempFolder('branch'), 'branch'));
    await agent.ask('project.add', { path: repo });
    await until('the watch is on', async () => (await agent.ask('project.show', { project: 'branch' })).watching);
    git(repo, 'checkout', '-q', '-b', 'feature');
    await until('the branch shows', async () => (await agent.ask('project.show', { project: 'branch' })).git?.branch === 'feature');
  });
});
