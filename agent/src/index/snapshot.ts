/** What a scan remembers for the next one, as opaque bytes: it holds file names and TODO texts, so whoever stores it seals it. */
import type { FileRow } from './file-row.js';
import { NO_TODOS } from './file-row.js';
import type { GitState, Manifest } from './project-index.js';
import type { TodosOfFile } from './todos.js';

/** Bump whenever a row's meaning changes (a language table's change included): older bytes are then simply not used. */
const VERSION = 1;

export interface Remembered {
  readonly rows: ReadonlyMap<string, FileRow>;
  readonly git: Pick<GitState, 'head' | 'rootCommits' | 'shallow'> | null;
}

export const NOTHING_REMEMBERED: Remembered = { rows: new Map(), git: null };

/**
 * Bytes: length of the header (4, little-endian) · header (JSON) · paths (Latin-1, a NUL after each) · seven doubles a row
 * (in this machine's own order: size, mtimeMs, ctimeMs, ino, lines, language, flags). Numbers as text would cost more than the scan.
 */
const DOUBLES = 7;
const TEXT = 1;
const SEARCHED = 2;
const NO_LANGUAGE = -1;

/** The few rows that hold more than numbers. */
interface Extra {
  readonly row: number;
  readonly todos: TodosOfFile | null;
  readonly manifest: Manifest | null;
}

interface Header {
  readonly version: typeof VERSION;
  readonly folder: string;
  readonly git: Remembered['git'];
  readonly languages: readonly string[];
  readonly rows: number;
  readonly pathBytes: number;
  readonly extras: readonly Extra[];
}

function isKept(row: FileRow): boolean {
  return !row.racy && (row.state === 'text' || row.state === 'binary');
}

export function encodeSnapshot(folder: string, { rows, git }: Remembered): Uint8Array<ArrayBuffer> {
  const languages = new Map<string, number>();
  const paths: string[] = [];
  const extras: Extra[] = [];
  const numbers = new Float64Array(rows.size * DOUBLES);
  for (const [path, row] of rows) {
    if (!isKept(row)) continue;
    let language = NO_LANGUAGE;
    if (row.language !== null) {
      language = languages.get(row.language) ?? languages.size;
      languages.set(row.language, language);
    }
    if (row.todos.count > 0 || row.manifest !== null)
      extras.push({ row: paths.length, todos: row.todos.count > 0 ? row.todos : null, manifest: row.manifest });
    const at = paths.length * DOUBLES;
    numbers[at] = row.size;
    numbers[at + 1] = row.mtimeMs;
    numbers[at + 2] = row.ctimeMs;
    numbers[at + 3] = row.ino;
    numbers[at + 4] = row.lines;
    numbers[at + 5] = language;
    numbers[at + 6] = (row.state === 'text' ? TEXT : 0) | (row.searched ? SEARCHED : 0);
    paths.push(path);
  }
  const pathBytes = Buffer.from(paths.length === 0 ? '' : `${paths.join('\0')}\0`, 'latin1');
  const kept = git === null ? null : { head: git.head, rootCommits: git.rootCommits, shallow: git.shallow };
  const header: Header = {
    version: VERSION,
    folder,
    git: kept,
    languages: [...languages.keys()],
    rows: paths.length,
    pathBytes: pathBytes.length,
    extras,
  };
  const headerBytes = new TextEncoder().encode(JSON.stringify(header));
  const out = new Uint8Array(4 + headerBytes.length + pathBytes.length + paths.length * DOUBLES * 8);
  new DataView(out.buffer).setUint32(0, headerBytes.length, true);
  out.set(headerBytes, 4);
  out.set(pathBytes, 4 + headerBytes.length);
  out.set(new Uint8Array(numbers.buffer, 0, paths.length * DOUBLES * 8), 4 + headerBytes.length + pathBytes.length);
  return out;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isExtra(value: unknown): value is Extra {
  if (!isObject(value) || !('row' in value) || !('todos' in value) || !('manifest' in value) || typeof value.row !== 'number') return false;
  const { todos, manifest } = value;
  const todosFit =
    todos === null ||
    (isObject(todos) && 'count' in todos && typeof todos.count === 'number' && 'list' in todos && Array.isArray(todos.list));
  return todosFit && (manifest === null || isObject(manifest));
}

function isGit(value: unknown): value is Remembered['git'] {
  if (value === null) return true;
  if (!isObject(value) || !('head' in value) || !('rootCommits' in value) || !('shallow' in value)) return false;
  const { head, rootCommits, shallow } = value;
  return (
    (head === null || typeof head === 'string') &&
    typeof shallow === 'boolean' &&
    Array.isArray(rootCommits) &&
    rootCommits.every((one) => typeof one === 'string')
  );
}

function isHeader(value: unknown): value is Header {
  if (
    !isObject(value) ||
    !('version' in value) ||
    value.version !== VERSION ||
    !('folder' in value) ||
    !('git' in value) ||
    !isGit(value.git)
  )
    return false;
  if (!('rows' in value) || !Number.isSafeInteger(value.rows) || !('pathBytes' in value) || !Number.isSafeInteger(value.pathBytes))
    return false;
  if (!('languages' in value) || !Array.isArray(value.languages) || !value.languages.every((one) => typeof one === 'string')) return false;
  return 'extras' in value && Array.isArray(value.extras) && value.extras.every(isExtra);
}

function headerOf(bytes: Uint8Array): { readonly header: Header; readonly end: number } | null {
  if (bytes.length < 4) return null;
  const end = 4 + new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  if (end > bytes.length) return null;
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes.subarray(4, end)));
    return isHeader(value) ? { header: value, end } : null;
  } catch {
    // Damaged: as good as none, and the scan reads everything.
    return null;
  }
}

function rowsOf(header: Header, bytes: Uint8Array, start: number): ReadonlyMap<string, FileRow> | null {
  const { languages, pathBytes, extras } = header;
  if (pathBytes < 0 || header.rows < 0 || bytes.length !== start + pathBytes + header.rows * DOUBLES * 8) return null;
  const paths = Buffer.from(bytes.buffer, bytes.byteOffset + start, pathBytes)
    .toString('latin1')
    .split('\0');
  if (paths.length !== header.rows + 1) return null;
  // A copy, since doubles must stand at multiples of eight.
  const numbers = new Float64Array(bytes.slice(start + pathBytes).buffer);
  const more = new Map(extras.map((extra) => [extra.row, extra]));
  const rows = new Map<string, FileRow>();
  for (let row = 0; row < header.rows; row += 1) {
    const [size = 0, mtimeMs = 0, ctimeMs = 0, ino = 0, lines = 0, language = NO_LANGUAGE, flags = 0] = numbers.subarray(
      row * DOUBLES,
      (row + 1) * DOUBLES,
    );
    const extra = more.get(row);
    const state = (flags & TEXT) === 0 ? 'binary' : 'text';
    rows.set(paths[row] ?? '', {
      size,
      mtimeMs,
      ctimeMs,
      ino,
      state,
      lines,
      language: languages[language] ?? null,
      todos: extra?.todos ?? NO_TODOS,
      searched: (flags & SEARCHED) !== 0,
      manifest: extra?.manifest ?? null,
      racy: false,
    });
  }
  return rows;
}

/** Nothing remembered when the bytes are damaged, of another version or of another folder: the scan then reads everything. */
export function decodeSnapshot(folder: string, bytes: Uint8Array | null): Remembered {
  const found = bytes === null ? null : headerOf(bytes);
  if (bytes === null || found === null || found.header.folder !== folder) return NOTHING_REMEMBERED;
  const rows = rowsOf(found.header, bytes, found.end);
  return rows === null ? NOTHING_REMEMBERED : { rows, git: found.header.git };
}
