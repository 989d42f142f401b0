/** Reading one file safely: never through a link, never a FIFO or device, never more than one buffer of memory. */
import { closeSync, constants, lstatSync, openSync, readSync, type Stats } from 'node:fs';
import { absenceOf } from './absence.js';
import { countNewlines } from './count-lines.js';
import { absentRow, type FileRow, isRacy, NO_TODOS, stampOf, stillHolds } from './file-row.js';
import { detectLanguage } from './language/detect.js';
import { GROWTH_BYTES_MAX, MANIFEST_BYTES_MAX, PROBE_FIRST_BYTES, READ_BUFFER_BYTES, TEXT_PROBE_BYTES } from './limits.js';
import { manifestKindOf, readManifest } from './manifest/read.js';
import { isLockedByHome } from './own-home.js';
import { folderOf, toDisplay, toReal } from './path-bytes.js';
import { findTodos } from './todos.js';

/** Not through a link put there since it was looked at, and not waiting for a FIFO's writer. */
const OPEN_FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

export interface FileReader {
  /** `path` in Latin-1 bytes, relative. Resolves `known` itself where its stamp still holds. Only a file longer than the buffer takes a promise. */
  read(path: string, known: FileRow | undefined): FileRow | Promise<FileRow>;
  /** Files opened so far. */
  readonly opened: () => number;
}

export interface FileReaderDep {
  readonly folder: string;
  /** Lets other work of the thread run; rejects when the work was cancelled. */
  readonly breathe: () => Promise<void>;
}

/** One 4 MiB buffer for a thread's whole life: readers never hold bytes across a pause, except while streaming, which takes its own. */
const memory = new ArrayBuffer(READ_BUFFER_BYTES);
const buffer = Buffer.from(memory);
const words = new Int32Array(memory);
const probe = buffer.subarray(0, TEXT_PROBE_BYTES);

/** Reads on until `until` or the end; `size` spares the read that would only say that the end is there. */
function fill(handle: number, from: number, until: number, size: number): number {
  let length = from;
  while (length < until) {
    const count = readSync(handle, buffer, length, until - length, null);
    length += count;
    if (count === 0 || length === size) break;
  }
  return length;
}

/** What lies past `length` is left from other files and does not count. */
function isBinary(length: number): boolean {
  const at = probe.indexOf(0);
  return at !== -1 && at < length;
}

/** The rest of a file longer than the buffer; `bound` stops at one that grows as fast as it is read. */
async function streamLines(handle: number, bound: number, breathe: () => Promise<void>): Promise<number> {
  const chunkMemory = new ArrayBuffer(READ_BUFFER_BYTES);
  const chunk = Buffer.from(chunkMemory);
  const chunkWords = new Int32Array(chunkMemory);
  let lines = 0;
  for (let total = READ_BUFFER_BYTES; total < bound; ) {
    const count = readSync(handle, chunk, 0, READ_BUFFER_BYTES, null);
    if (count === 0) break;
    lines += countNewlines(chunk, chunkWords, count);
    total += count;
    await breathe();
  }
  return lines;
}

function binaryRow(stats: Stats): FileRow {
  return { ...absentRow('not-a-file', stampOf(stats)), state: 'binary' };
}

function textRow(path: string, stats: Stats, readAtMs: number, length: number): FileRow {
  const bytes = buffer.subarray(0, length);
  const name = path.slice(path.lastIndexOf('/') + 1);
  const kind = length <= MANIFEST_BYTES_MAX ? manifestKindOf(name) : null;
  return {
    size: stats.size,
    mtimeMs: stats.mtimeMs,
    ctimeMs: stats.ctimeMs,
    ino: stats.ino,
    state: 'text',
    lines: countNewlines(buffer, words, length),
    language: detectLanguage(name, bytes),
    todos: findTodos(bytes),
    searched: true,
    manifest: kind === null ? null : readManifest(kind, toDisplay(path), bytes.toString('utf8')),
    racy: isRacy(stats, readAtMs),
  };
}

async function longRow(path: string, stats: Stats, readAtMs: number, handle: number, breathe: () => Promise<void>): Promise<FileRow> {
  try {
    const stamp = stampOf(stats);
    const name = path.slice(path.lastIndexOf('/') + 1);
    const language = detectLanguage(name, buffer.subarray(0, TEXT_PROBE_BYTES));
    const first = countNewlines(buffer, words, READ_BUFFER_BYTES);
    const rest = await streamLines(handle, stats.size + GROWTH_BYTES_MAX, breathe);
    return {
      ...stamp,
      state: 'text',
      lines: first + rest,
      language,
      todos: NO_TODOS,
      searched: false,
      manifest: null,
      racy: isRacy(stamp, readAtMs),
    };
  } finally {
    closeSync(handle);
  }
}

function readOpened(path: string, stats: Stats, handle: number, { breathe }: FileReaderDep): FileRow | Promise<FileRow> {
  const readAtMs = Date.now();
  // A size of nothing may be a lie (files of /proc): such a file is read to its end.
  let length = stats.size > PROBE_FIRST_BYTES ? fill(handle, 0, TEXT_PROBE_BYTES, stats.size) : 0;
  if (!isBinary(length)) length = fill(handle, length, READ_BUFFER_BYTES, stats.size);
  if (isBinary(length)) return { ...binaryRow(stats), racy: isRacy(stats, readAtMs) };
  return length === READ_BUFFER_BYTES ? longRow(path, stats, readAtMs, handle, breathe) : textRow(path, stats, readAtMs, length);
}

/** A folder that is a link may lead anywhere: what git tracked below it counts as gone, as git itself has it. */
function createFolderCheck(folder: string): (path: string) => boolean {
  const real = new Map<string, boolean>([['', true]]);
  return function isReal(path: string): boolean {
    const known = real.get(path);
    if (known !== undefined) return known;
    let answer = isReal(folderOf(path));
    if (answer) {
      try {
        answer = lstatSync(toReal(folder, path)).isSymbolicLink() === false;
      } catch (error) {
        // Whatever is wrong with the folder shows again, with its reason, at the file itself.
        answer = absenceOf(error) !== 'not-a-file';
      }
    }
    real.set(path, answer);
    return answer;
  };
}

export function createFileReader(dep: FileReaderDep): FileReader {
  const isReal = createFolderCheck(dep.folder);
  let opened = 0;
  let lastFolder = '';
  let lastReal = true;
  /** Files come folder by folder, mostly. */
  const isInPlace = (path: string): boolean => {
    const slash = path.lastIndexOf('/');
    if (slash === lastFolder.length && path.startsWith(lastFolder)) return lastReal;
    lastFolder = folderOf(path);
    lastReal = isReal(lastFolder);
    return lastReal;
  };
  const read = (path: string, known: FileRow | undefined): FileRow | Promise<FileRow> => {
    if (!isInPlace(path)) return absentRow('missing');
    const real = toReal(dep.folder, path);
    let handle = -1;
    let handedOver = false;
    try {
      const stats = lstatSync(real);
      if (!stats.isFile()) return absentRow('not-a-file');
      if (isLockedByHome(dep.folder, path)) return absentRow('unreadable');
      if (known !== undefined && stillHolds(known, stats)) return known;
      handle = openSync(real, OPEN_FLAGS);
      opened += 1;
      const row = readOpened(path, stats, handle, dep);
      if (!(row instanceof Promise)) return row;
      handedOver = true;
      return row.catch(keepCancel);
    } catch (error) {
      return absentRow(absenceOf(error));
    } finally {
      if (handle !== -1 && !handedOver) closeSync(handle);
    }
  };
  return { read, opened: () => opened };
}

/** A read that failed half way is that file's trouble; a cancelled one is everybody's. */
function keepCancel(error: unknown): FileRow {
  if (error instanceof Error && 'code' in error) return absentRow(absenceOf(error));
  throw error;
}
