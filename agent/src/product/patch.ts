/** A patch file: edits that could not be sent, in words a person can read and another device can make its own. Written and read strictly. */
import type { Difference } from '@leanvibe/core/doc/product/difference';
import { ControlFailure } from '../control/error.js';

export const PATCH_FORMAT = 'leanvibe-unsent';
export const PATCH_VERSION = 1;
export const PATCH_BYTES_MAX = 64 * 1024 * 1024;

export interface Patch {
  readonly format: typeof PATCH_FORMAT;
  readonly version: number;
  readonly madeAt: string;
  /** Whose edits these are. */
  readonly device: { readonly id: string; readonly name: string };
  readonly documents: readonly PatchDocument[];
}

export interface PatchDocument {
  readonly space: { readonly id: string; readonly name: string };
  readonly project: { readonly id: string; readonly name: string } | null;
  readonly document: string;
  readonly documentId: string;
  readonly note: PatchNote | null;
  readonly items: readonly PatchItem[];
  /** Something of another program that no words here are for: it is not in this file. */
  readonly other: boolean;
}

export interface PatchNote {
  readonly before: string;
  readonly after: string;
  /** The lines that differ, for people. */
  readonly lines: readonly string[];
}

export interface PatchItem {
  readonly part: string;
  readonly what: 'added' | 'changed' | 'removed';
  readonly id: string;
  readonly before: string | null;
  readonly after: string | null;
  readonly from: Fields | null;
  readonly to: Fields | null;
}

export type Fields = Readonly<Record<string, unknown>>;

/** Machine-owned facts are worked out anew on any device, and names belong to their owners. */
export const CARRIED: ReadonlySet<string> = new Set(['task', 'suggestion', 'project']);

export function patchDocument(
  place: Pick<PatchDocument, 'space' | 'project' | 'document' | 'documentId'>,
  { note, items }: Difference,
  other: boolean,
): PatchDocument {
  return {
    ...place,
    note:
      note === null
        ? null
        : { before: note.before, after: note.after, lines: note.lines.map(({ mark, text }) => `${mark} ${text}`.trimEnd()) },
    items: items
      .filter(({ part }) => CARRIED.has(part))
      .map(({ from, to, ...item }) => ({ ...item, from: from as Fields | null, to: to as Fields | null })),
    other,
  };
}

export function holdsWords({ note, items }: PatchDocument): boolean {
  return note !== null || items.length > 0;
}

export function patchText(patch: Patch): string {
  return `${JSON.stringify(patch, null, 2)}\n`;
}

const NOT_A_PATCH = 'this is no file of unsent edits';

/** From a file that anybody may have written; throws ControlFailure. */
export function readPatch(text: string): Patch {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new ControlFailure('refused', `${NOT_A_PATCH}: it is not JSON`, 'take the file that leanvibe unsent save wrote');
  }
  const given = record(value, '');
  if (given['format'] !== PATCH_FORMAT) throw new ControlFailure('refused', NOT_A_PATCH, 'take the file that leanvibe unsent save wrote');
  if (given['version'] !== PATCH_VERSION)
    throw new ControlFailure('refused', 'this file was written by another version of LeanVibe', 'update the older of the two');
  const device = record(given['device'], 'device');
  return {
    format: PATCH_FORMAT,
    version: PATCH_VERSION,
    madeAt: word(given['madeAt'], 'madeAt', 64),
    device: { id: word(device['id'], 'device.id', 128), name: word(device['name'], 'device.name', 256) },
    documents: many(given['documents'], 'documents', 100_000).map(readDocument),
  };
}

function readDocument(value: unknown, at: number): PatchDocument {
  const where = `documents[${at}]`;
  const given = record(value, where);
  const named = (what: unknown, place: string): { readonly id: string; readonly name: string } => {
    const one = record(what, place);
    return { id: word(one['id'], `${place}.id`, 128), name: word(one['name'], `${place}.name`, 1024) };
  };
  const note = given['note'] === null ? null : record(given['note'], `${where}.note`);
  return {
    space: named(given['space'], `${where}.space`),
    project: given['project'] === null ? null : named(given['project'], `${where}.project`),
    document: word(given['document'], `${where}.document`, 64),
    documentId: word(given['documentId'], `${where}.documentId`, 128),
    note:
      note === null
        ? null
        : {
            before: word(note['before'], `${where}.note.before`, NOTE_MAX),
            after: word(note['after'], `${where}.note.after`, NOTE_MAX),
            lines: [],
          },
    items: many(given['items'], `${where}.items`, 1_000_000).map((item, place) => readItem(item, `${where}.items[${place}]`)),
    other: given['other'] === true,
  };
}

const NOTE_MAX = 4 * 1024 * 1024;
const ITEM_ID = /^[0-9A-Za-z._:-]{1,128}$/;

function readItem(value: unknown, where: string): PatchItem {
  const given = record(value, where);
  const what = (['added', 'changed', 'removed'] as const).find((one) => one === given['what']);
  const id = word(given['id'], `${where}.id`, 128);
  if (what === undefined || !ITEM_ID.test(id)) throw bad(where);
  const text = (name: string): string | null => (given[name] === null ? null : word(given[name], `${where}.${name}`, NOTE_MAX));
  const fields = (name: string): Fields | null => (given[name] === null ? null : record(given[name], `${where}.${name}`));
  const [from, to] = [fields('from'), fields('to')];
  if ((what !== 'added' && from === null) || (what !== 'removed' && to === null)) throw bad(where);
  return { part: word(given['part'], `${where}.part`, 64), what, id, before: text('before'), after: text('after'), from, to };
}

function bad(where: string): ControlFailure {
  return new ControlFailure('refused', `${NOT_A_PATCH}: ${where} is not as it must be`, 'take the file as leanvibe unsent save wrote it');
}

function record(value: unknown, where: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw bad(where === '' ? 'the whole' : where);
  return value as Fields;
}

function word(value: unknown, where: string, max: number): string {
  if (typeof value !== 'string' || value.length > max) throw bad(where);
  return value;
}

function many(value: unknown, where: string, max: number): readonly unknown[] {
  if (!Array.isArray(value) || value.length > max) throw bad(where);
  return value as readonly unknown[];
}
