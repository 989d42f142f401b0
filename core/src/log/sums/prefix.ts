/** Prefixes on the wire are digits, one byte each; in memory they are hex text like the ids they begin. */

const DIGITS = '0123456789abcdef';

export function prefixBytes(prefix: string): Uint8Array {
  return Uint8Array.from(prefix, (digit) => DIGITS.indexOf(digit));
}

/** Null when a byte is no digit. */
export function prefixText(bytes: Uint8Array): string | null {
  let text = '';
  for (const digit of bytes) {
    if (digit > 15) return null;
    text += DIGITS.charAt(digit);
  }
  return text;
}

export function childPrefixes(prefix: string): readonly string[] {
  return Array.from(DIGITS, (digit) => prefix + digit);
}
