/** A project's words as one value, taken over into another document: sharing makes a new document from the state (C2), and brings over what was written late. */
import { CommandRefused, type Json } from '../crdt.js';
import { isList } from '../json.js';
import { type Args, readArgs } from './args.js';
import { diffTexts, rebase } from './diff.js';
import type { Command, ProductEdit, ProductView, Query } from './document.js';
import { compare } from './records.js';
import type { Scalar } from './scalar.js';

const ROOTS = ['activity', 'suggestions', 'tasks'] as const;
const NOTE = 'note';
const MARKS = 'copies';
const KEY_CHARS_MAX = 512;
/** Records of one document; more than any product document of ours holds. */
const RECORDS_MAX = 1_000_000;

export type CopyQuery = { readonly type: 'copy' };
/**
 * Takes over what `copy` has and `base` had not; where both this document and `copy` changed one field, this document's word stays.
 * Without `base` nothing that is here is changed, and lines of the note that are missing here are added at its end.
 * `mark`: what is taken over is noted by where it came from, and taken once.
 */
export type CopyCommand = {
  readonly type: 'copy.in';
  readonly copy: Copy;
  readonly base?: Copy;
  readonly mark: { readonly from: string; readonly digest: string };
};

export interface Copy {
  /** Root, key, value; sorted. */
  readonly records: readonly (readonly [root: string, key: string, value: Scalar])[];
  readonly note: readonly { readonly text: string; readonly attributes: Json }[];
}

type Records = ReadonlyMap<string, Scalar>;
const keyOf = (root: string, key: string): string => `${root} ${key}`;

function copyOf(doc: ProductView): Copy {
  const records = ROOTS.flatMap((root) =>
    [...doc.entries(root)]
      .filter(([key]) => key.length <= KEY_CHARS_MAX)
      .sort((a, b) => compare(a[0], b[0]))
      .map(([key, value]) => [root, key, value] as const),
  );
  return { records, note: doc.runs(NOTE).map(({ text, attributes }) => ({ text, attributes })) };
}

const isScalar = (value: Json | undefined): value is Scalar => value === null || ['boolean', 'number', 'string'].includes(typeof value);

function readCopy(args: Args, name: string): Copy {
  const refuse = (): never => {
    throw new CommandRefused(`copy.in: "${name}" must be what the view "copy" answers.`);
  };
  const given = args.raw(name) as { readonly records?: Json; readonly note?: Json } | null;
  const { records, note } = given ?? {};
  if (records === undefined || note === undefined || records === null || note === null || !isList(records) || !isList(note))
    return refuse();
  if (records.length > RECORDS_MAX) return refuse();
  for (const row of records) {
    if (row === null || !isList(row) || row.length !== 3) return refuse();
    const [root, key, value] = row;
    if (typeof key !== 'string' || key.length > KEY_CHARS_MAX || !ROOTS.some((one) => one === root) || !isScalar(value)) return refuse();
  }
  for (const run of note) if (typeof run !== 'object' || run === null || isList(run) || typeof run['text'] !== 'string') return refuse();
  return given as unknown as Copy;
}

const byKey = ({ records }: Copy): Records => new Map(records.map(([root, key, value]) => [keyOf(root, key), value]));
const textOf = ({ note }: Copy): string => note.map(({ text }) => text).join('');

function takeRecords(doc: ProductEdit, copy: Copy, base: Copy | null): void {
  const before: Records = base === null ? new Map() : byKey(base);
  for (const [root, key, value] of copy.records) {
    const was = before.get(keyOf(root, key));
    if (was !== value && doc.get(root, key) === was) doc.set(root, key, value);
  }
  const now = byKey(copy);
  for (const [root, key, value] of base?.records ?? [])
    if (!now.has(keyOf(root, key)) && doc.get(root, key) === value) doc.remove(root, key);
}

function takeNote(doc: ProductEdit, copy: Copy, base: Copy | null): void {
  const [here, wanted] = [doc.text(NOTE), textOf(copy)];
  if (here === wanted) return;
  if (here === '' && (base === null || textOf(base) === '')) return insertRuns(doc, copy);
  if (base === null) return addMissingLines(doc, here, wanted);
  const was = textOf(base);
  const hunks = was === here ? diffTexts(here, wanted) : rebase(was, wanted, here);
  for (const hunk of hunks.toReversed()) doc.splice(NOTE, hunk.at, hunk.removed, hunk.inserted);
}

function insertRuns(doc: ProductEdit, { note }: Copy): void {
  doc.splice(NOTE, 0, 0, note.map(({ text }) => text).join(''));
  let at = 0;
  for (const { text, attributes } of note) {
    const formats = typeof attributes === 'object' && attributes !== null && !isList(attributes) ? Object.entries(attributes) : [];
    for (const [name, value] of formats) if (value !== null && isScalar(value)) doc.format(NOTE, at, text.length, { [name]: value });
    at += text.length;
  }
}

function addMissingLines(doc: ProductEdit, here: string, wanted: string): void {
  const known = new Set(here.split('\n'));
  const missing = wanted.split('\n').filter((line) => line.trim() !== '' && !known.has(line));
  if (missing.length > 0) doc.splice(NOTE, here.length, 0, `${here.endsWith('\n') ? '' : '\n'}${missing.join('\n')}\n`);
}

export const copyCommands: Readonly<Record<CopyCommand['type'], Command>> = {
  'copy.in'(doc, args) {
    const copy = readCopy(args, 'copy');
    const base = args.has('base') ? readCopy(args, 'base') : null;
    const mark = readArgs({ ...(args.raw('mark') as object), type: 'copy.in mark' });
    const [from, digest] = [mark.id('from'), mark.id('digest')];
    if (doc.get(MARKS, from) === digest) return null;
    doc.set(MARKS, from, digest);
    takeRecords(doc, copy, base);
    takeNote(doc, copy, base);
    return null;
  },
};

export const copyQueries: Readonly<Record<CopyQuery['type'], Query>> = {
  copy: (doc) => copyOf(doc) as unknown as Json,
};
