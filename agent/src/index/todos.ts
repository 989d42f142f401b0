/** Finding TODO, FIXME, XXX and HACK in a file's bytes: plain byte search, so that no content can make it slow. */
import { TODO_TEXT_CHARS_MAX, TODOS_PER_FILE_MAX } from './limits.js';
import type { TodoTag } from './project-index.js';

export interface FoundTodo {
  readonly line: number;
  readonly tag: TodoTag;
  readonly text: string;
}

export interface TodosOfFile {
  /** Lines that hold a tag. */
  readonly count: number;
  /** The first 200 of them. */
  readonly list: readonly FoundTodo[];
}

const NONE: TodosOfFile = { count: 0, list: [] };
const TAGS: readonly { readonly tag: TodoTag; readonly bytes: Buffer }[] = (['TODO', 'FIXME', 'XXX', 'HACK'] as const).map((tag) => ({
  tag,
  bytes: Buffer.from(tag),
}));
const NEWLINE = 0x0a;
/** UTF-8 takes at most four bytes a character, so this always holds the characters that are kept. */
const TEXT_BYTES_MAX = TODO_TEXT_CHARS_MAX * 4;

function isWord(byte: number | undefined): boolean {
  if (byte === undefined) return false;
  return (byte >= 0x30 && byte <= 0x39) || (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x61 && byte <= 0x7a) || byte === 0x5f;
}

function hitsOf(file: Buffer, bytes: Buffer, tag: TodoTag, hits: { at: number; tag: TodoTag }[]): void {
  for (let at = file.indexOf(bytes); at !== -1; ) {
    const end = at + bytes.length;
    const alone = !isWord(file[at - 1]) && !isWord(file[end]);
    if (!alone) {
      let next = end;
      while (isWord(file[next])) next += 1;
      at = file.indexOf(bytes, next);
      continue;
    }
    hits.push({ at, tag });
    // One entry per line: the rest of this line cannot add another of the same tag.
    const lineEnd = file.indexOf(NEWLINE, end);
    at = lineEnd === -1 ? -1 : file.indexOf(bytes, lineEnd + 1);
  }
}

function textAt(file: Buffer, at: number): string {
  const lineEnd = file.indexOf(NEWLINE, at);
  const end = Math.min(lineEnd === -1 ? file.length : lineEnd, at + TEXT_BYTES_MAX);
  const text = tidy(file.toString('utf8', at, end)).trimEnd();
  const cut = text.slice(0, TODO_TEXT_CHARS_MAX);
  const last = cut.charCodeAt(cut.length - 1);
  return last >= 0xd800 && last <= 0xdbff ? cut.slice(0, -1) : cut;
}

/** Control characters would reach terminals and pages: each becomes a space. */
export function tidy(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, ' ');
}

/** `file` holds exactly one file's bytes. Words are ASCII: `LC_ALL=C grep -cwE 'TODO|FIXME|XXX|HACK'` answers the same count. */
export function findTodos(file: Buffer): TodosOfFile {
  const hits: { at: number; tag: TodoTag }[] = [];
  for (const { tag, bytes } of TAGS) hitsOf(file, bytes, tag, hits);
  if (hits.length === 0) return NONE;
  hits.sort((one, other) => one.at - other.at);
  const list: FoundTodo[] = [];
  let count = 0;
  let line = 1;
  let lineStart = 0;
  let lineOfLast = 0;
  for (const { at, tag } of hits) {
    for (let next = file.indexOf(NEWLINE, lineStart); next !== -1 && next < at; next = file.indexOf(NEWLINE, lineStart)) {
      line += 1;
      lineStart = next + 1;
    }
    if (line === lineOfLast) continue;
    lineOfLast = line;
    count += 1;
    if (list.length < TODOS_PER_FILE_MAX) list.push({ line, tag, text: textAt(file, at) });
  }
  return { count, list };
}
