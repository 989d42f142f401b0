/** Text from people and other devices, made harmless for a terminal: what would move the cursor, colour, or turn text around is shown, not obeyed. */

/** Controls, direction marks and overrides, invisible spaces, annotation and tag characters, lone surrogates. */
const HOSTILE =
  /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;
const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function shown(char: string): string {
  const code = char.codePointAt(0) ?? 0;
  if (SHORT[char] !== undefined) return SHORT[char];
  return code < 256 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
}

/** One line, whatever it held. */
export function safe(text: string): string {
  return text.replace(HOSTILE, shown);
}

/** Several lines: line breaks stay, tabs become spaces, everything else as `safe`. */
export function safeLines(text: string): readonly string[] {
  return text.split(/\r\n|\n/).map((line) => safe(line.replaceAll('\t', '  ')));
}

/** JSON for a screen or a program alike: the same value, with every character a terminal might obey written as an escape. */
export function safeJson(value: unknown, indent?: number): string {
  const escape = (char: string): string => {
    if (char === '\n') return char; // between the parts of the document; inside a text JSON.stringify has escaped it already
    return [...Array(char.length).keys()].map((at) => `\\u${char.charCodeAt(at).toString(16).padStart(4, '0')}`).join('');
  };
  return JSON.stringify(value, null, indent).replace(HOSTILE, escape);
}

/** What a person may not put on a command line: it could not be told from an attack on whoever reads it. Null when the text is fine. */
export function hostileIn(text: string, lines: boolean): string | null {
  if (text.includes('\ufffd') || /\p{Cs}/u.test(text)) return 'is not valid UTF-8 text';
  if (/[\u202a-\u202e\u2066-\u2069]/.test(text)) return 'holds characters that turn text around';
  if (/\p{Cc}/u.test(lines ? text.replace(/[\n\r\t]/g, '') : text)) return 'holds control characters';
  return null;
}
