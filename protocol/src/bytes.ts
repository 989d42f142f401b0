/** Bounded bytes: the one writer and reader of the wire, a strict subset of deterministic CBOR (RFC 8949 §4.2). */

/** Why bytes were refused; the codes are counted and shown, never their content. */
export type DecodeReason =
  | 'truncated'
  | 'trailing'
  | 'type'
  | 'not-canonical'
  | 'too-large'
  | 'unknown-field'
  | 'missing-field'
  | 'unknown-kind'
  | 'value';

export class DecodeError extends Error {
  override readonly name = 'DecodeError';
  readonly reason: DecodeReason;
  constructor(reason: DecodeReason, where: string) {
    super(`${where}: ${reason}`);
    this.reason = reason;
  }
}

/** CBOR major types this protocol uses. */
export const MAJOR = { uint: 0, bytes: 2, text: 3, list: 4, map: 5, simple: 7 } as const;
export const SIMPLE = { false: 20, true: 21, null: 22 } as const;

export interface Writer {
  head(major: number, argument: number): void;
  raw(bytes: Uint8Array): void;
  finish(): Uint8Array;
}

export function createWriter(capacity = 256): Writer {
  let buffer = new Uint8Array(capacity);
  let length = 0;
  const room = (count: number): void => {
    if (length + count <= buffer.length) return;
    const grown = new Uint8Array(Math.max(buffer.length * 2, length + count));
    grown.set(buffer.subarray(0, length));
    buffer = grown;
  };
  const put = (major: number, info: number, value: number, width: number): void => {
    buffer[length++] = (major << 5) | info;
    let rest = value;
    for (let at = width - 1; at >= 0; at--) {
      buffer[length + at] = rest % 256;
      rest = Math.floor(rest / 256);
    }
    length += width;
  };
  return {
    head(major, argument) {
      room(9);
      if (argument < 24) put(major, argument, 0, 0);
      else if (argument < 0x100) put(major, 24, argument, 1);
      else if (argument < 0x10000) put(major, 25, argument, 2);
      else if (argument < 0x100000000) put(major, 26, argument, 4);
      else put(major, 27, argument, 8);
    },
    raw(bytes) {
      room(bytes.length);
      buffer.set(bytes, length);
      length += bytes.length;
    },
    finish: () => buffer.slice(0, length),
  };
}

export interface Reader {
  readonly left: number;
  /** The next head; refuses any encoding but the shortest, indefinite lengths and numbers above 2^53 - 1. */
  head(where: string): { readonly major: number; readonly argument: number };
  /** A view of the next bytes, not a copy. */
  take(count: number, where: string): Uint8Array;
}

export function createReader(bytes: Uint8Array): Reader {
  let at = 0;
  const number = (width: number, where: string): number => {
    if (at + width > bytes.length) throw new DecodeError('truncated', where);
    let value = 0;
    for (let end = at + width; at < end; at++) value = value * 256 + (bytes[at] as number);
    return value;
  };
  const argumentOf = (info: number, where: string): number => {
    if (info < 24) return info;
    if (info > 27) throw new DecodeError('not-canonical', where);
    const value = number(1 << (info - 24), where);
    const least = info === 24 ? 24 : info === 25 ? 0x100 : info === 26 ? 0x10000 : 0x100000000;
    if (value < least || value > Number.MAX_SAFE_INTEGER) throw new DecodeError('not-canonical', where);
    return value;
  };
  return {
    get left() {
      return bytes.length - at;
    },
    head(where) {
      const first = number(1, where);
      return { major: first >> 5, argument: argumentOf(first & 31, where) };
    },
    take(count, where) {
      if (at + count > bytes.length) throw new DecodeError('truncated', where);
      const view = bytes.subarray(at, at + count);
      at += count;
      return view;
    },
  };
}

/** One array of all parts, in order. */
export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const all = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Equality of public bytes; secrets are compared by the crypto port. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return false;
  return true;
}
