/** Reads out of the sources what a relay logs, notes and is told, and out of a migrated database what it can hold. */
import ts from 'typescript';
import { read } from '../house/source.js';

function parsed(path: string): ts.SourceFile {
  return ts.createSourceFile(path, read(path), ts.ScriptTarget.ES2023, true);
}

function each(node: ts.Node, look: (node: ts.Node) => void): void {
  look(node);
  node.forEachChild((child) => each(child, look));
}

/** The texts an expression can be; what is computed within is `*`. */
function textsOf(node: ts.Expression): readonly string[] {
  if (ts.isStringLiteralLike(node)) return [node.text];
  if (ts.isTemplateExpression(node)) return [node.head.text + node.templateSpans.map((span) => `*${span.literal.text}`).join('')];
  if (ts.isConditionalExpression(node)) return [...textsOf(node.whenTrue), ...textsOf(node.whenFalse)];
  return ['?'];
}

/** Names of an object's fields; `...x` for what is spread into it or given whole. */
function fieldsOf(node: ts.Expression | undefined): readonly string[] {
  if (node === undefined) return [];
  if (!ts.isObjectLiteralExpression(node)) return [`...${node.getText()}`];
  return node.properties.map((property) =>
    ts.isSpreadAssignment(property) ? `...${property.expression.getText()}` : (property.name?.getText() ?? '?'),
  );
}

export interface Logged {
  readonly path: string;
  readonly event: string;
  readonly fields: readonly string[];
}

const LEVELS = new Set(['debug', 'info', 'warn', 'error', '?']);

/** Every call of a logger in a file. */
export function loggedIn(path: string): readonly Logged[] {
  const found: Logged[] = [];
  each(parsed(path), (node) => {
    if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression) || node.expression.name.text !== 'log') return;
    const [level, event, fields] = node.arguments;
    if (level === undefined || event === undefined || !textsOf(level).every((text) => LEVELS.has(text))) return;
    for (const text of textsOf(event)) found.push({ path, event: text, fields: fieldsOf(fields) });
  });
  return found;
}

/** Every text that stands as an act of the audit trail in a file: of `note({ act })`, `note('act', …)`, `act(who, 'act')` and what an `act` is set to. */
export function actsIn(path: string): readonly string[] {
  const found: string[] = [];
  each(parsed(path), (node) => {
    if (ts.isPropertyAssignment(node) && node.name.getText() === 'act') found.push(...textsOf(node.initializer));
    if (ts.isVariableDeclaration(node) && node.name.getText() === 'act' && node.initializer !== undefined)
      found.push(...textsOf(node.initializer));
    if (!ts.isCallExpression(node)) return;
    const called = node.expression.getText().split('.').at(-1);
    const texts = node.arguments.slice(0, 2).flatMap((one) => textsOf(one).filter((text) => text !== '?'));
    if (called === 'act' || (called === 'note' && !node.expression.getText().startsWith('cli'))) found.push(...texts);
  });
  return found.filter((act) => act !== '?');
}

/** Messages and records of a file of the protocol: `message.kind` or the record's name, with its fields. */
export function messagesIn(path: string): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, readonly string[]>();
  const recordFields = (node: ts.Node): readonly string[] => {
    const names: string[] = [];
    each(node, (inner) => {
      if (!ts.isCallExpression(inner) || inner.expression.getText() !== 'record') return;
      const [fields] = inner.arguments;
      if (fields !== undefined) names.push(...fieldsOf(fields));
    });
    return names;
  };
  for (const statement of parsed(path).statements) {
    if (!ts.isVariableStatement(statement)) continue;
    for (const { name, initializer } of statement.declarationList.declarations) {
      if (initializer === undefined || !ts.isCallExpression(initializer)) continue;
      const called = initializer.expression.getText();
      const [given] = initializer.arguments;
      if (called === 'record') found.set(name.getText(), recordFields(initializer));
      if (called !== 'union' || given === undefined || !ts.isObjectLiteralExpression(given)) continue;
      for (const property of given.properties)
        if (ts.isPropertyAssignment(property))
          found.set(`${name.getText()}.${property.name.getText()}`, recordFields(property.initializer));
    }
  }
  return found;
}

/** Rows of every table as the types have them: interfaces named `…Table`, with what they extend in the same file. */
export function tablesIn(path: string): ReadonlyMap<string, readonly string[]> {
  const interfaces = new Map<string, ts.InterfaceDeclaration>();
  each(parsed(path), (node) => {
    if (ts.isInterfaceDeclaration(node)) interfaces.set(node.name.text, node);
  });
  const membersOf = (name: string): readonly string[] => {
    const declared = interfaces.get(name);
    const extended = declared?.heritageClauses?.flatMap((clause) => clause.types.map((type) => type.expression.getText())) ?? [];
    return [...(declared?.members.map((member) => member.name?.getText() ?? '?') ?? []), ...extended.flatMap(membersOf)];
  };
  const found = new Map<string, readonly string[]>();
  for (const [name, declared] of interfaces) {
    if (!name.endsWith('Tables')) continue;
    for (const member of declared.members)
      if (ts.isPropertySignature(member) && member.type !== undefined) found.set(member.name.getText(), membersOf(member.type.getText()));
  }
  return found;
}
