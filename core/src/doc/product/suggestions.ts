/** Suggestions and their verdicts: two people who decide differently at the same time both keep their word, until somebody settles it. */
import { CommandRefused, type Json } from '../crdt.js';
import { isList, parseJson } from '../json.js';
import { type Args, isId, isTime } from './args.js';
import type { Command, ProductView, Query } from './document.js';
import type { Scalar } from './scalar.js';
import { byTime, type Fields, numberOf, records, textOf } from './records.js';
import { BY_BYTES_MAX } from './tasks.js';

/** UTF-8 bytes of a prompt and of a suggestion. */
export const SUGGESTION_BYTES_MAX = 256 * 1024;
const FILE_BYTES_MAX = 4096;
const ROOT = 'suggestions';
/** Verdicts one verdict can supersede, and so the most that are kept of one suggestion. */
const VERDICTS_MAX = 64;

export type Verdict = 'accept' | 'reject';
export type SuggestionState = 'pending' | 'accepted' | 'rejected' | 'conflict';
export type SuggestionCommand =
  | {
      readonly type: 'suggestion.add';
      readonly id?: string;
      readonly file: string;
      readonly line: number;
      readonly prompt: string;
      readonly suggestion: string;
      readonly model: string;
      /** 0 to 1. */
      readonly confidence: number;
      readonly tokens: number;
      readonly responseMs: number;
      readonly by: string;
      readonly at: string;
    }
  /** Supersedes every verdict this device knows; those it does not know stand beside it. */
  | { readonly type: 'suggestion.verdict'; readonly id: string; readonly verdict: Verdict; readonly by: string; readonly at: string };
export type SuggestionQuery = { readonly type: 'suggestions'; readonly state?: SuggestionState; readonly limit?: number };

export interface VerdictRow {
  readonly verdict: Verdict;
  readonly by: string;
  readonly at: string;
  /** False once a later verdict superseded it. */
  readonly current: boolean;
}
export interface Suggestion {
  readonly id: string;
  readonly file: string;
  readonly line: number;
  readonly prompt: string;
  readonly suggestion: string;
  readonly model: string;
  readonly confidence: number;
  readonly tokens: number;
  readonly responseMs: number;
  readonly createdBy: string | null;
  readonly createdAt: string | null;
  readonly verdicts: readonly VerdictRow[];
  readonly state: SuggestionState;
}

interface Given {
  readonly id: string;
  readonly verdict: Verdict;
  readonly by: string;
  readonly at: string;
  readonly over: readonly string[];
}

/** One verdict is one key with one text, so that it is there whole or not at all. */
function given(fields: Fields): readonly Given[] {
  const rows: Given[] = [];
  for (const [name, value] of fields) {
    if (!name.startsWith('verdict/') || typeof value !== 'string' || value.length > 16 * 1024) continue;
    const parsed = parseJson(value);
    if (parsed === undefined || parsed === null || !isList(parsed) || parsed.length !== 4) continue;
    const [verdict, by, at, over] = parsed as [Json, Json, Json, Json];
    const id = name.slice('verdict/'.length);
    if (
      !isId(id) ||
      (verdict !== 'accept' && verdict !== 'reject') ||
      typeof by !== 'string' ||
      typeof at !== 'string' ||
      !isTime(at) ||
      !isList(over)
    )
      continue;
    rows.push({ id, verdict, by, at, over: over.filter((one) => typeof one === 'string') });
  }
  return rows.sort(byTime((row) => row.at));
}

function judge(rows: readonly Given[]): { readonly verdicts: readonly VerdictRow[]; readonly state: SuggestionState } {
  const superseded = new Set(rows.flatMap((row) => row.over));
  const current = rows.filter((row) => !superseded.has(row.id));
  const words = new Set(current.map((row) => row.verdict));
  const state = words.size === 0 ? 'pending' : words.size === 2 ? 'conflict' : words.has('accept') ? 'accepted' : 'rejected';
  return { verdicts: rows.map(({ id, verdict, by, at }) => ({ verdict, by, at, current: !superseded.has(id) })), state };
}

function row(id: string, fields: Fields): Suggestion | null {
  const [file, suggestion] = [textOf(fields, 'file', FILE_BYTES_MAX), textOf(fields, 'suggestion', SUGGESTION_BYTES_MAX)];
  if (file === null || suggestion === null) return null;
  const confidence = numberOf(fields, 'confidence') ?? 0;
  return {
    id,
    file,
    line: numberOf(fields, 'line') ?? 0,
    prompt: textOf(fields, 'prompt', SUGGESTION_BYTES_MAX) ?? '',
    suggestion,
    model: textOf(fields, 'model', BY_BYTES_MAX) ?? '',
    confidence: Math.min(1, Math.max(0, confidence)),
    tokens: numberOf(fields, 'tokens') ?? 0,
    responseMs: numberOf(fields, 'responseMs') ?? 0,
    createdBy: textOf(fields, 'createdBy', BY_BYTES_MAX),
    createdAt: textOf(fields, 'createdAt'),
    ...judge(given(fields)),
  };
}

function fieldsOf(args: Args): Readonly<Record<string, Scalar>> {
  return {
    file: args.text('file', FILE_BYTES_MAX, 1),
    line: args.number('line', 0, 1e9),
    prompt: args.text('prompt', SUGGESTION_BYTES_MAX),
    suggestion: args.text('suggestion', SUGGESTION_BYTES_MAX),
    model: args.text('model', BY_BYTES_MAX),
    confidence: args.number('confidence', 0, 1),
    tokens: args.number('tokens', 0, 1e12),
    responseMs: args.number('responseMs', 0, 1e12),
    createdBy: args.text('by', BY_BYTES_MAX),
    createdAt: args.time('at'),
  };
}

function verdictsOf(doc: ProductView, id: string): readonly Given[] {
  const prefix = `${id}/`;
  const fields = new Map<string, Scalar>();
  for (const [key, value] of doc.entries(ROOT)) if (key.startsWith(prefix)) fields.set(key.slice(prefix.length), value);
  return given(fields);
}

export const suggestionCommands: Readonly<Record<SuggestionCommand['type'], Command>> = {
  'suggestion.add'(doc, args) {
    const id = args.has('id') ? args.id('id') : doc.freshId();
    const fields = fieldsOf(args);
    if (doc.get(ROOT, `${id}/file`) !== undefined) throw new CommandRefused(`There is a suggestion "${id}" already.`);
    for (const [name, value] of Object.entries(fields)) doc.set(ROOT, `${id}/${name}`, value);
    return { id };
  },
  'suggestion.verdict'(doc, args) {
    const id = args.id('id');
    const verdict = args.raw('verdict');
    if (verdict !== 'accept' && verdict !== 'reject') throw new CommandRefused('suggestion.verdict: "verdict" must be accept or reject.');
    const [by, at] = [args.text('by', BY_BYTES_MAX), args.time('at')];
    if (typeof doc.get(ROOT, `${id}/file`) !== 'string') throw new CommandRefused(`There is no suggestion "${id}".`);
    const known = verdictsOf(doc, id);
    // Those superseded before are named through those that did it; beyond the limit the oldest are forgotten.
    for (const old of known.slice(0, Math.max(0, known.length - VERDICTS_MAX + 1))) doc.remove(ROOT, `${id}/verdict/${old.id}`);
    const superseded = new Set(known.flatMap((one) => one.over));
    const over = known.filter((one) => !superseded.has(one.id)).map((one) => one.id);
    doc.set(ROOT, `${id}/verdict/${doc.freshId()}`, JSON.stringify([verdict, by, at, over]));
    return { id };
  },
};

export const suggestionQueries: Readonly<Record<SuggestionQuery['type'], Query>> = {
  /** The newest first. */
  suggestions(doc, args) {
    const limit = args.has('limit') ? args.number('limit', 0, 100_000) : 100_000;
    const state = args.has('state') ? args.raw('state') : null;
    const rows: Suggestion[] = [];
    for (const [id, fields] of records(doc, ROOT)) {
      const one = row(id, fields);
      if (one !== null && (state === null || one.state === state)) rows.push(one);
    }
    return rows
      .sort(byTime((one) => one.createdAt ?? ''))
      .reverse()
      .slice(0, limit) as unknown as Json;
  },
};
