/** Text from elsewhere on a person's terminal. */

/** What would move a terminal's cursor, or turn text around, is shown and not obeyed; line breaks stay. */
export function plain(text: string): string {
  return text.replace(/[^\P{Cc}\n]|[\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, (char) => {
    return `\\u${(char.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`;
  });
}
