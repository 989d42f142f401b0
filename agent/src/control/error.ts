/** How the control API says no: a fixed code, what happened, and the one next thing to try, in plain words. */

export const ERROR_CODES = {
  'bad-request': 400,
  'unknown-method': 404,
  'not-found': 404,
  ambiguous: 409,
  refused: 409,
  'no-project': 404,
  'not-editor': 403,
  'store-full': 507,
  'store-broken': 500,
  unreachable: 502,
  timeout: 504,
  busy: 409,
  cancelled: 409,
  unauthorised: 401,
  /** A token may not do this, see this, or do it any more. */
  'not-permitted': 403,
  'forbidden-host': 403,
  'forbidden-origin': 403,
  'forbidden-upgrade': 403,
  'wrong-type': 415,
  'too-large': 413,
  'too-many': 429,
  stopping: 503,
  unavailable: 501,
  failed: 500,
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

export interface ControlError {
  readonly code: ErrorCode;
  /** One sentence without an end mark. */
  readonly message: string;
  /** What to try next; empty when there is nothing to say. */
  readonly fix: string;
}

/** Thrown by methods, answered as `{error}`. */
export class ControlFailure extends Error {
  override readonly name = 'ControlFailure';
  readonly error: ControlError;
  constructor(code: ErrorCode, message: string, fix = '') {
    super(message);
    this.error = { code, message, fix };
  }
}
