/** Summaries of dependency manifests; a broken one says so and does no other harm. */
import { DEPENDENCY_NAMES_MAX, MANIFEST_NAME_CHARS_MAX } from '../limits.js';
import type { Manifest, ManifestKind } from '../project-index.js';
import { tidy } from '../todos.js';
import { type Found, NOTHING } from './found.js';
import { readComposer, readNpm } from './json.js';
import { readGemfile, readGoMod, readGradle, readPubspec, readSwiftPackage } from './lines.js';
import { readMaven } from './maven.js';
import { readRequirements } from './requirements.js';
import { readCargo, readPyproject } from './toml-manifests.js';

const KINDS: ReadonlyMap<string, ManifestKind> = new Map([
  ['package.json', 'npm'],
  ['requirements.txt', 'pip'],
  ['pyproject.toml', 'python'],
  ['Cargo.toml', 'cargo'],
  ['go.mod', 'go'],
  ['Gemfile', 'bundler'],
  ['pom.xml', 'maven'],
  ['build.gradle', 'gradle'],
  ['build.gradle.kts', 'gradle'],
  ['composer.json', 'composer'],
  ['Package.swift', 'swift'],
  ['pubspec.yaml', 'pub'],
]);

const READERS: { readonly [kind in ManifestKind]: (text: string) => Found } = {
  npm: readNpm,
  pip: readRequirements,
  python: readPyproject,
  cargo: readCargo,
  go: readGoMod,
  bundler: readGemfile,
  maven: readMaven,
  gradle: readGradle,
  composer: readComposer,
  swift: readSwiftPackage,
  pub: readPubspec,
};

/** By the file's own name; also `requirements-dev.txt` and the like. Null for every other file. */
export function manifestKindOf(name: string): ManifestKind | null {
  return KINDS.get(name) ?? (/^requirements[A-Za-z0-9_.-]{0,60}\.txt$/.test(name) ? 'pip' : null);
}

function bounded(text: string | null): string | null {
  return text === null ? null : tidy(text).slice(0, MANIFEST_NAME_CHARS_MAX);
}

/** `file` as people see it; `text` at most 1 MiB. Never throws. */
export function readManifest(kind: ManifestKind, file: string, text: string): Manifest {
  const summary = (found: Found, readable: boolean): Manifest => {
    const names = [...new Set(found.dependencies)];
    const shown = names.slice(0, DEPENDENCY_NAMES_MAX).map((name) => tidy(name).slice(0, MANIFEST_NAME_CHARS_MAX));
    return {
      file,
      kind,
      name: bounded(found.name),
      version: bounded(found.version),
      dependencies: names.length,
      dependencyNames: shown,
      readable,
    };
  };
  try {
    return summary(READERS[kind](text), true);
  } catch {
    // Whatever a stranger's file can provoke (bad syntax, a stack too deep) is that file's trouble alone, and the summary says so.
    return summary(NOTHING, false);
  }
}
