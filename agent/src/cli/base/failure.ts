/** How a command says no: what failed and why, the one next thing to try, and the exit code. */

export const EXIT_DONE = 0;
export const EXIT_FAILED = 1;
export const EXIT_USAGE = 2;

/** Thrown by commands, printed by main in one or two lines. */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure';
  readonly exit: typeof EXIT_FAILED | typeof EXIT_USAGE;
  /** Words, or `leanvibe …` where the person should type something; empty when there is nothing to say. */
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

/** Without a fix, main names the command's own help. */
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
  EDQUOT: 'the disk quota is used up',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of the path is not a folder',
  EEXIST: 'it exists already',
  ENAMETOOLONG: 'the name is too long',
  ELOOP: 'symbolic links lead in a circle',
  EMFILE: 'too many files are open',
};

/** What the system said, in words; unknown errors keep their own. */
export function systemWords(error: unknown): string {
  const code = codeOf(error);
  return SYSTEM_WORDS[code] ?? (code !== '' ? `the system said ${code}` : error instanceof Error ? error.message : String(error));
}
