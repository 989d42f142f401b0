/** Manifests that are programs or have a syntax of their own, read line by line: go.mod, Gemfile, Package.swift, Gradle, pubspec.yaml. */
import type { Found } from './found.js';

const LINE_CHARS_MAX = 1_000;

function linesOf(text: string): readonly string[] {
  return text.split(/\r?\n/).map((line) => line.slice(0, LINE_CHARS_MAX));
}

export function readGoMod(text: string): Found {
  const dependencies: string[] = [];
  let name: string | null = null;
  let block = '';
  for (const line of linesOf(text)) {
    const words = (line.split('//', 1)[0] ?? '').trim().split(/[ \t]+/);
    if (words[0] === 'module') name = (words[1] ?? '').replace(/^"|"$/g, '') || null;
    else if (words[1] === '(') block = words[0] ?? '';
    else if (words[0] === ')') block = '';
    else if (words[0] === 'require' && words[1] !== undefined) dependencies.push(words[1]);
    else if (block === 'require' && words[0] !== undefined && words[0] !== '') dependencies.push(words[0]);
  }
  return { name, version: null, dependencies };
}

export function readGemfile(text: string): Found {
  return {
    name: null,
    version: null,
    dependencies: linesOf(text).flatMap((line) => /^[ \t]*gem[ \t(]+["']([^"']{1,200})["']/.exec(line)?.[1] ?? []),
  };
}

/** `.package(url: "https://host/owner/Name.git", …)` → `Name`; `.package(path: "../Name")` likewise. */
export function readSwiftPackage(text: string): Found {
  const links = [...text.matchAll(/\.package\([^"()]{0,200}(?:url|path):[ \t\r\n]*"([^"\n]{1,500})"/g)].map((match) => match[1] ?? '');
  const name = /\bPackage\([ \t\r\n]*name:[ \t\r\n]*"([^"\n]{1,200})"/.exec(text)?.[1] ?? null;
  return {
    name,
    version: null,
    dependencies: links.map(
      (link) =>
        link
          .replace(/\/$/, '')
          .split('/')
          .at(-1)
          ?.replace(/\.git$/, '') ?? link,
    ),
  };
}

const GRADLE_KIND =
  /^[ \t]*(?:api|implementation|compile|compileOnly|runtimeOnly|testImplementation|testCompile|testRuntimeOnly|annotationProcessor|kapt|classpath|[a-z]+Implementation)\b[ \t(]*(?:platform\()?["']([^"':]{1,200}):([^"':]{1,200})/;

export function readGradle(text: string): Found {
  const found = linesOf(text).flatMap((line) => {
    const match = GRADLE_KIND.exec(line);
    return match === null ? [] : [`${match[1]}:${match[2]}`];
  });
  return {
    name: null,
    version: linesOf(text).flatMap((line) => /^version[ \t]*=?[ \t]*["']([^"']{1,100})["']/.exec(line)?.[1] ?? [])[0] ?? null,
    dependencies: found,
  };
}

/** The top-level keys and the names two spaces below `dependencies` and `dev_dependencies`. */
export function readPubspec(text: string): Found {
  const dependencies: string[] = [];
  let section = '';
  let name: string | null = null;
  let version: string | null = null;
  for (const line of linesOf(text)) {
    const top = /^([A-Za-z_]+):[ \t]*([^#]*)/.exec(line);
    if (top !== null) {
      section = top[1] ?? '';
      const value = (top[2] ?? '').trim().replace(/^["']|["']$/g, '') || null;
      if (section === 'name') name = value;
      if (section === 'version') version = value;
    } else if (section === 'dependencies' || section === 'dev_dependencies') {
      const found = /^ {2}([A-Za-z0-9_]+):/.exec(line)?.[1];
      if (found !== undefined) dependencies.push(found);
    }
  }
  return { name, version, dependencies };
}
