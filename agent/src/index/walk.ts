/** Listing a folder that is under no git: what its .gitignore files leave, without recursion, never through a link. */
import { type Dirent, lstatSync, readdirSync } from 'node:fs';
import { absenceOf } from './absence.js';
import { type IgnoreRules, NO_RULES, withRulesOf } from './ignore-rules.js';
import { fail } from './index-error.js';
import { ENTRIES_MAX } from './limits.js';
import { isHome } from './own-home.js';
import { toReal } from './path-bytes.js';
import type { SkipReason } from './project-index.js';

/** Left out of a folder without git whatever its .gitignore says: version control's own data and installed packages. */
export const ALWAYS_SKIPPED: ReadonlySet<string> = new Set([
  '.git',
  '.hg',
  '.svn',
  '.bzr',
  '.jj',
  'CVS',
  'node_modules',
  '__pycache__',
  '.venv',
  '.DS_Store',
]);

export interface Walked {
  /** Regular files, relative, Latin-1 bytes, in no particular order. */
  readonly files: readonly string[];
  /** Every folder looked into, the top as the empty string. */
  readonly folders: readonly string[];
  readonly symlinks: number;
  readonly special: number;
  /** Folders that could not be listed. */
  readonly skipped: readonly { readonly path: string; readonly reason: SkipReason }[];
}

interface Open {
  readonly path: string;
  readonly rules: IgnoreRules;
}

type Sort = 'file' | 'folder' | 'symlink' | 'special' | 'gone';

interface Kind {
  isFile(): boolean;
  isDirectory(): boolean;
  isSymbolicLink(): boolean;
}

function sortOf(kind: Kind): Sort | 'unknown' {
  if (kind.isFile()) return 'file';
  if (kind.isDirectory()) return 'folder';
  return kind.isSymbolicLink() ? 'symlink' : 'unknown';
}

/** Some file systems do not say in the listing what an entry is. */
function settle(entry: Dirent<Buffer>, folder: string, path: string): Sort {
  const sort = sortOf(entry);
  if (sort !== 'unknown') return sort;
  const stats = lstatSync(toReal(folder, path), { throwIfNoEntry: false });
  const again = stats === undefined ? 'gone' : sortOf(stats);
  return again === 'unknown' ? 'special' : again;
}

function list(folder: string, path: string): readonly Dirent<Buffer>[] | SkipReason {
  try {
    return readdirSync(path === '' ? folder : toReal(folder, path), { withFileTypes: true, encoding: 'buffer' });
  } catch (error) {
    if (path === '') fail('unreadable', folder);
    const reason = absenceOf(error);
    return reason === 'missing' ? [] : reason;
  }
}

export async function walkFolder(folder: string, breathe: () => Promise<void>): Promise<Walked> {
  const files: string[] = [];
  const folders: string[] = [];
  const skipped: { path: string; reason: SkipReason }[] = [];
  let symlinks = 0;
  let special = 0;
  const open: Open[] = [{ path: '', rules: NO_RULES }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    await breathe();
    const entries = list(folder, next.path);
    if (typeof entries === 'string') {
      skipped.push({ path: `${next.path}/`, reason: entries });
      continue;
    }
    if (isHome(new Set(entries.map(({ name }) => name.toString('latin1'))))) continue;
    folders.push(next.path);
    const rules = withRulesOf(next.rules, folder, next.path);
    for (const entry of entries) {
      const name = entry.name.toString('latin1');
      if (ALWAYS_SKIPPED.has(name)) continue;
      const path = next.path === '' ? name : `${next.path}/${name}`;
      const sort = settle(entry, folder, path);
      if (sort === 'gone' || rules.ignores(path, sort === 'folder')) continue;
      if (sort === 'file') files.push(path);
      else if (sort === 'folder') open.push({ path, rules });
      else if (sort === 'symlink') symlinks += 1;
      else special += 1;
    }
    if (files.length + open.length + folders.length > ENTRIES_MAX) fail('too-many-files', folder, String(ENTRIES_MAX));
  }
  return { files, folders, symlinks, special, skipped };
}
