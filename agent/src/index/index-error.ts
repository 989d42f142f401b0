/** The words of every indexing error: what failed, and the one next thing to try. */
import type { IndexError, IndexErrorCode } from './project-index.js';

/** Carries an `IndexError` through the worker's own functions; it never crosses the room's door. */
export class IndexFailure extends Error {
  override readonly name = 'IndexFailure';
  readonly failure: IndexError;
  constructor(failure: IndexError) {
    super(failure.message);
    this.failure = failure;
  }
}

type Words = (path: string, detail: string) => { readonly message: string; readonly fix: string | null };

const WORDS: { readonly [code in IndexErrorCode]: Words } = {
  'not-found': (path) => ({ message: `there is no folder at ${path}`, fix: 'check the path' }),
  'not-a-folder': (path) => ({ message: `${path} is not a folder`, fix: 'give the folder that holds the file' }),
  unreadable: (path) => ({ message: `${path} may not be read by this user`, fix: 'give this user read permission on the folder' }),
  'bare-repository': (path) => ({
    message: `${path} is a bare git repository: it has no files to index`,
    fix: 'clone it and add the clone',
  }),
  'inside-git-folder': (path) => ({ message: `${path} is inside a .git folder`, fix: 'give the folder that holds .git' }),
  'broken-repository': (path, detail) => ({
    message: `git cannot open the repository at ${path}: ${detail}`,
    fix: 'run git status there; git worktree repair mends moved worktrees',
  }),
  'not-trusted': (path) => ({
    message: `the repository at ${path} belongs to another user, so git refuses to open it`,
    fix: `git config --global --add safe.directory '${path}'`,
  }),
  'git-missing': (path) => ({ message: `${path} is a git repository, but there is no git program on the PATH`, fix: 'install git' }),
  'git-too-old': (_path, detail) => ({ message: `git ${detail} is too old`, fix: 'install git 2.31 or newer' }),
  'git-failed': (path, detail) => ({ message: `git failed in ${path}: ${detail}`, fix: 'run git status there' }),
  'too-many-files': (path, detail) => ({
    message: `${path} holds more than ${detail} files`,
    fix: 'add a folder further down, or a .gitignore',
  }),
  cancelled: () => ({ message: 'indexing was cancelled', fix: null }),
  'worker-failed': (_path, detail) => ({ message: `the indexing worker stopped: ${detail}`, fix: 'try again' }),
};

export function indexError(code: IndexErrorCode, path: string, detail = ''): IndexError {
  return { code, ...WORDS[code](path, detail) };
}

export function fail(code: IndexErrorCode, path: string, detail = ''): never {
  throw new IndexFailure(indexError(code, path, detail));
}
