/** Text differences: correct, small, safe for surrogate pairs, and movable onto text that changed meanwhile. */
import { diffTexts, type Hunk, rebase } from '@leanvibe/core/internal/doc/product/diff';
import { describe, expect, it } from 'vitest';
import { createDice, type Dice } from '../../../contracts/crdt.js';

function patch(text: string, hunks: readonly Hunk[]): string {
  return hunks.toReversed().reduce((done, hunk) => done.slice(0, hunk.at) + hunk.inserted + done.slice(hunk.at + hunk.removed), text);
}

const words = (dice: Dice, count: number): string =>
  Array.from({ length: count }, () => dice.pick(['a', 'b', 'ab ', '\u{1f600}', '\u{1f601}', '\n'])).join('');
const whole = (text: string): boolean => !/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.test(text);

describe('diff', () => {
  it('C17 turns one text into the other, never inside a pair', () => {
    for (let seed = 1; seed <= 2000; seed++) {
      const dice = createDice(seed);
      const from = words(dice, dice.below(30));
      const to = dice.next() < 0.5 ? words(dice, dice.below(30)) : from.replace('a', words(dice, 2));
      const hunks = diffTexts(from, to);
      expect(patch(from, hunks), `seed ${seed}`).toBe(to);
      for (const hunk of hunks)
        expect(whole(hunk.inserted) && whole(from.slice(hunk.at, hunk.at + hunk.removed)), `seed ${seed}`).toBe(true);
    }
  });

  it('C17 finds the small difference in a long text and gives up in time on two unlike ones', () => {
    const text = 'abcdefghij'.repeat(20_000);
    expect(diffTexts(text, `x${text.slice(0, 100_000)}y${text.slice(100_002)}z`)).toHaveLength(3);
    expect(patch(text, diffTexts(text, 'klmno'.repeat(20_000)))).toBe('klmno'.repeat(20_000));
  });

  it('P2 rebases an edit: what others inserted stays, what both removed goes once', () => {
    expect(patch('hello brave world', rebase('hello world', 'hello world!', 'hello brave world'))).toBe('hello brave world!');
    expect(patch('world', rebase('hello world', 'HELLO world', 'world'))).toBe('HELLOworld');
    for (let seed = 1; seed <= 1000; seed++) {
      const dice = createDice(seed);
      const base = words(dice, 20);
      const current = base.slice(0, 5) + 'MINE' + base.slice(5);
      if (!whole(current)) continue;
      const wanted = words(dice, 20);
      const result = patch(current, rebase(base, wanted, current));
      expect(result.includes('MINE'), `seed ${seed}`).toBe(true);
      expect(result.replace('MINE', ''), `seed ${seed}`).toBe(wanted);
    }
  });
});
