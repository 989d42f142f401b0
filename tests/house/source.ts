/** Reads the repository as text: which source files there are, what each imports, and where an import leads. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import ts from 'typescript';
import { ROOT } from '../help/root.js';

export const PACKAGES = ['protocol', 'core', 'agent', 'relay', 'pwa', 'ios-bridge'] as const;
export type PackageName = (typeof PACKAGES)[number];

export interface Source {
  /** From the root, with slashes: `core/src/log/step.ts`. */
  readonly path: string;
  readonly pkg: PackageName;
  readonly text: string;
  readonly imports: readonly string[];
}

/** Every TypeScript source of every package (not tests, not dist), sorted by path. */
export function sources(): readonly Source[] {
  return PACKAGES.flatMap((pkg) =>
    filesUnder(`${pkg}/src`)
      .filter((path) => path.endsWith('.ts'))
      .map((path) => {
        const text = read(path);
        return {
          path,
          pkg,
          text,
          imports: path.endsWith('.d.ts') ? [] : ts.preProcessFile(text, true, true).importedFiles.map((file) => file.fileName),
        };
      }),
  );
}

/** Files below a folder of the repository, as paths from the root, sorted; none when the folder does not exist. */
export function filesUnder(folder: string): readonly string[] {
  const start = join(ROOT, folder);
  if (!existsSync(start)) return [];
  const walk = (at: string): string[] =>
    readdirSync(at, { withFileTypes: true }).flatMap((entry) => {
      if (entry.name === 'node_modules' || entry.name === 'dist' || entry.name.startsWith('.')) return [];
      return entry.isDirectory() ? walk(join(at, entry.name)) : [relative(ROOT, join(at, entry.name)).split('\\').join('/')];
    });
  return walk(start).toSorted();
}

export function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

export function exists(path: string): boolean {
  return existsSync(join(ROOT, path));
}

type Exports = Readonly<Record<string, { readonly default: string }>>;

/** The `exports` map of a package, empty when it has none. */
export function exportsOf(pkg: string): Exports {
  const manifest = JSON.parse(read(`${pkg}/package.json`)) as { readonly exports?: Exports };
  return manifest.exports ?? {};
}

export type Target =
  | { readonly kind: 'ours'; readonly path: string; readonly via: 'relative' | 'named' | 'pattern' | 'internal' }
  | { readonly kind: 'node'; readonly name: string }
  | { readonly kind: 'package'; readonly name: string; readonly specifier: string }
  | { readonly kind: 'missing'; readonly specifier: string };

/** Where an import of a file leads. */
export function resolve(from: string, specifier: string): Target {
  if (specifier.startsWith('.')) {
    const path = join(dirname(from), specifier).split('\\').join('/').replace(/\.js$/, '.ts');
    const found = exists(path) ? path : path.replace(/\.ts$/, '.d.ts');
    return exists(found) ? { kind: 'ours', path: found, via: 'relative' } : { kind: 'missing', specifier };
  }
  if (specifier.startsWith('node:')) return { kind: 'node', name: specifier.slice(5) };
  const name = specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
  if (!name.startsWith('@leanvibe/')) return { kind: 'package', name, specifier };
  return throughExports(name.slice('@leanvibe/'.length), specifier.slice(name.length), specifier);
}

function throughExports(pkg: string, rest: string, specifier: string): Target {
  if (!exists(`${pkg}/package.json`)) return { kind: 'missing', specifier };
  const map = exportsOf(pkg);
  const toSource = (target: string): string => `${pkg}/${target.replace(/^\.\/dist\//, 'src/').replace(/\.js$/, '.ts')}`;
  const named = map[`.${rest}`];
  if (named !== undefined) return { kind: 'ours', path: toSource(named.default), via: 'named' };
  for (const [pattern, target] of Object.entries(map)) {
    const [head = '', tail] = pattern.slice(1).split('*');
    if (tail === undefined || !rest.startsWith(head)) continue;
    const via = pattern.startsWith('./internal/') ? 'internal' : 'pattern';
    return { kind: 'ours', path: toSource(target.default.replace('*', rest.slice(head.length))), via };
  }
  return { kind: 'missing', specifier };
}
