/** Why a store could not be opened, in words for a person: what is wrong, and the one next thing to try. */

export type OpenErrorCode = 'newer' | 'foreign' | 'not-a-file' | 'read-only' | 'full' | 'busy' | 'broken';

export interface OpenError {
  readonly code: OpenErrorCode;
  readonly message: string;
  readonly fix: string;
}

type Words = (path: string, detail: string) => Omit<OpenError, 'code'>;

const WORDS: { readonly [code in OpenErrorCode]: Words } = {
  newer: (path, detail) => ({
    message: `the store ${path} was written by a newer LeanVibe (${detail})`,
    fix: 'install that version or a later one; nothing was changed',
  }),
  foreign: (path) => ({
    message: `${path} is another program's database, not a LeanVibe store`,
    fix: 'choose another home folder, or move that file away',
  }),
  'not-a-file': (path) => ({ message: `${path} is not a file`, fix: 'choose another home folder, or move it away' }),
  'read-only': (path) => ({
    message: `the store ${path} may not be written by this user`,
    fix: 'give this user write permission on the home folder, or choose another home',
  }),
  full: (path) => ({ message: `there is no room on the disk that holds ${path}`, fix: 'free some space and try again; nothing was lost' }),
  busy: (path) => ({ message: `another program is using ${path}`, fix: 'stop the other program and try again' }),
  broken: (path, detail) => ({
    message: `the disk under ${path} cannot be read or written (${detail})`,
    fix: 'check the disk, then try again; nothing was deleted',
  }),
};

export function openError(code: OpenErrorCode, path: string, detail = ''): OpenError {
  return { code, ...WORDS[code](path, detail) };
}

/** The same sorting for errors of SQLite and of the file system; both carry a `code`. */
export function openErrorOf(error: unknown, path: string): OpenError {
  const code = errorCode(error);
  if (/^(SQLITE_FULL|SQLITE_IOERR_SHMSIZE|ENOSPC|EDQUOT)$/.test(code)) return openError('full', path);
  if (/^(SQLITE_READONLY.*|SQLITE_PERM|SQLITE_AUTH|SQLITE_CANTOPEN.*|EACCES|EPERM|EROFS|ENOENT)$/.test(code))
    return openError('read-only', path);
  if (/^(SQLITE_BUSY.*|SQLITE_LOCKED.*)$/.test(code)) return openError('busy', path);
  if (/^(EISDIR|ENOTDIR|EEXIST)$/.test(code)) return openError('not-a-file', path);
  return openError('broken', path, code === '' ? String(error) : code);
}

/** The `code` of an error of SQLite or Node, empty when it has none. */
export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** SQLite found a page that contradicts itself. */
export function isCorrupt(error: unknown): boolean {
  return /^SQLITE_(CORRUPT.*|NOTADB)$/.test(errorCode(error));
}
