/** Measures a source file: lines, the size of each function, its first comment, and the constructs this house bans. */
import ts from 'typescript';
import type { Source } from './source.js';

export interface Measured {
  readonly path: string;
  readonly lines: number;
  readonly functions: readonly { readonly name: string; readonly lines: number }[];
  readonly opensWithDoc: boolean;
  readonly banned: readonly string[];
}

export function measure(source: Source): Measured {
  const file = ts.createSourceFile(source.path, source.text, ts.ScriptTarget.ES2023, true);
  const functions: { name: string; lines: number }[] = [];
  const banned: string[] = [];
  const lineOf = (position: number): number => file.getLineAndCharacterOfPosition(position).line + 1;
  const visit = (node: ts.Node): void => {
    if (isFunction(node)) functions.push({ name: nameOf(node, file), lines: ownLines(node, lineOf, file) });
    const why = ban(node);
    if (why !== null) banned.push(`${source.path}:${lineOf(node.getStart(file))} ${why}`);
    node.forEachChild(visit);
  };
  if (!source.path.endsWith('.d.ts')) visit(file);
  banned.push(...bannedComments(source));
  return {
    path: source.path,
    lines: source.text.split('\n').length - 1,
    functions,
    opensWithDoc: /^(#!.*\n)?\/\*\*[^]*?\*\//.test(source.text),
    banned,
  };
}

/** A factory is not as long as the closures it returns: lines of named functions inside count for those alone. Callbacks count here. */
function ownLines(node: ts.Node, lineOf: (position: number) => number, file: ts.SourceFile): number {
  const span = (inner: ts.Node): number => lineOf(inner.end) - lineOf(inner.getStart(file)) + 1;
  let inside = 0;
  const visit = (inner: ts.Node): void => {
    if (isFunction(inner) && isNamed(inner)) inside += span(inner) - 1;
    else inner.forEachChild(visit);
  };
  node.forEachChild(visit);
  return span(node) - inside;
}

function isNamed(node: ts.FunctionLikeDeclaration): boolean {
  return node.name !== undefined || ts.isVariableDeclaration(node.parent) || ts.isPropertyAssignment(node.parent);
}

function isFunction(node: ts.Node): node is ts.FunctionLikeDeclaration {
  return (ts.isFunctionLike(node) && 'body' in node && node.body !== undefined) === true;
}

function nameOf(node: ts.FunctionLikeDeclaration, file: ts.SourceFile): string {
  if (node.name !== undefined) return node.name.getText(file);
  const parent = node.parent;
  return ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent) ? parent.name.getText(file) : '(unnamed)';
}

function ban(node: ts.Node): string | null {
  if (ts.isEnumDeclaration(node)) return 'enum: use a union of literals';
  if (node.kind === ts.SyntaxKind.AnyKeyword) return 'any: say what it is';
  if (ts.isExportAssignment(node) || isDefaultExport(node)) return 'default export: export by name';
  if (ts.isCatchClause(node) && node.block.statements.length === 0 && !/\S/.test(commentsIn(node)))
    return 'empty catch: say why nothing is to be done';
  if (ts.isExportDeclaration(node) && node.exportClause === undefined) return 'export *: no barrels';
  return null;
}

function isDefaultExport(node: ts.Node): boolean {
  return ts.canHaveModifiers(node) && (ts.getModifiers(node) ?? []).some((modifier) => modifier.kind === ts.SyntaxKind.DefaultKeyword);
}

function commentsIn(node: ts.CatchClause): string {
  return node.block.getFullText().replace(/[{}]/g, '');
}

/** In comments only: the indexer rightly has these words in its strings. */
function bannedComments(source: Source): string[] {
  const found: string[] = [];
  const lines = source.text.split('\n');
  lines.forEach((line, index) => {
    const comment = /(^|\s)(\/\/|\/?\*)(.*)$/.exec(line)?.[3] ?? '';
    if (/@ts-(ignore|nocheck|expect-error)/.test(comment)) found.push(`${source.path}:${index + 1} silenced compiler`);
    if (/^\s*(TODO|FIXME|XXX|HACK)\b/.test(comment)) found.push(`${source.path}:${index + 1} unfinished business: do it or write an issue`);
  });
  return found;
}
