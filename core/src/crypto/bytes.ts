/** What counts as bytes at the door of the suite: a Uint8Array, of this realm or of a host's. */

const tagOf = Object.prototype.toString;

/**
 * The same memory as a plain Uint8Array of this realm, or null for anything else.
 * Arrays handed over by a host (a bare engine, a vm context) fail `instanceof` there, and the libraries insist on it;
 * a Buffer's `slice` shares memory where a Uint8Array's copies, so code written for one would change the caller's bytes.
 */
export function bytesOf(value: unknown): Uint8Array | null {
  if (value instanceof Uint8Array && value.constructor === Uint8Array) return value;
  if (!ArrayBuffer.isView(value) || tagOf.call(value) !== '[object Uint8Array]') return null;
  return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
}

/** Bytes of exactly `size`, or null: for input. */
export function sized(value: unknown, size: number): Uint8Array | null {
  const bytes = bytesOf(value);
  return bytes !== null && bytes.length === size ? bytes : null;
}

/** Bytes this program made itself; throws TypeError when they are not bytes, which only a bug can cause. */
export function ownBytes(value: unknown, what: string): Uint8Array {
  const bytes = bytesOf(value);
  if (bytes === null) throw new TypeError(`${what} must be bytes`);
  return bytes;
}

/** Bytes this program made itself, of exactly `size`; throws RangeError otherwise, which only a bug can cause. */
export function ownSized(value: unknown, size: number, what: string): Uint8Array {
  const bytes = ownBytes(value, what);
  if (bytes.length !== size) throw new RangeError(`${what} must be ${size} bytes, got ${bytes.length}`);
  return bytes;
}
