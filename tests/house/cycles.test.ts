/** No import cycles: a file that waits for itself cannot be read, moved or tested alone. */
import { expect, test } from 'vitest';
import { resolve, sources } from './source.js';

const graph = new Map(
  sources().map((source) => [
    source.path,
    source.imports.flatMap((specifier) => {
      const target = resolve(source.path, specifier);
      return target.kind === 'ours' ? [target.path] : [];
    }),
  ]),
);

/** The first cycle found from each file not yet known to be free of one. */
function cycles(): readonly string[] {
  const done = new Set<string>();
  const found: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    const at = trail.indexOf(path);
    if (at >= 0) found.push([...trail.slice(at), path].join(' → '));
    if (at >= 0 || done.has(path)) return;
    for (const next of graph.get(path) ?? []) visit(next, [...trail, path]);
    done.add(path);
  };
  for (const path of graph.keys()) visit(path, []);
  return found;
}

test(`no import cycle among ${graph.size} source files, type imports included`, () => {
  expect(graph.size).toBeGreaterThan(10);
  expect(cycles()).toEqual([]);
});
