/** Holds the house tidy with a ratchet: what is large is listed in tidy.json with its size and may only shrink; what is small may not grow past the limits. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ROOT } from '../help/root.js';
import { measure } from './functions.js';
import { filesUnder, read, sources } from './source.js';

const FILE_LINES_MAX = 250;
const FUNCTION_LINES_MAX = 70;
const FILE_LINES_MEDIAN_MAX = 80;
const FILE_LINES_P90_MAX = 250;

interface Ratchet {
  readonly files: Readonly<Record<string, number>>;
  readonly functions: Readonly<Record<string, number>>;
}

const RATCHET = 'tests/house/tidy.json';
/** Lowers the list to today's sizes. */
const UPDATE = 'UPDATE_TIDY=1 npx vitest run tests/house/tidy.test.ts';
let ratchet = JSON.parse(read(RATCHET)) as Ratchet;
const measured = sources().map(measure);
const functions = measured.flatMap((file) => file.functions.map((fn) => ({ key: `${file.path} ${fn.name}`, lines: fn.lines })));
const files = measured.map((file) => ({ key: file.path, lines: file.lines }));
const lines = measured.map((file) => file.lines).toSorted((a, b) => a - b);

/** Over the limit and not listed, larger than listed, or listed though it shrank (the list must follow it down). */
function against(
  listed: Readonly<Record<string, number>>,
  sizes: readonly { readonly key: string; readonly lines: number }[],
  limit: number,
): readonly string[] {
  const grown = sizes
    .filter(({ key, lines: size }) => size > Math.max(limit, listed[key] ?? 0))
    .map(({ key, lines: size }) => `${key}: ${size} lines, at most ${Math.max(limit, listed[key] ?? 0)}`);
  const loose = Object.entries(listed)
    .filter(([key, size]) => (sizes.find((item) => item.key === key)?.lines ?? 0) < size)
    .map(([key, size]) => `${key} is below its listed ${size}: ${UPDATE}`);
  return [...grown, ...loose];
}

/** What the list becomes: sizes follow their files down; new lines are added by hand, except to the very first list. */
function tightened(
  listed: Readonly<Record<string, number>>,
  sizes: readonly { readonly key: string; readonly lines: number }[],
  limit: number,
): object {
  const first = Object.keys(listed).length === 0;
  const large = sizes.filter(({ key, lines: size }) => size > limit && (first || listed[key] !== undefined));
  return Object.fromEntries(large.map(({ key, lines: size }) => [key, first ? size : Math.min(size, listed[key] ?? size)]));
}

if (process.env['UPDATE_TIDY'] === '1') {
  const next = {
    files: tightened(ratchet.files, files, FILE_LINES_MAX),
    functions: tightened(ratchet.functions, functions, FUNCTION_LINES_MAX),
  };
  writeFileSync(join(ROOT, RATCHET), `${JSON.stringify(next, null, 2)}\n`);
  ratchet = JSON.parse(read(RATCHET)) as Ratchet;
}

describe('a tidy house', () => {
  test(`files hold at most ${FILE_LINES_MAX} lines (${measured.length} files)`, () => {
    expect(measured.length).toBeGreaterThan(10);
    expect(against(ratchet.files, files, FILE_LINES_MAX)).toEqual([]);
  });

  test(`functions hold at most ${FUNCTION_LINES_MAX} lines (${functions.length} functions)`, () => {
    expect(functions.length).toBeGreaterThan(10);
    expect(against(ratchet.functions, functions, FUNCTION_LINES_MAX)).toEqual([]);
  });

  test(`the median file holds at most ${FILE_LINES_MEDIAN_MAX} lines, nine of ten at most ${FILE_LINES_P90_MAX}`, () => {
    expect(lines[Math.floor(lines.length / 2)]).toBeLessThanOrEqual(FILE_LINES_MEDIAN_MAX);
    expect(lines[Math.floor(lines.length * 0.9)]).toBeLessThanOrEqual(FILE_LINES_P90_MAX);
  });

  test('every file opens by saying what it is for', () => {
    expect(measured.filter((file) => !file.opensWithDoc).map((file) => file.path)).toEqual([]);
  });

  test('no enum, any, default export, barrel, empty catch, silenced compiler or unfinished business', () => {
    expect(measured.flatMap((file) => file.banned)).toEqual([]);
  });

  test('no test is focused or switched off', () => {
    const tests = filesUnder('tests').filter((path) => path.endsWith('.test.ts'));
    const off = new RegExp(String.raw`\b(describe|test|it)(\.\w+)*\.(only|skip|todo|fails)\b\s*\(`);
    expect(tests.filter((path) => off.test(read(path)))).toEqual([]);
  });
});
