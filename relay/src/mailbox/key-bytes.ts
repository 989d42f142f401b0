/** Record keys as bytes that compare as the keys do, and hold what no database's text may: NUL and half a surrogate pair. */

/** The store port's limit on a key. */
const KEY_CHARS_MAX = 512;

/** UTF-16, high byte first. Throws RangeError on a key no store takes. */
export function keyBytes(key: string): Uint8Array {
  if (key.length > KEY_CHARS_MAX) throw new RangeError(`a record key of ${key.length} characters`);
  return new Uint8Array(Buffer.from(key, 'utf16le').swap16());
}

export function keyText(bytes: Uint8Array): string {
  return Buffer.from(bytes).swap16().toString('utf16le');
}

/** The least bytes above every key that starts with these; null when there is no bound. */
export function afterPrefix(prefix: Uint8Array): Uint8Array | null {
  const last = prefix.findLastIndex((byte) => byte < 0xff);
  if (last < 0) return null;
  const bound = prefix.slice(0, last + 1);
  bound[last] = (bound[last] as number) + 1;
  return bound;
}
