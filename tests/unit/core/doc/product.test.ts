/** Product schemas: what people see after working together, and plain words for what they got wrong. */
import type { Json } from '@leanvibe/core/internal/doc/crdt';
import type { Suggestion } from '@leanvibe/core/internal/doc/product/suggestions';
import type { Task, TrashedTask } from '@leanvibe/core/internal/doc/product/tasks';
import { createYjsCrdt } from '@leanvibe/core/internal/doc/yjs';
import type { DeviceId } from '@leanvibe/protocol/ids';
import { describe, expect, it } from 'vitest';

const yjs = createYjsCrdt();
const AUTHOR = 'aa'.repeat(32) as DeviceId;
const day = (number: number): string => `2026-03-${String(number).padStart(2, '0')}T10:00:00Z`;

/** A person at a replica; `sync` hands everybody everything. */
function people(count: number) {
  const log: Uint8Array[] = [];
  const all = Array.from({ length: count }, (_, index) => {
    const replica = yjs.create();
    const clientId = 2 ** 40 + index;
    let seen = 0;
    return {
      run(command: Json): Json {
        const { update, answer } = yjs.edit(replica, clientId, AUTHOR, command);
        if (update.length > 0) log.push(update);
        return answer;
      },
      see: (query: Json): Json => yjs.view(replica, query),
      receive() {
        for (; seen < log.length; seen++) yjs.apply(replica, log[seen] as Uint8Array, AUTHOR);
      },
    };
  });
  return { all, sync: () => all.forEach((person) => person.receive()) };
}

describe('product documents', () => {
  it('P2 tasks: both people’s edits of one task stay, field by field', () => {
    const { all, sync } = people(2);
    const [ana, bob] = all as [(typeof all)[0], (typeof all)[0]];
    const { id } = ana.run({ type: 'task.add', title: 'write', by: 'ana', at: day(1) }) as { id: string };
    sync();
    ana.run({ type: 'task.title', id, title: 'write it' });
    bob.run({ type: 'task.done', id, done: true, by: 'bob', at: day(2) });
    bob.run({ type: 'task.add', title: 'another', by: 'bob', at: day(3) });
    sync();
    const expected: readonly Partial<Task>[] = [
      { title: 'write it', done: true, doneBy: 'bob', createdBy: 'ana' },
      { title: 'another', done: false },
    ];
    for (const person of all) expect(person.see({ type: 'tasks' })).toMatchObject(expected);
    expect(ana.see({ type: 'activity', limit: 2 })).toMatchObject([
      { kind: 'task-added', text: 'another' },
      { kind: 'task-done', by: 'bob' },
    ]);
  });

  it('SPEC removed tasks are listed for thirty days, restored whole, and purged after', () => {
    const { all } = people(1);
    const [ana] = all as [(typeof all)[0]];
    for (const id of ['a', 'b']) ana.run({ type: 'task.add', id, title: `task ${id}`, by: 'ana', at: day(1) });
    ana.run({ type: 'task.rm', id: 'a', by: 'ana', at: day(2) });
    expect((ana.see({ type: 'tasks' }) as unknown as readonly Task[]).map((task) => task.id)).toEqual(['b']);
    expect(
      (ana.see({ type: 'trash', now: day(30) }) as unknown as readonly TrashedTask[]).map((task) => [task.id, task.removedAt]),
    ).toEqual([['a', day(2)]]);
    expect(ana.see({ type: 'trash', now: '2026-04-02T00:00:00Z' })).toEqual([]);
    ana.run({ type: 'task.restore', id: 'a' });
    expect(ana.see({ type: 'tasks' })).toMatchObject([{ id: 'a', title: 'task a' }, { id: 'b' }]);
    ana.run({ type: 'task.rm', id: 'b', by: 'ana', at: day(2) });
    expect(ana.run({ type: 'trash.purge', at: day(20) })).toEqual({ purged: 0 });
    expect(ana.run({ type: 'trash.purge', at: '2026-04-20T00:00:00Z' })).toEqual({ purged: 1 });
    expect(() => ana.run({ type: 'task.restore', id: 'b' })).toThrow('There is no task "b".');
  });

  it('P2 notes: an edit that started from older text keeps what others wrote since', () => {
    const { all, sync } = people(2);
    const [ana, bob] = all as [(typeof all)[0], (typeof all)[0]];
    ana.run({ type: 'note.append', text: 'one\ntwo\nthree\n' });
    sync();
    const base = (ana.see({ type: 'note' }) as { text: string }).text;
    bob.run({ type: 'note.replace', from: 4, to: 7, text: 'TWO (bob \u{1f600})' });
    sync();
    ana.run({ type: 'note.edit', text: base.replace('three', 'three (ana)').replace('one', '1'), base });
    sync();
    for (const person of all) expect(person.see({ type: 'note' })).toEqual({ text: '1\nTWO (bob \u{1f600})\nthree (ana)\n' });
  });

  it('C17 note edits are minimal', () => {
    const { all } = people(1);
    const [ana] = all as [(typeof all)[0]];
    const text = 'The quick brown fox jumps over the lazy dog. '.repeat(200);
    ana.run({ type: 'note.append', text });
    expect(ana.run({ type: 'note.edit', text: `${text.slice(0, 3000)}!${text.slice(3000, 6000)}?${text.slice(6001)}` })).toEqual({
      edits: 2,
    });
    expect(ana.run({ type: 'note.edit', text: 'all new' })).toMatchObject({ edits: expect.any(Number) as number });
    expect(ana.see({ type: 'note' })).toEqual({ text: 'all new' });
  });

  it('SPEC notes are rich text', () => {
    const { all, sync } = people(2);
    const [ana, bob] = all as [(typeof all)[0], (typeof all)[0]];
    ana.run({ type: 'note.append', text: 'plain bold' });
    sync();
    bob.run({ type: 'note.format', from: 6, to: 10, format: 'bold', value: true });
    sync();
    ana.run({ type: 'note.replace', from: 8, to: 8, text: 'ooo' });
    sync();
    expect(bob.see({ type: 'note.runs' })).toEqual([
      { text: 'plain ', attributes: {} },
      { text: 'boooold', attributes: { bold: true } },
    ]);
    expect(() => ana.run({ type: 'note.format', from: 0, to: 1, format: 'blink', value: true })).toThrow('must be one of');
  });

  it('SPEC two people who decide differently at once make a conflict, which a person settles', () => {
    const { all, sync } = people(3);
    const [ana, bob, carol] = all as [(typeof all)[0], (typeof all)[0], (typeof all)[0]];
    const { id } = ana.run({
      type: 'suggestion.add',
      file: 'a.ts',
      line: 3,
      prompt: 'p',
      suggestion: 's',
      model: 'm',
      confidence: 0.5,
      tokens: 10,
      responseMs: 20,
      by: 'ana',
      at: day(1),
    }) as { id: string };
    sync();
    const state = (): unknown => all.map((person) => (person.see({ type: 'suggestions' }) as unknown as readonly Suggestion[])[0]?.state);
    expect(state()).toEqual(['pending', 'pending', 'pending']);
    ana.run({ type: 'suggestion.verdict', id, verdict: 'accept', by: 'ana', at: day(2) });
    // The same person on another device counts as well.
    bob.run({ type: 'suggestion.verdict', id, verdict: 'reject', by: 'ana', at: day(2) });
    sync();
    expect(state()).toEqual(['conflict', 'conflict', 'conflict']);
    carol.run({ type: 'suggestion.verdict', id, verdict: 'accept', by: 'carol', at: day(3) });
    sync();
    expect(state()).toEqual(['accepted', 'accepted', 'accepted']);
    expect((ana.see({ type: 'suggestions', state: 'accepted' }) as unknown as readonly Suggestion[])[0]?.verdicts).toMatchObject([
      { current: false },
      { current: false },
      { verdict: 'accept', by: 'carol', current: true },
    ]);
    bob.run({ type: 'suggestion.verdict', id, verdict: 'reject', by: 'bob', at: day(4) });
    sync();
    expect(state()).toEqual(['rejected', 'rejected', 'rejected']);
    expect(ana.see({ type: 'suggestions', state: 'accepted' })).toEqual([]);
  });

  it('P2 catalog: the same project added on two machines keeps both root commits', () => {
    const { all, sync } = people(2);
    const [ana, bob] = all as [(typeof all)[0], (typeof all)[0]];
    ana.run({ type: 'project.set', id: 'p1', name: 'Site', kind: 'web', remote: 'git@example.org:site', rootCommits: ['c1'] });
    bob.run({ type: 'project.set', id: 'p1', name: 'Site', rootCommits: ['c2'] });
    bob.run({ type: 'device.name', id: 'd1', name: 'Bob’s phone' });
    bob.run({ type: 'setting.set', key: 'theme', value: 'dark' });
    sync();
    for (const person of all) {
      expect(person.see({ type: 'catalog' })).toEqual({
        name: null,
        projects: [{ id: 'p1', moved: null, name: 'Site', kind: 'web', rootCommits: ['c1', 'c2'], remote: 'git@example.org:site' }],
        devices: [{ id: 'd1', name: 'Bob’s phone' }],
        people: [],
        settings: { theme: 'dark' },
      });
    }
    ana.run({ type: 'project.rm', id: 'p1' });
    expect(ana.see({ type: 'catalog' })).toMatchObject({ projects: [] });
    ana.run({ type: 'project.set', id: 'p1', kind: 'web' });
    expect(ana.see({ type: 'catalog' })).toMatchObject({ projects: [{ id: 'p1' }] });
  });

  it('SPEC the activity feed is bounded', () => {
    const { all } = people(1);
    const [ana] = all as [(typeof all)[0]];
    for (let step = 0; step < 230; step++)
      ana.run({
        type: 'activity.add',
        kind: 'build',
        text: `build ${step}`,
        by: 'ana',
        at: `2026-03-01T10:${String(Math.floor(step / 60)).padStart(2, '0')}:${String(step % 60).padStart(2, '0')}Z`,
      });
    const rows = ana.see({ type: 'activity', limit: 1000 }) as readonly { text: string }[];
    expect(rows).toHaveLength(200);
    expect(rows[0]?.text).toBe('build 229');
  });

  it.each<[string, Json, string]>([
    ['no type', {}, 'needs a "type"'],
    ['not an object', [1], 'must be an object'],
    ['unknown', { type: 'toString' }, 'no command "toString"'],
    ['no title', { type: 'task.add', by: 'a', at: day(1) }, '"title" must be text'],
    ['empty title', { type: 'task.add', title: '', by: 'a', at: day(1) }, 'not empty'],
    ['long title', { type: 'task.add', title: 'é'.repeat(5000), by: 'a', at: day(1) }, 'at most 8192 bytes'],
    ['bad time', { type: 'task.add', title: 'x', by: 'a', at: 'yesterday' }, 'a time such as'],
    ['bad id', { type: 'task.rm', id: 'a/b', by: 'a', at: day(1) }, 'an id'],
    ['unknown task', { type: 'task.rm', id: 'zz', by: 'a', at: day(1) }, 'no task "zz"'],
    ['range', { type: 'note.replace', from: 0, to: 1, text: '' }, 'number from 0 to 0'],
    ['long note', { type: 'note.append', text: 'x'.repeat(262_145) }, 'longer than'],
    [
      'confidence',
      {
        type: 'suggestion.add',
        file: 'f',
        line: 1,
        prompt: '',
        suggestion: '',
        model: '',
        confidence: 1.5,
        tokens: 0,
        responseMs: 0,
        by: 'a',
        at: day(1),
      },
      'from 0 to 1',
    ],
    ['verdict', { type: 'suggestion.verdict', id: 'x', verdict: 'maybe', by: 'a', at: day(1) }, 'accept or reject'],
    ['new project', { type: 'project.set', id: 'p' }, 'needs a "name"'],
  ])('SPEC refuses %s in plain words and writes nothing', (_name, command, words) => {
    const replica = yjs.create();
    expect(() => yjs.edit(replica, 5, AUTHOR, command)).toThrow(words);
    expect(yjs.settled(replica)).toBe(true);
    expect(replica.doc.store.clients.size).toBe(0);
  });
});

describe('sharing into another document', () => {
  const mark = (digest: string): Json => ({ from: 'old', digest });

  it('C2 a copy holds tasks, trash, verdicts and the note with its formats, and taking it over twice changes nothing', () => {
    const [old] = people(1).all as [ReturnType<typeof people>['all'][0]];
    const [fresh] = people(1).all as [ReturnType<typeof people>['all'][0]];
    for (const id of ['a', 'b']) old.run({ type: 'task.add', id, title: `task ${id}`, by: 'ana', at: day(1) });
    old.run({ type: 'task.rm', id: 'a', by: 'ana', at: day(2) });
    old.run({ type: 'note.append', text: 'plain and bold' });
    old.run({ type: 'note.format', from: 10, to: 14, format: 'bold', value: true });
    old.run({ type: 'activity.add', kind: 'x', text: 'noted', by: 'ana', at: day(3) });
    const copy = old.see({ type: 'copy' });
    for (const round of ['first', 'second']) fresh.run({ type: 'copy.in', copy, mark: mark(round) });
    expect(fresh.see({ type: 'copy' })).toEqual(copy);
    for (const query of [{ type: 'tasks' }, { type: 'trash', now: day(4) }, { type: 'note.runs' }, { type: 'activity' }])
      expect(fresh.see(query)).toEqual(old.see(query));
  });

  it('C2, P2 late words are brought over field by field, once, and what was changed in the new place stays', () => {
    const [old] = people(1).all as [ReturnType<typeof people>['all'][0]];
    const [fresh] = people(1).all as [ReturnType<typeof people>['all'][0]];
    for (const id of ['a', 'b']) old.run({ type: 'task.add', id, title: `task ${id}`, by: 'ana', at: day(1) });
    old.run({ type: 'note.append', text: 'one\ntwo\n' });
    const base = old.see({ type: 'copy' });
    fresh.run({ type: 'copy.in', copy: base, mark: mark('0') });
    fresh.run({ type: 'task.title', id: 'a', title: 'new place' });
    fresh.run({ type: 'note.edit', text: 'one\ntwo\nthree, new place\n' });
    old.run({ type: 'task.title', id: 'a', title: 'too late' });
    old.run({ type: 'task.title', id: 'b', title: 'late' });
    old.run({ type: 'task.done', id: 'a', done: true, by: 'bob', at: day(2) });
    old.run({ type: 'note.edit', text: 'zero, late\none\ntwo\n' });
    const copy = old.see({ type: 'copy' });
    for (let again = 0; again < 2; again++) fresh.run({ type: 'copy.in', copy, base, mark: mark('1') });
    expect(fresh.see({ type: 'tasks' })).toMatchObject([
      { id: 'a', title: 'new place', done: true },
      { id: 'b', title: 'late' },
    ]);
    expect(fresh.see({ type: 'note' })).toEqual({ text: 'zero, late\none\ntwo\nthree, new place\n' });
  });

  it('C2 without what was taken over before, missing tasks and lines are added and nothing here is changed', () => {
    const [old] = people(1).all as [ReturnType<typeof people>['all'][0]];
    const [fresh] = people(1).all as [ReturnType<typeof people>['all'][0]];
    old.run({ type: 'task.add', id: 'a', title: 'old', by: 'ana', at: day(1) });
    old.run({ type: 'note.append', text: 'one\nlate\n' });
    fresh.run({ type: 'task.add', id: 'a', title: 'new', by: 'ana', at: day(1) });
    fresh.run({ type: 'note.append', text: 'one\ntwo\n' });
    fresh.run({ type: 'copy.in', copy: old.see({ type: 'copy' }), mark: mark('1') });
    expect(fresh.see({ type: 'tasks' })).toMatchObject([{ title: 'new' }]);
    expect(fresh.see({ type: 'note' })).toEqual({ text: 'one\ntwo\nlate\n' });
    for (const copy of [null, {}, { records: [['odd', 'k', 1]], note: [] }, { records: [['tasks', 'k', {}]], note: [] }])
      expect(() => fresh.run({ type: 'copy.in', copy, mark: mark('2') })).toThrow(/copy/);
  });

  it('C2 of two pointers made at once one wins everywhere; a space has one name', () => {
    const { all, sync } = people(2);
    const [ana, bob] = all as [(typeof all)[0], (typeof all)[0]];
    ana.run({ type: 'project.set', id: 'p1', name: 'Site' });
    sync();
    ana.run({ type: 'project.move', id: 'p1', space: 's1', project: 'n1', digest: 'd1', by: 'ana', at: day(1) });
    bob.run({ type: 'project.move', id: 'p1', space: 's2', project: 'n2', digest: 'd2', by: 'bob', at: day(1) });
    ana.run({ type: 'space.name', name: 'Team A' });
    bob.run({ type: 'space.name', name: 'Team B' });
    sync();
    expect(ana.see({ type: 'catalog' })).toEqual(bob.see({ type: 'catalog' }));
    expect(ana.see({ type: 'catalog' })).toMatchObject({
      name: expect.stringMatching(/^Team [AB]$/) as string,
      projects: [{ moved: { space: expect.stringMatching(/^s[12]$/) as string } }],
    });
  });
});
