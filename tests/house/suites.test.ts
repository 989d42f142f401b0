/** Which tests run beside others: every file is in one suite, and what judges milliseconds on machines of a network runs alone. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from '../help/root.js';
import { read } from './source.js';

interface Suite {
  readonly name: string;
  readonly alone: boolean;
  readonly filters: readonly string[];
}

const list = async (filters: readonly string[]): Promise<readonly Suite[]> => {
  const { suites } = (await import(join(ROOT, 'tests/setup/suites.mjs'))) as {
    readonly suites: (root: string, filters: readonly string[]) => readonly Suite[];
  };
  return suites(ROOT, filters);
};

test('every test file is in one suite, and a filter leaves what it names', async () => {
  const files = (await list([])).flatMap((suite) => suite.filters);
  expect(files.length).toBeGreaterThan(150);
  expect(new Set(files).size).toBe(files.length);
  expect(
    (await list(['e2e/many', './tests/house/'])).map(({ name, filters }) => [name, filters.includes('tests/e2e/many.test.ts')]),
  ).toEqual([
    ['house', false],
    ['e2e-timed', true],
  ]);
});

test('a file of e2e that bounds milliseconds runs alone', async () => {
  const timed = /toBeLessThan(OrEqual)?\((\w+_MS_MAX|\d_000)\)/;
  const all = await list(['tests/e2e/']);
  for (const { name, alone, filters } of all) for (const file of filters) expect(timed.test(read(file)), `${file} in ${name}`).toBe(alone);
});
