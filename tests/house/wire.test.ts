/** Holds the wire still: no shape, table or limit of protocol/src changes without a new line in the version history. */
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HISTORY, WIRE_VERSION, WIRE_VERSION_MIN } from '@leanvibe/protocol/version';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { ROOT } from '../help/root.js';
import { exists, filesUnder, read } from './source.js';

const RECORD = 'tests/house/wire.json';
const UPDATE = 'UPDATE_WIRE=1 npx vitest run tests/house/wire.test.ts';
/** The words of errors may be bettered freely; the version speaks for itself. */
const NOT_SHAPES = ['protocol/src/version.ts', 'protocol/src/errors.ts'];

interface Recorded {
  readonly wireVersion: number;
  readonly historyLines: number;
  readonly fingerprint: string;
  readonly constants: Readonly<Record<string, string>>;
}

/** Every top-level constant of a file that is not a function, as its bare tokens: comments, spacing and trailing commas do not count. */
function constantsOf(path: string): readonly (readonly [string, string])[] {
  const file = ts.createSourceFile(path, read(path), ts.ScriptTarget.ES2023, true);
  return file.statements.filter(ts.isVariableStatement).flatMap((statement) =>
    statement.declarationList.declarations.flatMap((declaration): (readonly [string, string])[] => {
      const value = declaration.initializer;
      if (value === undefined || ts.isArrowFunction(value) || ts.isFunctionExpression(value)) return [];
      return [[`${path.slice('protocol/src/'.length)} ${declaration.name.getText(file)}`, digest(tokens(value.getText(file)))]];
    }),
  );
}

function tokens(text: string): string {
  const scanner = ts.createScanner(ts.ScriptTarget.ES2023, true, ts.LanguageVariant.Standard, text);
  const found: string[] = [];
  for (let kind = scanner.scan(); kind !== ts.SyntaxKind.EndOfFileToken; kind = scanner.scan()) found.push(scanner.getTokenText());
  return found.join(' ').replace(/ , (?=[\])}])/g, ' ');
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

/** What the relay answers over HTTP has its own version in its addresses, and its own document. */
const HTTP = 'protocol/src/http/';
const paths = filesUnder('protocol/src').filter((path) => path.endsWith('.ts') && !path.startsWith(HTTP) && !NOT_SHAPES.includes(path));
const constants = Object.fromEntries(paths.flatMap(constantsOf));
const now: Recorded = {
  wireVersion: WIRE_VERSION,
  historyLines: HISTORY.length,
  fingerprint: digest(JSON.stringify(constants)),
  constants,
};
const kept = exists(RECORD) ? (JSON.parse(read(RECORD)) as Recorded) : null;
const changed = [...new Set([...Object.keys(constants), ...Object.keys(kept?.constants ?? {})])].filter(
  (name) => kept?.constants[name] !== constants[name],
);

if (process.env['UPDATE_WIRE'] === '1' && (kept === null || now.historyLines > kept.historyLines)) {
  writeFileSync(join(ROOT, RECORD), `${JSON.stringify(now, null, 2)}\n`);
}

describe('the wire', () => {
  test(`no shape changed without a version line (${Object.keys(constants).length} constants of ${paths.length} files)`, () => {
    expect(Object.keys(constants).length).toBeGreaterThan(20);
    const hint = `changed: ${changed.join(', ')}. Add a line to HISTORY in protocol/src/version.ts (and raise WIRE_VERSION if old programs cannot read it), then ${UPDATE}`;
    expect(exists(RECORD) ? (JSON.parse(read(RECORD)) as Recorded).fingerprint : 'nothing recorded', hint).toBe(now.fingerprint);
  });

  test('the history ends with the current version, and the oldest understood is not newer', () => {
    expect(HISTORY.at(-1)).toMatch(new RegExp(`^${WIRE_VERSION}[.:]`));
    expect(WIRE_VERSION_MIN).toBeLessThanOrEqual(WIRE_VERSION);
    expect(new Set(HISTORY).size).toBe(HISTORY.length);
  });

  test('spacing, comments and trailing commas are not a change, a limit is', () => {
    expect(tokens('record({ a: [0, x], })')).toBe(tokens('record({\n  // why\n  a: [0, x],\n})'));
    expect(tokens('list(id(), 3)')).not.toBe(tokens('list(id(), 4)'));
  });
});
