/** The titles of all tests, read from the sources, and the rule ids they cite. */
import ts from 'typescript';
import { filesUnder, read } from './source.js';

export interface Title {
  readonly path: string;
  readonly text: string;
  /** Rule ids at the head of the title: `C19: …`, `C19, P3: …`, `C19 P3 …`. */
  readonly cites: readonly string[];
}

const CALLS = new Set(['describe', 'test', 'it', 'suite']);
const HEAD = /^\(?((?:[A-Z]{1,8}\d{1,3}[a-z]?)(?:\s*(?:,|and|\+|\/|–|-)?\s*(?:[A-Z]{1,8}\d{1,3}[a-z]?))*)\b\)?\s*[:·—–-]?/;

/** Every title of `describe`, `test` and `it` in the suites, template titles with their gaps as `…`. */
export function titles(): readonly Title[] {
  return filesUnder('tests')
    .filter((path) => path.endsWith('.ts') && !path.startsWith('tests/bench/'))
    .flatMap((path) => titlesOf(path, read(path)));
}

export function titlesOf(path: string, text: string): readonly Title[] {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true);
  const found: Title[] = [];
  const visit = (node: ts.Node): void => {
    const title = ts.isCallExpression(node) && CALLS.has(calleeOf(node.expression)) ? wordsOf(node.arguments[0]) : null;
    if (title !== null) found.push({ path, text: title, cites: citesOf(title) });
    node.forEachChild(visit);
  };
  visit(file);
  return found;
}

/** `test.each(rows)('…')` and `describe.skipIf(x)('…')` are titles of `test` and `describe` too. */
function calleeOf(expression: ts.Expression): string {
  if (ts.isIdentifier(expression)) return expression.text;
  if (ts.isPropertyAccessExpression(expression) || ts.isCallExpression(expression)) return calleeOf(expression.expression);
  return '';
}

function wordsOf(argument: ts.Expression | undefined): string | null {
  if (argument === undefined) return null;
  if (ts.isStringLiteral(argument) || ts.isNoSubstitutionTemplateLiteral(argument)) return argument.text;
  if (ts.isTemplateExpression(argument)) return [argument.head.text, ...argument.templateSpans.map((span) => span.literal.text)].join('…');
  return null;
}

function citesOf(title: string): readonly string[] {
  const head = HEAD.exec(title)?.[1] ?? '';
  const inside = [...title.matchAll(/\(((?:[A-Z]{1,8}\d{1,3}[a-z]?)(?:,\s*[A-Z]{1,8}\d{1,3}[a-z]?)*)\)/g)].map((match) => match[1] ?? '');
  return [...new Set([head, ...inside].flatMap((part) => part.match(/[A-Z]{1,8}\d{1,3}[a-z]?/g) ?? []))].filter(
    (id) => !NOT_RULES.test(id),
  );
}

/** Names that look like ids and are not: hashes, RFCs, acceptance and benchmark numbers. */
const NOT_RULES = /^(SHA|RFC|UTF|AES|ED|HTTP|BASE|ES|X)\d+$/;
