/** A project's note: one rich shared text. */
import { CommandRefused } from '../crdt.js';
import { wellFormed } from '../json.js';
import type { Args } from './args.js';
import { diffTexts, rebase } from './diff.js';
import type { Command, ProductEdit, Query } from './document.js';
import type { Scalar } from './scalar.js';

/** UTF-16 units of the whole note after one of our own edits, a length that is known without reading it; what others make longer is still shown. */
export const NOTE_LENGTH_MAX = 256 * 1024;
/** No text of that many units has more bytes. */
const NOTE_BYTES_MAX = NOTE_LENGTH_MAX * 3;
const ROOT = 'note';
const FORMATS = ['bold', 'italic', 'underline', 'strike', 'code', 'link'] as const;

export type NoteCommand =
  | { readonly type: 'note.append'; readonly text: string }
  /** `base` is the text the person started from: what others wrote since then stays. */
  | { readonly type: 'note.edit'; readonly text: string; readonly base?: string }
  /** UTF-16 positions of the text as shown. */
  | { readonly type: 'note.replace'; readonly from: number; readonly to: number; readonly text: string }
  /** null takes a format away. */
  | {
      readonly type: 'note.format';
      readonly from: number;
      readonly to: number;
      readonly format: (typeof FORMATS)[number];
      readonly value: true | string | null;
    };
export type NoteQuery = { readonly type: 'note' } | { readonly type: 'note.runs' };

/** A range that cuts a surrogate pair takes the whole pair; an empty one stands before it. */
function range(doc: ProductEdit, args: Args): readonly [from: number, to: number] {
  const length = doc.length(ROOT);
  const inPair = (at: number): boolean =>
    isBetween(doc.unitAt(ROOT, at), 0xdc00, 0xdfff) && isBetween(doc.unitAt(ROOT, at - 1), 0xd800, 0xdbff);
  const [from, to] = [args.number('from', 0, length), args.number('to', 0, length)];
  if (!Number.isInteger(from) || !Number.isInteger(to) || from > to)
    throw new CommandRefused(`${args.type}: "from" and "to" must be whole numbers, the smaller first.`);
  const start = inPair(from) ? from - 1 : from;
  return [start, to === from ? start : inPair(to) ? to + 1 : to];
}

function isBetween(unit: number, least: number, most: number): boolean {
  return unit >= least && unit <= most;
}

function mustFit(length: number): void {
  if (length > NOTE_LENGTH_MAX) throw new CommandRefused(`The note would be longer than ${NOTE_LENGTH_MAX} characters.`);
}

export const noteCommands: Readonly<Record<NoteCommand['type'], Command>> = {
  'note.append'(doc, args) {
    const added = args.text('text', NOTE_BYTES_MAX);
    mustFit(doc.length(ROOT) + added.length);
    doc.splice(ROOT, doc.length(ROOT), 0, added);
    return { length: doc.length(ROOT) };
  },
  'note.edit'(doc, args) {
    const wanted = args.text('text', NOTE_BYTES_MAX);
    mustFit(wanted.length);
    const text = doc.text(ROOT);
    const base = args.has('base') ? args.raw('base') : text;
    if (typeof base !== 'string' || base.length > NOTE_LENGTH_MAX * 4)
      throw new CommandRefused('note.edit: "base" must be the text the edit started from.');
    const hunks = base === text ? diffTexts(text, wanted) : rebase(wellFormed(base), wanted, text);
    for (const hunk of hunks.toReversed()) doc.splice(ROOT, hunk.at, hunk.removed, hunk.inserted);
    return { edits: hunks.length };
  },
  'note.replace'(doc, args) {
    const [from, to] = range(doc, args);
    const inserted = args.text('text', NOTE_BYTES_MAX);
    mustFit(doc.length(ROOT) - (to - from) + inserted.length);
    doc.splice(ROOT, from, to - from, inserted);
    return { length: doc.length(ROOT) };
  },
  'note.format'(doc, args) {
    const [from, to] = range(doc, args);
    const format = FORMATS.find((one) => one === args.raw('format'));
    if (format === undefined) throw new CommandRefused(`note.format: "format" must be one of ${FORMATS.join(', ')}.`);
    const value: Scalar = args.scalar('value', 2048);
    if (value !== null && (format === 'link' ? typeof value !== 'string' : value !== true))
      throw new CommandRefused('note.format: "value" must be true, null, or an address for a link.');
    if (to > from) doc.format(ROOT, from, to - from, { [format]: value });
    return { length: to - from };
  },
};

export const noteQueries: Readonly<Record<NoteQuery['type'], Query>> = {
  note: (doc) => ({ text: doc.text(ROOT) }),
  'note.runs': (doc) => doc.runs(ROOT).map(({ text, attributes }) => ({ text, attributes })),
};
