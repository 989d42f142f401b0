/** The indexer's small parts: lines, tags, languages, manifests, snapshots. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countNewlines } from '@leanvibe/agent/internal/index/count-lines';
import { parseTracked } from '@leanvibe/agent/internal/index/git/list';
import { detectLanguage } from '@leanvibe/agent/internal/index/language/detect';
import { LANGUAGE_BY_EXTENSION } from '@leanvibe/agent/internal/index/language/extensions';
import { manifestKindOf, readManifest } from '@leanvibe/agent/internal/index/manifest/read';
import { decodeSnapshot, encodeSnapshot } from '@leanvibe/agent/internal/index/snapshot';
import { findTodos } from '@leanvibe/agent/internal/index/todos';
import { run, scan, tempFolder, tempRepository, write } from './help.js';

describe('A2 lines', () => {
  it('A2 counts every newline byte, at any length and content', () => {
    const byte = fc.oneof(fc.constant(0x0a), fc.constant(0x0b), fc.constant(0x8a), fc.nat(255));
    fc.assert(
      fc.property(fc.array(byte, { maxLength: 3_000 }), (content) => {
        const memory = new ArrayBuffer(4_096);
        const bytes = new Uint8Array(memory).fill(0x0a);
        bytes.set(content);
        expect(countNewlines(bytes, new Int32Array(memory), content.length)).toBe(content.filter((one) => one === 0x0a).length);
      }),
      { numRuns: 500 },
    );
    const full = new ArrayBuffer(8_000);
    expect(countNewlines(new Uint8Array(full).fill(0x0a), new Int32Array(full), 8_000)).toBe(8_000);
  });
});

describe('TODO list', () => {
  it('counts the lines that grep counts, in any bytes', () => {
    const piece = fc.constantFrom('TODO', 'FIXME', 'XXX', 'HACK', 'XXXX', 'TODOs', '_', ' ', '\n', '(', ':', 'é', '0', '—', 'x');
    const folder = tempFolder();
    // One grep for all of them: starting a process is nearly all that one costs.
    const texts = fc.sample(fc.array(piece, { maxLength: 60 }), 300).map((pieces) => pieces.join(''));
    for (const [at, text] of ['TODO', ...texts].entries()) write(folder, `${at}`, text);
    const counted = run(folder, 'grep', ['-racwE', 'TODO|FIXME|XXX|HACK', '.']).toString('utf8').trim().split('\n');
    expect(counted).toHaveLength(301);
    for (const line of counted) {
      const [at, count] = line.slice(2).split(':');
      const text = ['TODO', ...texts][Number(at)] ?? '';
      expect({ text, count: findTodos(Buffer.from(text)).count }).toEqual({ text, count: Number(count) });
    }
  });

  it('gives line, tag and bounded, harmless text', () => {
    const found = findTodos(Buffer.from(`a\n\n// FIXME(ana): \u001b[31mred\tend\r\nx TODO ${'€'.repeat(500)}\nTODOS\n# XXX one TODO two`));
    expect(found.count).toBe(3);
    expect(found.list[0]).toEqual({ line: 3, tag: 'FIXME', text: 'FIXME(ana):  [31mred end' });
    expect(found.list[1]?.text).toBe(`TODO ${'€'.repeat(195)}`);
    expect(found.list[2]).toEqual({ line: 6, tag: 'XXX', text: 'XXX one TODO two' });
  });

  it('is linear on hostile input', () => {
    for (const unit of ['X', 'TODO', 'XXX ', 'TODO\n', 'FIXME_']) {
      const from = performance.now();
      expect(findTodos(Buffer.from(unit.repeat(400_000))).list.length).toBeLessThanOrEqual(200);
      expect(performance.now() - from).toBeLessThan(2_000);
    }
  });
});

describe('A2 languages', () => {
  it.each([
    ['a.ts', '', 'TypeScript'],
    ['a.ts', '<?xml version="1.0"?><!DOCTYPE TS>', 'Qt Linguist'],
    ['A.PY', '', 'Python'],
    ['a.C', '', 'C++'],
    ['a.c', '', 'C'],
    ['x.h', '', 'C/C++ Header'],
    ['view.blade.php', '', 'Blade'],
    ['Makefile', '', 'make'],
    ['GNUmakefile', '', 'make'],
    ['CMakeLists.txt', '', 'CMake'],
    ['Dockerfile', '', 'Dockerfile'],
    ['pom.xml', '<project>', 'Maven'],
    ['build.gradle.kts', '', 'Gradle'],
    ['a.m', '#import <Foundation/Foundation.h>\n@interface A\n', 'Objective-C'],
    ['a.m', '% comment\nfunction y = f(x)\n', 'MATLAB'],
    ['a.pl', '#!/usr/bin/perl\n', 'Perl'],
    ['a.pl', ':- module(a, []).\n', 'Prolog'],
    ['a.v', 'Require Import Arith.\n', 'Coq'],
    ['run', '#!/usr/bin/env -S FOO=1 python3.11 -u\n', 'Python'],
    ['run', '#!/bin/sh\n', 'Bourne Shell'],
    ['run.unknownext', '#! /bin/bash -e\n', 'Bourne Again Shell'],
    ['run', '#!/usr/bin/env\n', null],
    ['README', 'words', null],
    ['a.py~', '', null],
    ['constructor', '', null],
    ['a.__proto__', '', null],
    ['a.toString', '', null],
  ])('A2 %s → %s → %s', (name, head, language) => {
    expect(detectLanguage(name, Buffer.from(head))).toBe(language);
  });

  it('A2 knows at least 150, and judges ambiguous heads of hostile shape quickly', () => {
    expect(new Set(LANGUAGE_BY_EXTENSION.values()).size).toBeGreaterThanOrEqual(150);
    const from = performance.now();
    for (const extension of LANGUAGE_BY_EXTENSION.keys())
      for (const unit of [' ', '\n', 'a', ';', '-', '\t:', 'sub ', '{']) detectLanguage(`x.${extension}`, Buffer.from(unit.repeat(8_000)));
    expect(performance.now() - from).toBeLessThan(5_000);
  });
});

describe('dependency manifests', () => {
  const read = (name: string, text: string): unknown => {
    const kind = manifestKindOf(name);
    if (kind === null) throw new Error('not a manifest');
    const { file, kind: same, ...rest } = readManifest(kind, name, text);
    expect([file, same]).toEqual([name, kind]);
    return rest;
  };
  const found = (name: string | null, version: string | null, ...dependencyNames: string[]): unknown => ({
    name,
    version,
    dependencies: dependencyNames.length,
    dependencyNames,
    readable: true,
  });

  it.each([
    [
      'package.json',
      '\ufeff{"name":"a","version":"1.0.0","dependencies":{"x":"1","y":"2"},"devDependencies":{"x":"1","z":"1"}}',
      found('a', '1.0.0', 'x', 'y', 'z'),
    ],
    [
      'composer.json',
      '{"name":"o/p","require":{"php":">=8","ext-json":"*","o/q":"1"},"require-dev":{"o/r":"1"}}',
      found('o/p', null, 'o/q', 'o/r'),
    ],
    [
      'requirements-dev.txt',
      '# no\nDjango>=3 ; python_version>"3"\n-r other.txt\nrequests[socks]==2\n\ngit+https://x/y\npkg @ https://x\n',
      found(null, null, 'Django', 'requests', 'pkg'),
    ],
    [
      'pyproject.toml',
      '[project]\nname = "p"\nversion = \'1\'\ndependencies = [\n  "a>=1", # why\n  "b[x]",\n]\n[project.optional-dependencies]\nt = ["c"]\n[tool.poetry.dependencies]\npython = "^3"\nd = {version = "1", extras = ["no"]}\n',
      found('p', '1', 'a', 'b', 'c', 'd'),
    ],
    [
      'Cargo.toml',
      '[package]\nname = "r"\nversion = "2"\n[dependencies]\na = "1"\nb = { version = "1", features = ["x"] }\n[target."cfg(unix)".dev-dependencies]\nc.workspace = true\n[dependencies.d]\nversion = "1"\n',
      found('r', '2', 'a', 'b', 'c', 'd'),
    ],
    [
      'go.mod',
      'module example.org/m // why\n\ngo 1.21\n\nrequire (\n\ta.b/c v1 // indirect\n\td.e/f v2\n)\nrequire g.h/i v3\nreplace (\n\tx => y\n)\n',
      found('example.org/m', null, 'a.b/c', 'd.e/f', 'g.h/i'),
    ],
    ['Gemfile', "source 'x'\ngem 'rails', '~> 7'\n  gem(\"pg\")\n# gem 'no'\n", found(null, null, 'rails', 'pg')],
    [
      'pom.xml',
      '<?xml version="1.0"?><project><parent><artifactId>up</artifactId><version>9</version></parent><!-- <dependency> --><artifactId>me</artifactId><dependencies><dependency><groupId>g</groupId><artifactId>a</artifactId></dependency></dependencies></project>',
      found('me', '9', 'g:a'),
    ],
    [
      'build.gradle',
      "version = '3'\ndependencies {\n  implementation 'g:a:1'\n  testImplementation(\"g:b:2\")\n}\n",
      found(null, '3', 'g:a', 'g:b'),
    ],
    [
      'Package.swift',
      'let package = Package(\n name: "S",\n dependencies: [ .package(url: "https://x/y/Nio.git", from: "2"), .package(path: "../Own") ])',
      found('S', null, 'Nio', 'Own'),
    ],
    [
      'pubspec.yaml',
      'name: f\nversion: 1.2.3 # x\ndependencies:\n  flutter:\n    sdk: flutter\n  http: ^1\n',
      found('f', '1.2.3', 'flutter', 'http'),
    ],
  ])('%s', (name, text, summary) => {
    expect(read(name, text)).toEqual(summary);
  });

  it('broken and hostile ones do no harm', () => {
    const names = [
      'package.json',
      'composer.json',
      'requirements.txt',
      'pyproject.toml',
      'Cargo.toml',
      'go.mod',
      'Gemfile',
      'pom.xml',
      'build.gradle',
      'Package.swift',
      'pubspec.yaml',
    ];
    const hostile = [
      '',
      '[',
      '{"a":',
      '[1]',
      'null',
      '"x"',
      '['.repeat(200_000),
      '<a>'.repeat(200_000),
      '<!--'.repeat(100_000),
      'a = """',
      '[a]\nb = [[[{',
      '{"__proto__":{"x":1},"dependencies":{"__proto__":1,"constructor":2}}',
      '\u0000'.repeat(1_000),
      'a.'.repeat(300_000),
      '.package('.repeat(100_000),
      'gem '.repeat(250_000),
    ];
    for (const name of names) {
      for (const text of hostile) {
        const from = performance.now();
        expect(() => read(name, text)).not.toThrow();
        expect(performance.now() - from).toBeLessThan(2_000);
      }
    }
    expect(Object.prototype).not.toHaveProperty('x');
    const many = JSON.stringify({
      name: 'n'.repeat(5_000),
      dependencies: Object.fromEntries(Array.from({ length: 5_000 }, (_, number) => [`d${number}`, '1'])),
    });
    const bounded = readManifest('npm', 'package.json', many);
    expect([bounded.name?.length, bounded.dependencies, bounded.dependencyNames.length]).toEqual([200, 5_000, 100]);
  });
});

describe('snapshots', () => {
  it('make a second scan read only what changed, and come back the same', async () => {
    const folder = tempRepository({ 'a.ts': 'TODO x\n', 'b.bin': Buffer.alloc(10), 'package.json': '{"name":"n"}' });
    // What is read right after it was written may change under the same stamp: such rows are not kept.
    await new Promise((done) => setTimeout(done, 120));
    const first = await scan(folder);
    const bytes = encodeSnapshot(folder, { rows: first.rows, git: first.state?.git ?? null });
    const again = await scan(folder, decodeSnapshot(folder, bytes));
    expect(again.filesRead).toBe(0);
    expect(again.summary).toEqual(first.summary);
    write(folder, 'a.ts', 'TODO x\nFIXME y\n');
    const third = await scan(folder, decodeSnapshot(folder, bytes));
    expect([third.filesRead, third.summary.todos, third.summary.git?.dirty]).toEqual([1, 2, true]);
  });

  it('a change right after reading is never missed', async () => {
    const folder = tempRepository({ 'a.txt': '1\n' });
    for (let round = 0; round < 30; round += 1) {
      write(folder, 'a.txt', 'x\n\n');
      const first = await scan(folder);
      write(folder, 'a.txt', '\n\n\n');
      const second = await scan(folder, decodeSnapshot(folder, encodeSnapshot(folder, { rows: first.rows, git: null })));
      expect([first.summary.lines, second.summary.lines]).toEqual([2, 3]);
    }
  });

  it('damaged, strange or foreign ones are not used', async () => {
    const folder = tempRepository({ 'a.ts': 'TODO x\n', 'b.c': '1\n', 'package.json': '{"name":"n"}' });
    await new Promise((done) => setTimeout(done, 120));
    const { rows, state } = await scan(folder);
    const good = encodeSnapshot(folder, { rows, git: state?.git ?? null });
    expect(decodeSnapshot(folder, good).rows).toEqual(rows);
    expect(decodeSnapshot('/elsewhere', good).rows.size).toBe(0);
    // At an odd place in memory too, as storage may hand it back.
    const shifted = new Uint8Array(good.length + 3);
    shifted.set(good, 3);
    expect(decodeSnapshot(folder, shifted.subarray(3)).rows).toEqual(rows);
    for (let length = 0; length < good.length; length += 1) expect(decodeSnapshot(folder, good.subarray(0, length)).rows.size).toBe(0);
    for (const header of [
      '',
      '{}',
      '[]',
      'null',
      '{"version":1}',
      '{"version":1,"folder":"/a","git":null,"languages":[],"rows":-1,"pathBytes":7,"extras":[]}',
      '{"version":1,"folder":"/a","git":null,"languages":[],"rows":1e9,"pathBytes":0,"extras":[]}',
    ]) {
      const bytes = new Uint8Array(4 + header.length);
      new DataView(bytes.buffer).setUint32(0, header.length, true);
      bytes.set(new TextEncoder().encode(header), 4);
      expect(decodeSnapshot('/a', bytes).rows.size).toBe(0);
    }
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.nat(255), (at, value) => {
        const bytes = good.slice();
        bytes[at] = value;
        expect([0, 3]).toContain(decodeSnapshot(folder, bytes).rows.size);
      }),
    );
  });
});

describe("git's listing", () => {
  it('cut short or strange does no harm', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        const { files } = parseTracked(Buffer.from(bytes));
        expect(files.length).toBeLessThanOrEqual(bytes.length);
      }),
    );
    expect(parseTracked(Buffer.from(`H 100644 ${'0'.repeat(40)} 0\ta\0H 100644 ${'0'.repeat(40)} 0\tcut`)).files).toEqual(['a']);
  });
});
