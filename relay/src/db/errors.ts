/** What can be wrong with the database itself, as opposed to one statement: it is gone, or it refuses to be opened. */

/** The database could not be reached within the retries, or was lost while it worked. */
export class DatabaseGone extends Error {
  override readonly name = 'DatabaseGone';
  /** True when the connection broke after something was sent: that work may have been done or not. */
  readonly perhapsDone: boolean;

  constructor(message: string, options: { readonly perhapsDone: boolean; readonly cause?: unknown }) {
    super(message, { cause: options.cause });
    this.perhapsDone = options.perhapsDone;
  }
}

/** The database cannot be used as it is; the message says what to do. */
export class DatabaseRefused extends Error {
  override readonly name = 'DatabaseRefused';
}

/** What a statement was refused for: SQLite's own name (`SQLITE_FULL`) as `code`. */
export class SqliteFailure extends Error {
  override readonly name = 'SqliteFailure';
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** `SQLITE_…` or a five-character SQLSTATE or an errno name; empty when the error has none. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** There is no room on the database's disk. */
export function isDiskFull(error: unknown): boolean {
  return ['SQLITE_FULL', 'SQLITE_IOERR_SHMSIZE', '53100'].includes(codeOf(error));
}

/** A row with this key is there already. */
export function isDuplicate(error: unknown): boolean {
  return ['SQLITE_CONSTRAINT_PRIMARYKEY', 'SQLITE_CONSTRAINT_UNIQUE', '23505'].includes(codeOf(error));
}

const LOST = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOENT',
]);
/** Shut down, crashed, starting, no slot left, or a primary that has become a standby (25006). */
const LOST_STATES = new Set(['57P01', '57P02', '57P03', '53300', '25006']);
/** What node-postgres says without a code. */
const LOST_WORDS = /connection terminated|connection error|timeout exceeded when trying to connect|query read timeout|not queryable/i;

/** The line to PostgreSQL is broken, or leads to a server that is going or coming. */
export function isLost(error: unknown): boolean {
  const code = codeOf(error);
  if (LOST.has(code) || LOST_STATES.has(code) || code.startsWith('08')) return true;
  return code === '' && error instanceof Error && LOST_WORDS.test(error.message);
}
