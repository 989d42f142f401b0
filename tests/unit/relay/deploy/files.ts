/** The deployment's files for tests: found, read, and YAML parsed so strictly that a doubled key is an error. */
import { join } from 'node:path';
import { type Document, parseAllDocuments } from 'yaml';
import { filesUnder, read } from '../../../house/source.js';
import { ROOT } from '../../../help/root.js';

export const DEPLOY = join(ROOT, 'relay/deploy');

export function deployFiles(ending: RegExp): readonly string[] {
  return filesUnder('relay/deploy').filter((path) => ending.test(path));
}

/** Throws all that is wrong with the file; answers its documents. */
export function yamlOf(path: string, text = read(path)): readonly unknown[] {
  const documents = parseAllDocuments(text, { strict: true, uniqueKeys: true, merge: true, prettyErrors: true });
  if (!Array.isArray(documents)) return [];
  const wrong = documents.flatMap((document: Document.Parsed) => [...document.errors, ...document.warnings]);
  if (wrong.length > 0) throw new Error(`${path}: ${wrong.map((one) => one.message).join('; ')}`);
  return documents.map((document: Document.Parsed) => document.toJS() as unknown);
}

export function oneYaml<Shape>(path: string): Shape {
  const [first, ...more] = yamlOf(path);
  if (more.length > 0) throw new Error(`${path} holds several documents`);
  return first as Shape;
}
