/** Recovery words typed right, typed carelessly, and typed wrongly. */
import { describe, expect, test } from 'vitest';
import { nearestTo, readWords, splitWords, wordsOf } from '@leanvibe/core/internal/recovery/words';
import { createRandom } from '../../../help/random.js';

const entropy = createRandom('words').bytes(32);
const words = wordsOf(entropy);
const changed = (position: number, word: string): string => words.map((one, at) => (at === position - 1 ? word : one)).join(' ');

describe('W26 recovery words', () => {
  test('W26 twenty-four words give back the bytes they were made of', () => {
    expect(words).toHaveLength(24);
    for (let round = 0; round < 50; round++) {
      const bytes = createRandom(`words ${round}`).bytes(32);
      expect(readWords(wordsOf(bytes).join(' '))).toEqual({ ok: true, value: bytes });
    }
  });

  test('W26 capitals, numbers, commas, line breaks, full-width letters and hidden characters do not matter', () => {
    const written = [
      words.join('\n'),
      words.join('  \t '),
      words.join(','),
      words.map((word) => word.toUpperCase()).join(' '),
      words.map((word, at) => `${at + 1}. ${word}`).join('\n'),
      words.map((word, at) => `${at + 1}.${word}`).join(' '),
      words.map((word, at) => `(${at + 1}) "${word}";`).join('\r\n'),
      words.map((word) => word.replace(/[a-z]/g, (letter) => String.fromCodePoint((letter.codePointAt(0) ?? 0) + 0xfee0))).join('\u3000'),
      words.join('\u200b \u2060'),
      `\ufeff  ${words.join(' ')}\n\n`,
    ];
    for (const text of written) expect(readWords(text), JSON.stringify(text.slice(0, 40))).toEqual({ ok: true, value: entropy });
  });

  test('W26 a wrong count is named', () => {
    expect(readWords('')).toEqual({ ok: false, error: { code: 'count', count: 0 } });
    expect(readWords(words.slice(1).join(' '))).toEqual({ ok: false, error: { code: 'count', count: 23 } });
    expect(readWords([...words, words[0]].join(' '))).toEqual({ ok: false, error: { code: 'count', count: 25 } });
    expect(readWords(words.slice(0, 12).join(' '))).toEqual({ ok: false, error: { code: 'count', count: 12 } });
  });

  test('W26 a word that is not on the list is named by its place, with the nearest right ones', () => {
    const seven = readWords(changed(7, 'abandn'));
    expect(seven).toMatchObject({ ok: false, error: { code: 'word', wrong: [{ position: 7 }] } });
    expect(nearestTo('abandn')[0]).toBe('abandon');
    expect(nearestTo('abandno')[0]).toBe('abandon');
    expect(nearestTo('absorbing')).toEqual(['absorb']);
    expect(nearestTo('zooo')[0]).toBe('zoo');
    expect(nearestTo('qqqqqqqq')).toEqual([]);
    expect(nearestTo('x'.repeat(100_000))).toEqual([]);
    const two = readWords(changed(1, '1nvent').replace(words[23] ?? '', 'zzzzzzzz'));
    expect(two).toMatchObject({ ok: false, error: { code: 'word', wrong: [{ position: 1 }, { position: 24, nearest: [] }] } });
  });

  test('W26 words of the list that do not belong together are told apart from nothing', () => {
    const other = words[4] === 'zoo' ? 'abandon' : 'zoo';
    expect(readWords(changed(5, other))).toEqual({ ok: false, error: { code: 'checksum' } });
    const bytes = entropy.slice();
    bytes[0] = (bytes[0] ?? 0) ^ 1;
    expect(readWords(wordsOf(bytes).join(' '))).toMatchObject({ ok: true });
  });

  test('W26 no answer holds what was typed', () => {
    for (const text of [changed(3, 'secretword'), words.slice(2).join(' '), changed(9, 'zoo')]) {
      const read = readWords(text);
      expect(read.ok).toBe(false);
      expect(JSON.stringify(read)).not.toContain('secretword');
    }
    expect(splitWords('one, TWO;  3. three\n4) four')).toEqual(['one', 'two', 'three', 'four']);
  });
});
