/** SPEC.md and the tests know each other: every rule is cited by a test, and every cited rule is written down. */
import { describe, expect, test } from 'vitest';
import { exists, read } from './source.js';
import { titles, titlesOf } from './titles.js';

const SPEC = 'protocol/SPEC.md';
/** A rule is a list item or a heading that opens with its id: `- **C19** …`. */
const RULE = /^\s*(?:[-*]|#{2,6})\s+\*\*([A-Z]{1,8}\d{1,3}[a-z]?)\*\*/gm;
/** Marks a rule that a machine cannot test, with the reason on the same line: `- **C16** (by reading: …) …`. */
const BY_READING = /^\s*(?:[-*]|#{2,6})\s+\*\*([A-Z]{1,8}\d{1,3}[a-z]?)\*\*\s+\((?:by reading|later)\b[^)]*\)/gm;

const spec = exists(SPEC) ? read(SPEC) : '';
const rules = [...spec.matchAll(RULE)].map((match) => match[1] ?? '');
const byReading = new Set([...spec.matchAll(BY_READING)].map((match) => match[1] ?? ''));
const all = titles();
const cited = new Set(all.flatMap((title) => title.cites));
const families = new Set(rules.map((id) => id.replace(/\d+[a-z]?$/, '')));

describe('the rules and their tests', () => {
  test(`${SPEC} defines rules (${rules.length} found), each once`, () => {
    expect(rules.length).toBeGreaterThan(20);
    expect(rules.filter((id, at) => rules.indexOf(id) !== at)).toEqual([]);
  });

  test(`every rule is cited by the title of a test (${all.length} titles, ${cited.size} ids)`, () => {
    expect(all.length).toBeGreaterThan(20);
    expect(rules.filter((id) => !cited.has(id) && !byReading.has(id)).map((id) => `${id} is cited by no test title`)).toEqual([]);
  });

  test('every rule that titles cite is defined', () => {
    const unknown = all.flatMap((title) =>
      title.cites
        .filter((id) => families.has(id.replace(/\d+[a-z]?$/, '')) && !rules.includes(id))
        .map((id) => `${title.path}: ${id} in "${title.text}"`),
    );
    expect(unknown).toEqual([]);
    const strange = all.flatMap((title) =>
      title.cites.filter((id) => !families.has(id.replace(/\d+[a-z]?$/, ''))).map((id) => `${title.path}: ${id} in "${title.text}"`),
    );
    expect(strange.filter((line) => !/: [ABPC]\d+ in/.test(line))).toEqual([]);
  });

  test('reads ids at the head of a title, in lists, in brackets, and from each() and skipIf()', () => {
    const sample =
      "test('C19: a', f); it.each([1])('P1, C26 b', f); describe.skipIf(x)('c (C8)', f); test('SHA256 d', f); test(`C7: ${n} e`, f)";
    expect(titlesOf('sample.ts', sample).map((title) => title.cites)).toEqual([['C19'], ['P1', 'C26'], ['C8'], [], ['C7']]);
  });
});
