/** Differences: two states of a document, told apart in a person's words — a note's lines, tasks, suggestions, names, facts. Pure. */
import type { CrdtKind } from '@leanvibe/protocol/change';
import type { Json } from '../crdt.js';
import type { CatalogProject } from './catalog.js';
import { diffTexts } from './diff.js';
import type { Suggestion } from './suggestions.js';
import type { Task } from './tasks.js';

/** A line of a note: kept for context, taken away, or new. */
export interface NoteLine {
  readonly mark: ' ' | '-' | '+';
  readonly text: string;
}

export interface NoteDifference {
  readonly before: string;
  readonly after: string;
  readonly lines: readonly NoteLine[];
}

export interface ItemDifference {
  readonly part: 'task' | 'suggestion' | 'project' | 'device' | 'person' | 'fact' | 'token';
  readonly what: 'added' | 'changed' | 'removed';
  readonly id: string;
  /** In words; null where there was, or is, none. */
  readonly before: string | null;
  readonly after: string | null;
  /** The whole item, for programs. */
  readonly from: Json;
  readonly to: Json;
}

export interface Difference {
  /** Null when the note is the same. */
  readonly note: NoteDifference | null;
  readonly items: readonly ItemDifference[];
}

const QUERIES: { readonly [kind in CrdtKind]?: readonly Json[] } = {
  yjs: [{ type: 'note' }, { type: 'tasks' }, { type: 'suggestions' }, { type: 'catalog' }],
  facts: [{ type: 'latest' }],
  model: [{ type: 'tokens' }],
};

/** What to ask of a document of this kind; the answers, in this order, are what `differenceOf` compares. */
export function differenceQueries(kind: CrdtKind): readonly Json[] {
  return QUERIES[kind] ?? [];
}

export function differenceOf(kind: CrdtKind, before: readonly Json[], after: readonly Json[]): Difference {
  if (kind === 'facts') return { note: null, items: factItems(before[0] ?? null, after[0] ?? null) };
  if (kind === 'model') return { note: null, items: items('token', before[0] ?? [], after[0] ?? [], (one) => String(one['label'])) };
  const [noteBefore, noteAfter] = [textIn(before[0]), textIn(after[0])];
  const [catalogBefore, catalogAfter] = [before[3], after[3]] as unknown as readonly [CatalogParts, CatalogParts];
  return {
    note: noteBefore === noteAfter ? null : { before: noteBefore, after: noteAfter, lines: noteLines(noteBefore, noteAfter) },
    items: [
      ...items('task', before[1] ?? [], after[1] ?? [], (one) => taskWords(one as unknown as Task)),
      ...items('suggestion', before[2] ?? [], after[2] ?? [], (one) => suggestionWords(one as unknown as Suggestion)),
      ...items('project', catalogBefore.projects, catalogAfter.projects, (one) => String(one['name'])),
      ...items('device', catalogBefore.devices, catalogAfter.devices, (one) => String(one['name'])),
      ...items('person', catalogBefore.people, catalogAfter.people, (one) => String(one['name'])),
    ],
  };
}

interface CatalogParts {
  readonly projects: readonly CatalogProject[] & Json;
  readonly devices: Json;
  readonly people: Json;
}

type Item = Readonly<Record<string, Json>>;

function textIn(view: Json | undefined): string {
  const text = (view as Item | undefined)?.['text'];
  return typeof text === 'string' ? text : '';
}

function taskWords({ done, title }: Task): string {
  return `[${done ? 'x' : ' '}] ${title}`;
}

const WORDS_MAX = 200;

function suggestionWords({ file, line, state, suggestion }: Suggestion): string {
  const first = suggestion.split('\n', 1)[0] ?? '';
  return `${file}:${line} (${state}) ${first.slice(0, WORDS_MAX)}`;
}

function byId(view: Json): ReadonlyMap<string, Item> {
  return new Map((Array.isArray(view) ? (view as readonly Item[]) : []).map((one) => [String(one['id']), one]));
}

/** New ones in the order they are shown in, then what changed and what is gone. */
function items(part: ItemDifference['part'], before: Json, after: Json, words: (item: Item) => string): readonly ItemDifference[] {
  const [old, fresh] = [byId(before), byId(after)];
  const found: ItemDifference[] = [];
  for (const [id, item] of fresh) {
    const was = old.get(id);
    if (was === undefined) found.push({ part, what: 'added', id, before: null, after: words(item), from: null, to: item });
    else if (JSON.stringify(was) !== JSON.stringify(item))
      found.push({ part, what: 'changed', id, before: words(was), after: words(item), from: was, to: item });
  }
  for (const [id, item] of old)
    if (!fresh.has(id)) found.push({ part, what: 'removed', id, before: words(item), after: null, from: item, to: null });
  return found;
}

function factItems(before: Json, after: Json): readonly ItemDifference[] {
  const rows = (view: Json): Json =>
    Object.entries((view ?? {}) as Readonly<Record<string, Item>>).map(([id, fact]) => ({ id, value: fact['value'] ?? null }));
  return items(
    'fact',
    rows(before),
    rows(after),
    (one) => `${String(one['id'])}: ${JSON.stringify(one['value'] ?? null).slice(0, WORDS_MAX)}`,
  );
}

const CONTEXT_LINES = 2;

/** Whole lines around every word that changed, with two lines of context. */
export function noteLines(before: string, after: string): readonly NoteLine[] {
  const blocks = lineBlocks(before, after);
  const [old, fresh] = [linesOf(before), linesOf(after)];
  const lines: NoteLine[] = [];
  const say = (mark: NoteLine['mark'], of: readonly string[], from: number, to: number): void => {
    for (const line of of.slice(from, to)) lines.push({ mark, text: line.replace(/\n$/, '') });
  };
  let shown = 0;
  for (const [at, block] of blocks.entries()) {
    say(' ', old, Math.max(shown, block.old.from - CONTEXT_LINES), block.old.from);
    say('-', old, block.old.from, block.old.to);
    say('+', fresh, block.fresh.from, block.fresh.to);
    shown = Math.min(block.old.to + CONTEXT_LINES, blocks[at + 1]?.old.from ?? old.length);
    say(' ', old, block.old.to, shown);
  }
  return lines;
}

/** Each with the break that ends it. */
function linesOf(text: string): readonly string[] {
  return text === '' ? [] : text.split(/(?<=\n)/);
}

interface Span {
  readonly from: number;
  readonly to: number;
}

/** Runs of lines that gave way to others; those that touch are one. */
function lineBlocks(before: string, after: string): readonly { readonly old: Span; readonly fresh: Span }[] {
  const [oldLine, freshLine] = [lineCounter(before), lineCounter(after)];
  const blocks: { old: { from: number; to: number }; fresh: { from: number; to: number } }[] = [];
  let shift = 0;
  for (const { at, removed, inserted } of diffTexts(before, after)) {
    const old = { from: oldLine(at), to: oldLine(at + removed) + 1 };
    const fresh = { from: freshLine(at + shift), to: freshLine(at + shift + inserted.length) + 1 };
    shift += inserted.length - removed;
    const last = blocks.at(-1);
    if (last !== undefined && (old.from < last.old.to || fresh.from < last.fresh.to)) {
      last.old.to = Math.max(last.old.to, old.to);
      last.fresh.to = Math.max(last.fresh.to, fresh.to);
    } else blocks.push({ old, fresh });
  }
  return blocks.map(trimmed(linesOf(before), linesOf(after)));
}

/** Lines alike at the ends of a block are no part of it: a line appended touches the end of the one before. */
function trimmed(old: readonly string[], fresh: readonly string[]) {
  return (block: { readonly old: Span; readonly fresh: Span }): { readonly old: Span; readonly fresh: Span } => {
    let head = 0;
    const most = Math.min(block.old.to - block.old.from, block.fresh.to - block.fresh.from);
    while (head < most && old[block.old.from + head] === fresh[block.fresh.from + head]) head++;
    let tail = 0;
    while (tail < most - head && old[block.old.to - 1 - tail] === fresh[block.fresh.to - 1 - tail]) tail++;
    return {
      old: { from: block.old.from + head, to: block.old.to - tail },
      fresh: { from: block.fresh.from + head, to: block.fresh.to - tail },
    };
  };
}

/** The line a position is on; positions must be asked in ascending order. */
function lineCounter(text: string): (at: number) => number {
  let line = 0;
  let seen = 0;
  return (at) => {
    for (; seen < at; seen++) if (text.charCodeAt(seen) === 10) line++;
    return line;
  };
}
