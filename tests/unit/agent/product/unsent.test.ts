/** Edits nobody has: listed in words, saved to a file, made another device's own as far as they fit, and hostile files refused whole. */
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { notYetIn } from '@leanvibe/agent/internal/product/patch-apply';
import { describe, expect, test } from 'vitest';
import { startAgent, type TestAgent } from '../../../help/agent.js';
import { tempFolder } from '../../../help/temp.js';

interface Stage {
  readonly agent: TestAgent;
  readonly project: string;
  readonly file: string;
}

/** An agent with one project of a fixed name, and a path nothing stands at. */
async function stage(name: string): Promise<Stage> {
  const folder = await tempFolder(name);
  const code = join(folder, 'shop');
  await mkdir(code);
  await writeFile(join(code, 'a.ts'), 'export {};\n');
  const agent = await startAgent({ home: join(folder, 'home'), name });
  await agent.ask('project.add', { path: code, name: 'shop' });
  return { agent, project: 'shop', file: join(folder, 'unsent.json') };
}

describe('unsent edits', () => {
  test('P2 a removed device lists its words, saves them readably, and another makes them its own, once', async () => {
    const lost = await stage('Lost');
    const kept = await stage('Kept');
    const { project } = lost;
    const task = await lost.agent.ask('task.add', { project, title: 'from the lost one' });
    await lost.agent.ask('task.done', { project, id: task.id });
    await lost.agent.ask('note.append', { project, text: 'late words' });
    await lost.agent.ask('suggest', { project, file: 'a.ts', line: 1, prompt: 'p', suggestion: 's', model: 'm', confidence: 0.5 });
    const rows = await lost.agent.ask('unsent.list', {});
    expect(rows.map(({ document, projectName, stranded }) => [document, projectName, stranded]).sort()).toEqual([
      ['catalog', null, false],
      ['project', 'shop', false],
      ['suggestions', 'shop', false],
    ]);
    const shown = rows.find(({ document }) => document === 'project')?.difference;
    expect(shown?.note?.lines).toEqual([{ mark: '+', text: 'late words' }]);
    expect(shown?.items).toMatchObject([{ part: 'task', what: 'added', after: '[x] from the lost one' }]);

    expect(await lost.agent.ask('unsent.save', { path: lost.file })).toMatchObject({ path: lost.file, documents: 3 });
    expect((await stat(lost.file)).mode & 0o777).toBe(0o600);
    const text = await readFile(lost.file, 'utf8');
    for (const words of ['late words', 'from the lost one', '+ late words']) expect(text).toContain(words);
    expect(await lost.agent.refusal('unsent.save', { path: lost.file })).toMatchObject({ code: 'refused' });

    await kept.agent.ask('note.append', { project, text: 'their own words' });
    const applied = await kept.agent.ask('unsent.apply', { path: lost.file });
    expect(applied).toMatchObject({ from: 'Lost', left: [] });
    expect(applied.applied.map((one) => one.text)).toEqual(expect.arrayContaining(['the note', '[x] from the lost one']));
    const note = (await kept.agent.ask('note.show', { project: lostId(text) })).text;
    expect(note).toContain('late words');
    const tasks = await kept.agent.ask('task.list', { project: lostId(text) });
    expect(tasks).toMatchObject([{ id: task.id, title: 'from the lost one', done: true, createdBy: 'Kept' }]);
    expect(await kept.agent.ask('suggestions', { project: lostId(text) })).toHaveLength(1);

    const again = await kept.agent.ask('unsent.apply', { path: lost.file });
    expect(again).toMatchObject({ applied: [], left: [] });
    expect((await kept.agent.ask('note.show', { project: lostId(text) })).text).toBe(note);
  });

  test('P2 what somebody changed meanwhile is left out with a reason, and nothing else is', async () => {
    const { agent, project, file } = await stage('Home');
    const [renamed, gone, kept] = [
      await agent.ask('task.add', { project, title: 'one' }),
      await agent.ask('task.add', { project, title: 'two' }),
      await agent.ask('task.add', { project, title: 'three' }),
    ];
    const [row] = (await agent.ask('unsent.list', {})).filter((one) => one.document === 'project');
    const item = (id: string, from: object, to: object | null, what: string): object => ({
      part: 'task',
      what,
      id,
      before: 'b',
      after: to === null ? null : `to ${id}`,
      from,
      to,
    });
    const patch = {
      format: 'leanvibe-unsent',
      version: 1,
      madeAt: '2026-01-01T00:00:00.000Z',
      device: { id: 'd', name: 'Phone\u001b[2J' },
      documents: [
        {
          space: { id: row?.space, name: 'home' },
          project: { id: row?.project, name: 'shop' },
          document: 'project',
          documentId: row?.documentId,
          note: null,
          items: [
            item(renamed.id, { title: 'one', done: false }, { title: 'uno', done: false }, 'changed'),
            item(gone.id, { title: 'two', done: false }, { title: 'two', done: true }, 'changed'),
            item(kept.id, { title: 'three', done: false }, { title: 'three', done: true }, 'changed'),
          ],
          other: true,
        },
      ],
    };
    await agent.ask('task.edit', { project, id: renamed.id, title: 'ein' });
    await agent.ask('task.rm', { project, id: gone.id });
    await writeFile(file, JSON.stringify(patch));
    const done = await agent.ask('unsent.apply', { path: file });
    expect(done.applied).toEqual([{ project: 'shop', text: `to ${kept.id}` }]);
    expect(done.left.map((one) => one.why)).toEqual([
      'somebody renamed it meanwhile: ein',
      'somebody deleted it meanwhile',
      'it holds edits of another program, which no file can carry',
    ]);
    expect((await agent.ask('task.list', { project })).map(({ title, done: ticked }) => [title, ticked])).toEqual([
      ['ein', false],
      ['three', true],
    ]);
  });

  test('P9 files that are no patch, or break its form anywhere, are refused whole', async () => {
    const { agent, project, file } = await stage('Strict');
    const before = await agent.ask('task.list', { project });
    const whole = { format: 'leanvibe-unsent', version: 1, madeAt: '', device: { id: 'd', name: 'n' }, documents: [] };
    const one = {
      space: { id: 's', name: 'n' },
      project: { id: 'p', name: 'shop' },
      document: 'project',
      documentId: 'd',
      note: null,
      other: false,
    };
    const task = { part: 'task', what: 'added', id: 'ok', before: null, after: 'x', from: null, to: { title: 'x', done: false } };
    for (const bad of [
      '',
      'not json',
      '[]',
      'null',
      '{}',
      { ...whole, format: 'other' },
      { ...whole, version: 2 },
      { ...whole, device: 7 },
      { ...whole, documents: {} },
      { ...whole, documents: [{ ...one, items: [{ ...task, id: '../x' }] }] },
      { ...whole, documents: [{ ...one, items: [{ ...task, what: 'odd' }] }] },
      { ...whole, documents: [{ ...one, items: [{ ...task, to: null }] }] },
      { ...whole, documents: [{ ...one, note: { before: 1, after: '' }, items: [] }] },
      { ...whole, documents: [{ ...one, items: [task, null] }] },
    ]) {
      await writeFile(file, typeof bad === 'string' ? bad : JSON.stringify(bad));
      expect(await agent.refusal('unsent.apply', { path: file }), JSON.stringify(bad)).toMatchObject({ code: 'refused' });
    }
    await writeFile(
      file,
      JSON.stringify({ ...whole, documents: [{ ...one, items: [{ ...task, to: { title: 'x'.repeat(9000), done: false } }] }] }),
    );
    expect(await agent.ask('unsent.apply', { path: file })).toMatchObject({ applied: [], left: [{ project: 'shop' }] });
    expect(await agent.refusal('unsent.apply', { path: 'relative' })).toMatchObject({ code: 'bad-request' });
    expect(await agent.ask('task.list', { project })).toEqual(before);
  });

  test('P2 words that are there already are not written twice, those of others stay', () => {
    expect(notYetIn('a b', 'a x b', 'a b')).toBe('a x b');
    expect(notYetIn('a b', 'a x b', 'a x b and on')).toBe('a b');
    expect(notYetIn('', 'mine', 'theirs')).toBe('mine');
    expect(notYetIn('one two', 'one', 'one two three')).toBe('one');
    expect(notYetIn('', 'a whole sentence', 'theirs, a whole sentence')).toBe('');
    expect(notYetIn('', 'short', 'theirs, short')).toBe('short');
  });
});

function lostId(text: string): string {
  const patch = JSON.parse(text) as { readonly documents: readonly { readonly project: { readonly id: string } | null }[] };
  return patch.documents.find((one) => one.project !== null)?.project?.id ?? '';
}
