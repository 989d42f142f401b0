/** Holds the floors of the house by the transitive closure of real imports. */
import { describe, expect, test } from 'vitest';
import { CORE_NODE, LAYERS, MAY_REACH, RELAY_SEES, SHELLS, SIDE_ROOMS, THIRD_PARTY } from './rules.js';
import { filesUnder, read, resolve, sources, type Source, type Target } from './source.js';

const all = sources();
const byPath = new Map(all.map((source) => [source.path, source]));
const edges = all.flatMap((source) => source.imports.map((specifier) => ({ source, specifier, target: resolve(source.path, specifier) })));
const ours = edges.flatMap(({ source, specifier, target }) => (target.kind === 'ours' ? [{ source, specifier, target }] : []));

/** Every file of ours reachable from a file, with the chain that leads there. */
function closure(start: Source): ReadonlyMap<string, readonly string[]> {
  const chains = new Map<string, readonly string[]>([[start.path, [start.path]]]);
  for (const [path, chain] of chains) {
    for (const specifier of byPath.get(path)?.imports ?? []) {
      const target = resolve(path, specifier);
      if (target.kind === 'ours' && !chains.has(target.path)) chains.set(target.path, [...chain, target.path]);
    }
  }
  return chains;
}

function packageOf(path: string): string {
  return path.split('/')[0] ?? '';
}

function thirdParty(source: Source, target: Target): string[] {
  if (target.kind !== 'package') return [];
  if (THIRD_PARTY.some((rule) => rule.names.test(target.name) && rule.from.test(source.path))) return [];
  if (SHELLS.includes(source.pkg) && listed(source.pkg).has(target.name)) return [];
  return [`${source.path} imports ${target.specifier}`];
}

function listed(pkg: string): ReadonlySet<string> {
  const manifest = JSON.parse(read(`${pkg}/package.json`)) as { readonly dependencies?: Readonly<Record<string, string>> };
  return new Set(Object.keys(manifest.dependencies ?? {}));
}

function roomOf(path: string): string {
  return path.split('/')[2] ?? '';
}

function climbs(from: string, to: string): boolean {
  if (from === to) return false;
  const side = SIDE_ROOMS[from];
  if (side !== undefined) return !side.includes(to);
  const [low, high] = [LAYERS.findIndex((name) => name === from), LAYERS.findIndex((name) => name === to)];
  return high < 0 || high > low;
}

describe('the floors of the house', () => {
  test(`there is something to check: ${all.length} files, ${edges.length} imports`, () => {
    expect(all.length).toBeGreaterThan(10);
    expect(ours.length).toBeGreaterThan(10);
  });

  test('every import leads somewhere', () => {
    expect(
      edges.flatMap(({ source, target }) => (target.kind === 'missing' ? [`${source.path} imports ${target.specifier}`] : [])),
    ).toEqual([]);
    expect(
      ours.filter(({ target }) => !byPath.has(target.path)).map(({ source, specifier }) => `${source.path} imports ${specifier}`),
    ).toEqual([]);
  });

  test('no package reaches another that stands on or above it, by any chain', () => {
    const wrong = all.flatMap((source) =>
      [...closure(source)]
        .filter(([path]) => packageOf(path) !== source.pkg && !MAY_REACH[source.pkg].some((name) => name === packageOf(path)))
        .map(([, chain]) => chain.join(' → ')),
    );
    expect(wrong).toEqual([]);
  });

  test('a relay cannot reach documents, keys or sealing, by any chain', () => {
    const wrong = all
      .filter((source) => source.pkg === 'relay')
      .flatMap((source) =>
        [...closure(source)].filter(([path]) => packageOf(path) === 'core' && !RELAY_SEES.test(path)).map(([, chain]) => chain.join(' → ')),
      );
    expect(wrong).toEqual([]);
  });

  test('the rooms of core a relay may use reach no others, even before the relay does', () => {
    const blind = all.filter((source) => RELAY_SEES.test(source.path));
    expect(blind.length).toBeGreaterThan(0);
    const wrong = blind.flatMap((source) =>
      [...closure(source)].filter(([path]) => packageOf(path) === 'core' && !RELAY_SEES.test(path)).map(([, chain]) => chain.join(' → ')),
    );
    expect(wrong).toEqual([]);
  });

  test('packages see each other only through named sub-paths; internal/* is for tests', () => {
    const crossing = ours.filter(({ source, target }) => packageOf(target.path) !== source.pkg);
    expect(
      crossing
        .filter(({ target }) => target.via === 'internal' || target.via === 'relative')
        .map(({ source, specifier }) => `${source.path} imports ${specifier}`),
    ).toEqual([]);
    const unnamed = crossing.filter(({ target }) => packageOf(target.path) === 'core' && target.via !== 'named');
    expect(unnamed.map(({ source, specifier }) => `${source.path} imports ${specifier}: name it in core/package.json exports`)).toEqual([]);
  });

  test('nobody imports tests', () => {
    expect(edges.filter(({ specifier }) => /@leanvibe\/tests|(^|\/)tests\//.test(specifier)).map(({ source }) => source.path)).toEqual([]);
  });

  test('third-party packages are seen only where the table allows', () => {
    expect(edges.flatMap(({ source, target }) => thirdParty(source, target))).toEqual([]);
  });

  test('protocol and core see no Node, except the native crypto back end', () => {
    const wrong = edges.filter(
      ({ source, target }) => target.kind === 'node' && ['protocol', 'core'].includes(source.pkg) && !CORE_NODE.test(source.path),
    );
    expect(wrong.map(({ source, specifier }) => `${source.path} imports ${specifier}`)).toEqual([]);
  });

  test('inside core lower rooms never import higher ones', () => {
    const inside = ours.filter(({ source, target }) => source.pkg === 'core' && packageOf(target.path) === 'core');
    const wrong = inside.filter(({ source, target }) => climbs(roomOf(source.path), roomOf(target.path)));
    expect(wrong.map(({ source, target }) => `${source.path} imports ${target.path}`)).toEqual([]);
    const rooms = new Set(filesUnder('core/src').map(roomOf));
    expect([...rooms].filter((room) => !LAYERS.some((name) => name === room) && SIDE_ROOMS[room] === undefined)).toEqual([]);
  });
});
