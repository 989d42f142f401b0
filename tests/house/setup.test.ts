/** Holds what a fresh clone relies on: exact versions, a lockfile good on every machine, and only install scripts that setup knows. */
import { describe, expect, test } from 'vitest';
import { exists, PACKAGES, read } from './source.js';

interface Locked {
  readonly version?: string;
  readonly resolved?: string;
  readonly link?: boolean;
  readonly integrity?: string;
  readonly hasInstallScript?: boolean;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

function lockOf(folder: string): Readonly<Record<string, Locked>> {
  return (JSON.parse(read(`${folder}package-lock.json`)) as { readonly packages: Readonly<Record<string, Locked>> }).packages;
}

const lock = lockOf('');
const entries = Object.entries(lock).filter(([path, entry]) => path.includes('node_modules/') && entry.link !== true);
const manifests = ['', ...PACKAGES.map((name) => `${name}/`), 'tests/', 'tests/bench/peers/']
  .map((folder) => `${folder}package.json`)
  .filter(exists);

describe('setup', () => {
  test(`the lockfile names no registry and seals every package (${entries.length} packages)`, () => {
    expect(entries.length).toBeGreaterThan(50);
    expect(
      [...Object.entries(lock), ...Object.entries(lockOf('tests/bench/peers/'))]
        .filter(([, entry]) => /^https?:/.test(entry.resolved ?? ''))
        .map(([path]) => path),
    ).toEqual([]);
    expect(entries.filter(([, entry]) => entry.integrity === undefined).map(([path]) => path)).toEqual([]);
  });

  test('the lockfile holds the parts for other machines too, or npm ci would refuse there', () => {
    const missing = Object.entries(lock).flatMap(([path, entry]) =>
      Object.keys(entry.optionalDependencies ?? {}).filter(
        (name) => lock[`node_modules/${name}`] === undefined && lock[`${path}/node_modules/${name}`] === undefined,
      ),
    );
    expect(missing).toEqual([]);
  });

  test('only better-sqlite3 has an install script, and setup builds it', () => {
    expect(
      entries
        .filter(([, entry]) => entry.hasInstallScript === true)
        .map(([path]) => path)
        .filter((path) => !/\/fsevents$/.test(path)),
    ).toEqual(['node_modules/better-sqlite3']);
    expect((JSON.parse(read('package.json')) as { readonly allowScripts: object }).allowScripts).toEqual({ 'better-sqlite3': true });
  });

  test(`every version is exact (${manifests.length} manifests)`, () => {
    const loose = manifests.flatMap((path) => {
      const manifest = JSON.parse(read(path)) as Readonly<
        Record<'dependencies' | 'devDependencies', Readonly<Record<string, string>> | undefined>
      >;
      const all = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies });
      return all
        .filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))
        .map(([name, version]) => `${path}: ${name} ${version}`);
    });
    expect(loose).toEqual([]);
  });

  test('.ci/run calls the command a contributor types', () => {
    expect(read('.ci/run')).toMatch(/npm test/);
  });
});
