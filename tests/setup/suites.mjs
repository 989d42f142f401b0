/**
 * Every suite with its seconds and how it runs; a folder of tests that is not listed here runs alone, so that none is forgotten.
 * `atOnce`: how many files run side by side. `timed`: files that judge milliseconds; they run alone, as a suite of their own.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const LISTED = [
  { name: 'house', budgetSeconds: 60, alone: false },
  {
    name: 'unit',
    budgetSeconds: 420,
    alone: false,
    atOnce: 2,
    timed: {
      budgetSeconds: 60,
      files: ['agent/docworker/replicas', 'agent/index/indexer', 'core/base/deflate', 'core/group/scale', 'core/log/volume'],
    },
  },
  { name: 'vectors', budgetSeconds: 60, alone: false },
  { name: 'exhaustive', budgetSeconds: 240, alone: true },
  { name: 'contracts', budgetSeconds: 120, alone: false, atOnce: 2 },
  { name: 'stories', budgetSeconds: 300, alone: false, atOnce: 2 },
  { name: 'sim', budgetSeconds: 560, alone: false },
  { name: 'fuzz', budgetSeconds: 120, alone: false },
  { name: 'interop', budgetSeconds: 120, alone: true },
  { name: 'attacks', budgetSeconds: 780, alone: true },
  {
    name: 'e2e',
    budgetSeconds: 480,
    alone: false,
    atOnce: 2,
    timed: { budgetSeconds: 420, files: ['discovery', 'kill-agent', 'lan-pair', 'lan-sync', 'many', 'relay-cluster', 'store-kill9'] },
  },
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
  return all
    .flatMap((suite) => split(root, suite))
    .map((suite) => ({ ...suite, filters: matching(suite, filters) }))
    .filter((suite) => suite.filters.length > 0);
}

/** With the paths of its files: a suite as it is, or what is not timed of it, and what is. */
function split(root, { timed, ...suite }) {
  const files = testFiles(join(root, 'tests', suite.name)).map((file) => `tests/${suite.name}/${file}`);
  if (timed === undefined) return [{ ...suite, files }];
  const alone = timed.files.map((name) => `tests/${suite.name}/${name}.test.ts`);
  for (const file of alone) if (!files.includes(file)) throw new Error(`${file} is listed and does not exist`);
  return [
    { ...suite, files: files.filter((file) => !alone.includes(file)) },
    { name: `${suite.name}-timed`, budgetSeconds: timed.budgetSeconds, alone: true, files: alone },
  ];
}

function matching({ files }, filters) {
  return filters.length === 0 ? files : files.filter((file) => filters.some((filter) => file.includes(filter.replace(/^\.\//, ''))));
}

function hasTests(folder) {
  return existsSync(folder) && testFiles(folder).length > 0;
}

function testFiles(folder) {
  return readdirSync(folder, { recursive: true }).filter((file) => file.endsWith('.test.ts'));
}
