/** What the terminal shows: harmless, aligned, within its width, and readable without colour. */
import { createProgress } from '@leanvibe/agent/internal/cli/term/progress';
import { lightBackground, qrLines } from '@leanvibe/agent/internal/cli/term/qr';
import { hostileIn, safe, safeJson, safeLines } from '@leanvibe/agent/internal/cli/term/safe';
import { wantsColour } from '@leanvibe/agent/internal/cli/term/style';
import { table } from '@leanvibe/agent/internal/cli/term/table';
import { cutEnd, cutMiddle, width } from '@leanvibe/agent/internal/cli/term/width';
import { wrap } from '@leanvibe/agent/internal/cli/term/wrap';
import { create } from 'qrcode';
import { describe, expect, test } from 'vitest';

const HOSTILE = [
  '\u001b[31mred',
  '\u001b]0;title\u0007',
  'a\rb',
  'a\nb',
  '\u009b2J',
  'x\u202ey',
  '\u2066a\u2069',
  '\u200bz',
  '\u{e0041}',
  '\ud800',
  '\u2028',
  '\u007f',
  '\u0000',
];
const OBEYED = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\u{e0000}-\u{e007f}]/u;

describe('text from elsewhere', () => {
  test.each(HOSTILE)('A8: %j is shown, not obeyed', (text) => {
    expect(OBEYED.test(safe(text))).toBe(false);
    expect(safe(text)).not.toBe('');
    expect(safeLines(text).every((line) => !OBEYED.test(line))).toBe(true);
  });

  test('A8: JSON keeps the value and holds nothing a terminal obeys but its own line breaks', () => {
    const value = { all: HOSTILE, nested: { '\u202ekey': 'é 日本 👩‍💻' } };
    const text = safeJson(value, 2);
    expect(JSON.parse(text)).toEqual(value);
    expect(OBEYED.test(text.replaceAll('\n', ''))).toBe(false);
  });

  test('honest text of any script stays as it is', () => {
    for (const text of ['naïve café', 'עברית', 'العربية', '日本語', '👩‍💻 ok', 'a\u0301']) expect(safe(text)).toBe(text);
    expect(safeLines('a\tb\r\nc')).toEqual(['a  b', 'c']);
  });

  test('A8: the command line refuses controls, overrides and broken UTF-8, and lines only where lines belong', () => {
    expect(hostileIn('plain ü', false)).toBeNull();
    expect(hostileIn('a\nb', true)).toBeNull();
    for (const text of ['a\nb', '\u001b', '\u202e', '\ufffd', '\ud800'])
      expect(hostileIn(text, false), JSON.stringify(text)).not.toBeNull();
  });
});

describe('width', () => {
  test('wide, combining and joined characters are counted as they are drawn', () => {
    expect(['abc', '日本', 'e\u0301', '👩‍💻', ''].map(width)).toEqual([3, 4, 1, 2, 0]);
  });

  test('cutting keeps within the columns, both ends of a path, and whole characters', () => {
    expect(cutEnd('abcdef', 4)).toBe('abc…');
    expect(cutMiddle('/home/someone/very/long/file.ts', 15)).toBe('/home/s…file.ts');
    expect(cutMiddle('/home/someone/very/long/file.ts', 15)).toHaveLength(15);
    expect(width(cutEnd('日本語日本語', 6))).toBeLessThanOrEqual(6);
    expect(cutEnd('x'.repeat(1_000_000), 10)).toBe(`${'x'.repeat(9)}…`);
    expect(cutMiddle('y'.repeat(1_000_000), 11)).toHaveLength(11);
  });

  test('sentences are wrapped at spaces', () => {
    expect(wrap('one two three four', 12, '  ! ', '    ')).toEqual(['  ! one two', '    three', '    four']);
  });
});

test('tables align, indent by two, and never grow past the width', () => {
  const heads = [
    { head: 'name', cut: 'end' },
    { head: 'lines', align: 'right' },
    { head: 'path', cut: 'middle' },
  ] as const;
  const lines = table(
    heads,
    [
      ['日本', '1', '/a'],
      ['n'.repeat(200), '12,345', `/home/${'x'.repeat(300)}/end`],
    ],
    60,
  );
  expect(lines[0]?.startsWith('  name')).toBe(true);
  expect(lines.map(width).every((columns) => columns <= 60)).toBe(true);
  expect(lines[2]).toContain('…');
  expect(lines[2]?.endsWith('/end')).toBe(true);
});

test('progress is one rewriting line where somebody watches, and few plain lines where nobody does', () => {
  for (const live of [true, false]) {
    const said: string[] = [];
    let nowMs = 0;
    const progress = createProgress(
      { write: (text) => said.push(text), live, columns: 80, symbol: '•', nowMs: () => nowMs },
      'indexing',
      'files',
    );
    for (let done = 0; done <= 5000; done += 10) {
      nowMs += 10;
      progress.tell(done, 10_000);
    }
    progress.end();
    const all = said.join('');
    expect(all).toContain('of 10,000 files');
    expect(all).toMatch(/\/s · .* left/);
    expect(all.includes('\r')).toBe(live);
    expect(all.split('\n').length - 1).toBe(live ? 0 : 2);
    expect(said.every((text) => text.replace(/^\r\u001b\[K/, '').length <= 81)).toBe(true);
  }
});

describe('QR', () => {
  const link = `leanvibe://pair/${'A'.repeat(84)}`;

  /** Reads the picture back, half block by half block. */
  function modulesOf(lines: readonly string[], inkIsDark: boolean): readonly (readonly boolean[])[] {
    const rows = lines.flatMap((line) => {
      const plain = [...line.replace(/\u001b\[[\d;]*m/g, '')];
      return [plain.map((char) => char === '█' || char === '▀'), plain.map((char) => char === '█' || char === '▄')];
    });
    return rows.map((row) => row.map((ink) => ink === inkIsDark));
  }

  test.each([
    [{ colour: true, light: false }, true],
    [{ colour: false, light: true }, true],
    [{ colour: false, light: false }, false],
  ] as const)('drawn for %j it is the very code, dark on light, with a quiet zone', (look, inkIsDark) => {
    const { modules } = create(link, { errorCorrectionLevel: 'L' });
    const drawn = modulesOf(qrLines(link, look), inkIsDark);
    for (let y = 0; y < modules.size + 4; y++)
      for (let x = 0; x < modules.size + 4; x++) {
        const inside = x >= 2 && y >= 2 && x < modules.size + 2 && y < modules.size + 2;
        expect(drawn[y]?.[x]).toBe(inside && modules.get(y - 2, x - 2) !== 0);
      }
  });

  test('colour never without a terminal or with NO_COLOR; the background is read from COLORFGBG', () => {
    expect(wantsColour(false, {})).toBe(false);
    expect(wantsColour(true, { NO_COLOR: '1' })).toBe(false);
    expect(wantsColour(true, { NO_COLOR: '' })).toBe(true);
    expect(['0;15', '15;0', '0;default;15', undefined].map((COLORFGBG) => lightBackground({ COLORFGBG }))).toEqual([
      true,
      false,
      true,
      false,
    ]);
  });
});

test('A8 a table on a narrow screen leaves out spare columns, the last first, and no line is longer than the screen', () => {
  const heads = [
    { head: 'task', cut: 'end' },
    { head: 'by', spare: true },
    { head: 'added', spare: true },
  ] as const;
  const rows = [['a title that is long', 'Anna of Astrakhan', '3 min ago']];
  expect(table(heads, rows, 60)[0]).toMatch(/task +by +added/);
  expect(table(heads, rows, 36)[0]).toMatch(/task +by$/);
  expect(table(heads, rows, 24)).toEqual(['  task', '  a title that is long']);
  for (const line of table(heads, rows, 20)) expect(line.length).toBeLessThanOrEqual(20);
});
