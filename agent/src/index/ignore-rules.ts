/** .gitignore files of nested folders, the deepest having the last word. */
import { closeSync, constants, lstatSync, openSync, readSync } from 'node:fs';
import ignore, { type Ignore } from 'ignore';
import { IGNORE_FILE_BYTES_MAX, IGNORE_PATTERN_CHARS_MAX, IGNORE_PATTERN_WILDCARDS_MAX, IGNORE_PATTERNS_MAX } from './limits.js';
import { toDisplay, toReal } from './path-bytes.js';

export interface IgnoreRules {
  /** `path` relative to the project, Latin-1 bytes. Its parents are known not to be ignored. */
  ignores(path: string, isFolder: boolean): boolean;
}

export const NO_RULES: IgnoreRules = { ignores: () => false };

/** A pattern becomes a regular expression; one with very many wildcards could take for ever to fail, and no person writes it. */
export function safePatterns(text: string): readonly string[] {
  return text
    .split(/\r?\n/)
    .map((line) => line.replace(/\*{3,}/g, '**'))
    .filter(
      (line) =>
        line !== '' && line.length <= IGNORE_PATTERN_CHARS_MAX && (line.match(/[*?[]/g)?.length ?? 0) <= IGNORE_PATTERN_WILDCARDS_MAX,
    )
    .slice(0, IGNORE_PATTERNS_MAX);
}

function readIgnoreFile(folder: string, path: string): string | null {
  let handle = -1;
  try {
    const real = toReal(folder, path === '' ? '.gitignore' : `${path}/.gitignore`);
    const stats = lstatSync(real, { throwIfNoEntry: false });
    if (stats === undefined || !stats.isFile() || stats.size > IGNORE_FILE_BYTES_MAX) return null;
    handle = openSync(real, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
    const bytes = Buffer.alloc(stats.size);
    return bytes.toString('utf8', 0, readSync(handle, bytes, 0, stats.size, 0));
  } catch (error) {
    // None here, a link, or unreadable: git too goes on without it.
    if (error instanceof Error && 'code' in error) return null;
    throw error;
  } finally {
    if (handle !== -1) closeSync(handle);
  }
}

/** The rules above plus those of this folder's own .gitignore, if it has one. */
export function withRulesOf(above: IgnoreRules, folder: string, path: string): IgnoreRules {
  const text = readIgnoreFile(folder, path);
  const patterns = text === null ? [] : safePatterns(text);
  if (patterns.length === 0) return above;
  const own: Ignore = ignore({ ignorecase: false, allowRelativePaths: false }).add([...patterns]);
  const start = path === '' ? 0 : path.length + 1;
  return {
    ignores: (below, isFolder) => {
      const result = own.test(toDisplay(below.slice(start)) + (isFolder ? '/' : ''));
      if (result.ignored) return true;
      return result.unignored ? false : above.ignores(below, isFolder);
    },
  };
}
