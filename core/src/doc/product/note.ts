/** A project's note: one rich shared text. */
import { CommandRefused } from '../crdt.js';
import { wellFormed } from '../json.js';
import { type Args, utf8Length } from './args.js';
import { diffTexts, rebase } from './diff.js';
import type { Command, ProductEdit, Query, Scalar } from './document.js';

/** UTF-8 bytes of the whole note after one of our own edits; what others make longer is still shown. */
export const NOTE_BYTES_MAX = 256 * 1024;
const ROOT = 'note';
const FORMATS = ['bold', 'italic', 'underline', 'strike', 'code', 'link'] as const;

export type NoteCommand =
  | { readonly type: 'note.append'; readonly text: string }
  /** `base` is the text the person started from: what others wrote since then stays. */
  | { readonly type: 'note.edit'; readonly text: string; readonly base?: string }
  /** UTF-16 positions of the text as shown. */
  | { readonly type: 'note.replace'; readonly from: number; readonly to: number; readonly text: string }
  /** null takes a format away. */
  | { readonly type: 'note.format'; readonly from: number; readonly to: number; readonly format: (typeof FORMATS)[number]; readonly value: true | string | null };
export type NoteQuery = { readonly type: 'note' } | { readonly type: 'note.runs' };

/** A range that cuts a surrogate pair takes the whole pair; an empty one stands before it. */
function range(doc: ProductEdit, args: Args): readonly [from: number, to: number, text: string] {
  const text = doc.text(ROOT);
  const inPair = (at: number): boolean => /^[\ud800-\udbff][\udc00-\udfff]$/.test(text.slice(at - 1, at + 1));
  const [from, to] = [args.number('from', 0, text.length), args.number('to', 0, text.length)];
  if (!Number.isInteger(from) || !Number.isInteger(to) || from > to) throw new CommandRefused(`${args.type}: "from" and "to" must be whole numbers, the smaller first.`);
  const start = from > 0 && inPair(from) ? from - 1 : from;
  return [start, to === from ? start : to < text.length && inPair(to) ? to + 1 : to, text];
}

function mustFit(text: string): void {
  if (utf8Length(text) > NOTE_BYTES_MAX) throw new CommandRefused(`The note would be longer than ${NOTE_BYTES_MAX / 1024} KiB.`);
}

export const noteCommands: Readonly<Record<NoteCommand['type'], Command>> = {
  'note.append'(doc, args) {
    const added = args.text('text', NOTE_BYTES_MAX);
    const text = doc.text(ROOT);
    mustFit(text + added);
    doc.splice(ROOT, text.length, 0, added);
    return { length: text.length + added.length };
  },
  'note.edit'(doc, args) {
    const wanted = args.text('text', NOTE_BYTES_MAX);
    const text = doc.text(ROOT);
    const base = args.has('base') ? args.raw('base') : text;
    if (typeof base !== 'string' || base.length > NOTE_BYTES_MAX * 4) throw new CommandRefused('note.edit: "base" must be the text the edit started from.');
    const hunks = base === text ? diffTexts(text, wanted) : rebase(wellFormed(base), wanted, text);
    for (const hunk of hunks.toReversed()) doc.splice(ROOT, hunk.at, hunk.removed, hunk.inserted);
    return { edits: hunks.length };
  },
  'note.replace'(doc, args) {
    const [from, to, text] = range(doc, args);
    const inserted = args.text('text', NOTE_BYTES_MAX);
    mustFit(text.slice(0, from) + inserted + text.slice(to));
    doc.splice(ROOT, from, to - from, inserted);
    return { length: text.length - (to - from) + inserted.length };
  },
  'note.format'(doc, args) {
    const [from, to] = range(doc, args);
    const format = FORMATS.find((one) => one === args.raw('format'));
    if (format === undefined) throw new CommandRefused(`note.format: "format" must be one of ${FORMATS.join(', ')}.`);
    const value: Scalar = args.scalar('value', 2048);
    if (value !== null && (format === 'link' ? typeof value !== 'string' : value !== true)) throw new CommandRefused('note.format: "value" must be true, null, or an address for a link.');
    if (to > from) doc.format(ROOT, from, to - from, { [format]: value });
    return { length: to - from };
  },
};

export const noteQueries: Readonly<Record<NoteQuery['type'], Query>> = {
  note: (doc) => ({ text: doc.text(ROOT) }),
  'note.runs': (doc) => doc.runs(ROOT).map(({ text, attributes }) => ({ text, attributes })),
};
