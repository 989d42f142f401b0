/** How a command says no: what failed and why, the one next thing to try, and the exit code. */

export const EXIT_DONE = 0;
export const EXIT_FAILED = 1;
export const EXIT_USAGE = 2;

export class CommandFailure extends Error {
  override readonly name = 'CommandFailure';
  readonly exit: typeof EXIT_FAILED | typeof EXIT_USAGE;
  /** The next thing to try; empty when there is nothing to say. */
  readonly fix: string;
  constructor(exit: typeof EXIT_FAILED | typeof EXIT_USAGE, message: string, fix: string) {
    super(message);
    this.exit = exit;
    this.fix = fix;
  }
}

export function failed(message: string, fix = ''): CommandFailure {
  return new CommandFailure(EXIT_FAILED, message, fix);
}

export function wrongUse(message: string, fix = ''): CommandFailure {
  return new CommandFailure(EXIT_USAGE, message, fix);
}

export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

const SYSTEM_WORDS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder',
  EACCES: 'this user may not do that',
  EPERM: 'this user may not do that',
  EROFS: 'the disk is read-only',
  ENOSPC: 'the disk is full',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of the path is not a folder',
  EEXIST: 'it exists already',
  EADDRINUSE: 'another program has this port',
  EADDRNOTAVAIL: 'this machine has no such address',
  ECONNREFUSED: 'nothing answers there',
  ENOTFOUND: 'there is no such host',
  ETIMEDOUT: 'nothing answered in time',
};

/** What the system said, in words, for errors nobody expected here; never a stack. */
export function systemWords(error: unknown): string {
  const code = codeOf(error);
  return SYSTEM_WORDS[code] ?? (error instanceof Error && error.message !== '' ? error.message : code || String(error));
}
