/** Every suite with its seconds and how it runs; a folder of tests that is not listed here runs alone, so that none is forgotten. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const LISTED = [
  { name: 'house', budgetSeconds: 60, alone: false },
  { name: 'unit', budgetSeconds: 180, alone: false },
  { name: 'vectors', budgetSeconds: 60, alone: false },
  { name: 'contracts', budgetSeconds: 60, alone: false },
  { name: 'stories', budgetSeconds: 300, alone: false },
  { name: 'sim', budgetSeconds: 480, alone: false },
  { name: 'fuzz', budgetSeconds: 120, alone: false },
  { name: 'interop', budgetSeconds: 120, alone: true },
  { name: 'attacks', budgetSeconds: 300, alone: true },
  { name: 'e2e', budgetSeconds: 600, alone: true },
  { name: 'acceptance', budgetSeconds: 300, alone: true },
];
const NOT_SUITES = new Set(['node_modules', 'dist', 'setup', 'help', 'bench']);

/** Suites that exist now, in the order they run; `filters` (paths or parts of paths) narrow them. */
export function suites(root, filters) {
  const folders = readdirSync(join(root, 'tests'), { withFileTypes: true }).filter(
    (entry) => entry.isDirectory() && !NOT_SUITES.has(entry.name),
  );
  const names = folders.map((entry) => entry.name).filter((name) => hasTests(join(root, 'tests', name)));
  const listed = LISTED.filter((suite) => names.includes(suite.name));
  const unlisted = names.filter((name) => !LISTED.some((suite) => suite.name === name));
  const all = [...listed, ...unlisted.map((name) => ({ name, budgetSeconds: 120, alone: true }))];
  if (filters.length === 0) return all.map((suite) => ({ ...suite, filters: [`tests/${suite.name}/`] }));
  return all.map((suite) => ({ ...suite, filters: matching(root, suite, filters) })).filter((suite) => suite.filters.length > 0);
}

function matching(root, suite, filters) {
  const files = testFiles(join(root, 'tests', suite.name)).map((file) => `tests/${suite.name}/${file}`);
  return files.filter((file) => filters.some((filter) => file.includes(filter.replace(/^\.\//, ''))));
}

function hasTests(folder) {
  return existsSync(folder) && testFiles(folder).length > 0;
}

function testFiles(folder) {
  return readdirSync(folder, { recursive: true }).filter((file) => file.endsWith('.test.ts'));
}
