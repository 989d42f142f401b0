/** The folders in which LeanVibe keeps its own store are no project's files. */
import { existsSync } from 'node:fs';
import { folderOf, toReal } from './path-bytes.js';

/** What every home holds once an agent has run in it. */
const MARKS = ['lock.db', 'store.db', 'running.json'] as const;
const LOCKED = /(^|\/)(lock|store)\.db(-[a-z]+)?$/;

/** `names`: of everything in one folder. */
export function isHome(names: ReadonlySet<string>): boolean {
  return MARKS.every((mark) => names.has(mark));
}

/**
 * Whether this file's locks would be lost by reading it: POSIX drops all locks a process has on a file when any descriptor of it closes,
 * and this may be the very process that holds them. `path`: relative, Latin-1 bytes.
 */
export function isLockedByHome(folder: string, path: string): boolean {
  if (!LOCKED.test(path)) return false;
  const beside = folderOf(path);
  return MARKS.every((mark) => existsSync(toReal(folder, beside === '' ? mark : `${beside}/${mark}`)));
}
