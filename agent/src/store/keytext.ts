/** Record keys as bytes whose order is the order of UTF-16 code units, which UTF-8 and SQLite's own text order are not. */

/** The port's limit on a key. */
export const KEY_CHARS_MAX = 512;

/** Every code unit becomes 1 to 3 bytes on its own (CESU-8), so lone surrogates survive and prefixes stay prefixes. */
export function keyBytes(text: string): Buffer {
  let size = 0;
  for (let at = 0; at < text.length; at++) size += width(text.charCodeAt(at));
  const bytes = Buffer.allocUnsafe(size);
  if (size === text.length) {
    bytes.write(text, 'latin1');
    return bytes;
  }
  let to = 0;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit < 0x80) bytes[to++] = unit;
    else if (unit < 0x800) {
      bytes[to++] = 0xc0 | (unit >> 6);
      bytes[to++] = 0x80 | (unit & 63);
    } else {
      bytes[to++] = 0xe0 | (unit >> 12);
      bytes[to++] = 0x80 | ((unit >> 6) & 63);
      bytes[to++] = 0x80 | (unit & 63);
    }
  }
  return bytes;
}

function width(unit: number): number {
  return unit < 0x80 ? 1 : unit < 0x800 ? 2 : 3;
}

/** The text of bytes made by `keyBytes`. */
export function keyText(bytes: Uint8Array): string {
  const units: number[] = [];
  for (let at = 0; at < bytes.length; ) {
    const first = bytes[at] as number;
    const next = (ahead: number): number => (bytes[at + ahead] ?? 0) & 63;
    if (first < 0x80) units.push(first);
    else if (first < 0xe0) units.push(((first & 31) << 6) | next(1));
    else units.push(((first & 15) << 12) | (next(1) << 6) | next(2));
    at += first < 0x80 ? 1 : first < 0xe0 ? 2 : 3;
  }
  return chunked(units);
}

/** Spreading a very long list into one call overflows the stack. */
function chunked(units: readonly number[]): string {
  let text = '';
  for (let at = 0; at < units.length; at += 4096) text += String.fromCharCode(...units.slice(at, at + 4096));
  return text;
}

/** The least bytes above every key that starts with `prefix`; null when there is no bound. */
export function afterPrefix(prefix: Uint8Array): Buffer | null {
  if (prefix.length === 0) return null;
  const bound = Buffer.from(prefix);
  // No byte of a key exceeds 0xef, so the last one can always grow.
  bound[bound.length - 1] = (bound[bound.length - 1] as number) + 1;
  return bound;
}
