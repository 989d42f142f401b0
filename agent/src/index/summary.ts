/** Adding the rows of a scan up to the index. */
import { basename } from 'node:path';
import type { FileRow } from './file-row.js';
import type { RepositoryState } from './git/state.js';
import { NOT_PROGRAMMING } from './language/names.js';
import { LARGEST_MAX, MANIFESTS_MAX, PATH_LIST_MAX, TODO_LIST_MAX } from './limits.js';
import type { Listing } from './listing.js';
import { isOdd, toDisplay } from './path-bytes.js';
import type { LanguageRow, Manifest, ProjectIndex, Skipped, SkipReason, Todo } from './project-index.js';

/** What the worker knows; the main thread adds the time and whether it is watched. */
export type Summary = Omit<ProjectIndex, 'indexedAt' | 'watching' | 'snapshot' | 'filesRead'>;

interface Tally {
  files: number;
  lines: number;
}

interface Sums {
  lines: number;
  bytes: number;
  todos: number;
  sparse: number;
  oddNames: number;
  notSearched: number;
  missing: number;
  readonly otherText: Tally;
  readonly binary: { files: number; bytes: number };
  readonly languages: Map<string, Tally>;
  readonly todoList: Todo[];
  readonly manifests: Manifest[];
  readonly missingList: string[];
  readonly skipped: Record<SkipReason, number>;
  readonly skippedList: Skipped[];
  readonly largest: { path: string; bytes: number }[];
}

function emptySums(): Sums {
  return {
    lines: 0,
    bytes: 0,
    todos: 0,
    sparse: 0,
    oddNames: 0,
    notSearched: 0,
    missing: 0,
    otherText: { files: 0, lines: 0 },
    binary: { files: 0, bytes: 0 },
    languages: new Map(),
    todoList: [],
    manifests: [],
    missingList: [],
    skipped: { unreadable: 0, 'not-a-file': 0, 'name-too-long': 0, 'io-error': 0 },
    skippedList: [],
    largest: [],
  };
}

function addSkipped(sums: Sums, path: string, reason: SkipReason): void {
  sums.skipped[reason] += 1;
  if (sums.skippedList.length < PATH_LIST_MAX) sums.skippedList.push({ file: toDisplay(path), reason });
}

function addLargest(largest: { path: string; bytes: number }[], path: string, bytes: number): void {
  const least = largest.at(-1);
  if (largest.length === LARGEST_MAX && least !== undefined && bytes <= least.bytes) return;
  const place = largest.findIndex((one) => one.bytes < bytes);
  largest.splice(place === -1 ? largest.length : place, 0, { path, bytes });
  if (largest.length > LARGEST_MAX) largest.pop();
}

function addText(sums: Sums, path: string, row: FileRow): void {
  sums.lines += row.lines;
  let tally = sums.otherText;
  if (row.language !== null) {
    const known = sums.languages.get(row.language);
    tally = known ?? { files: 0, lines: 0 };
    if (known === undefined) sums.languages.set(row.language, tally);
  }
  tally.files += 1;
  tally.lines += row.lines;
  if (!row.searched) sums.notSearched += 1;
  sums.todos += row.todos.count;
  for (const todo of row.todos.list) {
    if (sums.todoList.length >= TODO_LIST_MAX) break;
    sums.todoList.push({ file: toDisplay(path), ...todo });
  }
  if (row.manifest !== null && sums.manifests.length < MANIFESTS_MAX) sums.manifests.push(row.manifest);
}

function addRow(sums: Sums, path: string, row: FileRow, sparse: boolean): void {
  if (isOdd(path)) sums.oddNames += 1;
  if (row.state === 'missing') {
    if (sparse) sums.sparse += 1;
    else {
      sums.missing += 1;
      if (sums.missingList.length < PATH_LIST_MAX) sums.missingList.push(toDisplay(path));
    }
    return;
  }
  if (row.state !== 'text' && row.state !== 'binary') {
    addSkipped(sums, path, row.state);
    return;
  }
  sums.bytes += row.size;
  addLargest(sums.largest, path, row.size);
  if (row.state === 'text') addText(sums, path, row);
  else {
    sums.binary.files += 1;
    sums.binary.bytes += row.size;
  }
}

function byLines(languages: ReadonlyMap<string, Tally>): readonly LanguageRow[] {
  const rows = [...languages].map(([name, { files, lines }]) => ({ name, files, lines }));
  return rows.sort((one, other) => other.lines - one.lines || other.files - one.files || (one.name < other.name ? -1 : 1));
}

/** In a folder without git, a file that went while being read was never promised to be there. */
function fileCount(listing: Listing, missing: number): number {
  return listing.repository === null ? listing.files.length - missing : listing.files.length;
}

export function summarise(listing: Listing, rows: ReadonlyMap<string, FileRow>, state: RepositoryState | null): Summary {
  const sums = emptySums();
  for (const path of listing.files) {
    const row = rows.get(path);
    if (row !== undefined) addRow(sums, path, row, listing.sparse.has(path));
  }
  for (const { path, reason } of listing.skipped) addSkipped(sums, path, reason);
  const languages = byLines(sums.languages);
  return {
    path: listing.folder,
    name: basename(listing.folder) || listing.folder,
    kind: listing.repository === null ? 'folder' : 'git',
    files: fileCount(listing, sums.missing),
    lines: sums.lines,
    bytes: sums.bytes,
    language: languages.find(({ name }) => !NOT_PROGRAMMING.has(name))?.name ?? null,
    languages,
    otherText: sums.otherText,
    binary: sums.binary,
    git: state?.git ?? null,
    todos: sums.todos,
    todoList: sums.todoList,
    manifests: sums.manifests,
    largest: sums.largest.map(({ path, bytes }) => ({ file: toDisplay(path), bytes })),
    missing: { count: sums.missing, list: sums.missingList },
    sparse: sums.sparse,
    untracked: { count: state?.tree.untracked ?? 0, list: (state?.tree.untrackedList ?? []).map(toDisplay) },
    symlinks: listing.symlinks,
    submodules: listing.submodules,
    special: listing.special,
    oddNames: sums.oddNames,
    notSearched: sums.notSearched,
    skipped: sums.skipped,
    skippedList: sums.skippedList,
  };
}
