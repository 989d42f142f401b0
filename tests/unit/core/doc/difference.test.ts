/** Differences in words: whole lines of notes with their context, items by id, and nothing where nothing changed. */
import { describe, expect, test } from 'vitest';
import { differenceOf, differenceQueries, noteLines } from '@leanvibe/core/internal/doc/product/difference';

const shown = (before: string, after: string): string =>
  noteLines(before, after)
    .map(({ mark, text }) => `${mark}${text}`)
    .join('\n');
const empty = { projects: [], devices: [], people: [] };

describe('differences', () => {
  test('C9 a note shows the lines that changed, two lines around them, and no line twice', () => {
    expect(shown('a\nb\nc\nd\ne\nf\n', 'a\nb\nc\nD\ne\nf\n')).toBe(' b\n c\n-d\n+D\n e\n f');
    expect(shown('first\n', 'first\nlast\n')).toBe(' first\n+last');
    expect(shown('', 'only')).toBe('+only');
    expect(shown('one two\n', 'one 2\n')).toBe('-one two\n+one 2');
    expect(shown('x\n1\n2\n3\ny\n', 'X\n1\n2\n3\nY\n')).toBe('-x\n+X\n 1\n 2\n 3\n-y\n+Y');
    expect(shown('same', 'same')).toBe('');
  });

  test('C9 whatever the texts, taking the lines away and putting the new ones in gives the new text', () => {
    const words = ['a', 'b', '\n', '\n', ' ', 'long word', '🙂'];
    let state = 7;
    const next = (most: number): number => (state = (state * 1_103_515_245 + 12_345) % 2_147_483_648) % most;
    const make = (): string => Array.from({ length: next(30) }, () => words[next(words.length)] ?? '').join('');
    for (let run = 0; run < 500; run++) {
      const [before, after] = [make(), make()];
      const lines = noteLines(before, after);
      const old = lines.filter(({ mark }) => mark !== '+').map((one) => one.text);
      const fresh = lines.filter(({ mark }) => mark !== '-').map((one) => one.text);
      // Every shown old line stands in the old text in order, every shown new one in the new text.
      for (const [rows, whole] of [
        [old, before.split('\n')],
        [fresh, after.split('\n')],
      ] as const) {
        let from = 0;
        for (const row of rows) {
          const found = whole.indexOf(row, from);
          expect(found, JSON.stringify({ before, after, lines })).toBeGreaterThanOrEqual(0);
          from = found + 1;
        }
      }
      const removed = lines.filter(({ mark }) => mark === '-').length;
      const added = lines.filter(({ mark }) => mark === '+').length;
      const linesIn = (text: string): number => text.split('\n').length - (text === '' || text.endsWith('\n') ? 1 : 0);
      expect(linesIn(after) - linesIn(before), JSON.stringify({ before, after })).toBe(added - removed);
      if (before === after) expect(lines).toEqual([]);
    }
  });

  test('C9 items are told apart by id: added, changed, removed; a change nobody sees in words keeps its data', () => {
    const task = { id: 't', title: 'old', done: false, createdBy: 'a', createdAt: null, doneBy: null, doneAt: null };
    const before = [{ text: 'n' }, [task, { ...task, id: 'u' }], [], empty];
    const after = [
      { text: 'n' },
      [
        { ...task, done: true },
        { ...task, id: 'v', title: 'new' },
      ],
      [],
      empty,
    ];
    const { note, items } = differenceOf('yjs', before as never, after as never);
    expect(note).toBeNull();
    expect(items.map(({ part, what, id, before: was, after: is }) => [part, what, id, was, is])).toEqual([
      ['task', 'changed', 't', '[ ] old', '[x] old'],
      ['task', 'added', 'v', null, '[ ] new'],
      ['task', 'removed', 'u', '[ ] old', null],
    ]);
    expect(differenceQueries('yjs')).toHaveLength(4);
    expect(differenceQueries('automerge')).toEqual([]);
  });

  test('C9 facts are compared by key', () => {
    const { items } = differenceOf(
      'facts',
      [{ files: { value: 1, device: 'd', counter: 1 } }],
      [{ files: { value: 2, device: 'd', counter: 2 } }],
    );
    expect(items).toMatchObject([{ part: 'fact', what: 'changed', id: 'files', before: 'files: 1', after: 'files: 2' }]);
  });
});
