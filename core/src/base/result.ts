/** Result for what a caller can act on, assert for the impossible, exhaustive for closed unions. */

export type Result<Value, Failure> = { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly error: Failure };

export function ok<Value>(value: Value): { readonly ok: true; readonly value: Value } {
  return { ok: true, value };
}

export function err<Failure>(error: Failure): { readonly ok: false; readonly error: Failure } {
  return { ok: false, error };
}

/** Throws when a thing that cannot happen has happened; never use it on input. */
export function assert(condition: unknown, impossible: string): asserts condition {
  if (!condition) throw new Error(`impossible: ${impossible}`);
}

/** The default branch of a switch over a closed union. */
export function exhaustive(value: never): never {
  throw new Error(`impossible: unhandled case ${JSON.stringify(value)}`);
}
