/** How many columns text takes on a terminal, and cutting it to fit without splitting a visible character. */

const PLAIN = /^[\x20-\x7e]*$/;
/** East Asian wide and full-width blocks, and pictures; from Unicode's EastAsianWidth.txt, by block. */
const WIDE =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}|\ufe0f/u;
const NOTHING = /^[\p{M}\p{Cf}]+$/u;
const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });

function parts(text: string): readonly string[] {
  return PLAIN.test(text) ? [...text] : [...segmenter.segment(text)].map(({ segment }) => segment);
}

function partWidth(part: string): number {
  if (NOTHING.test(part)) return 0;
  return WIDE.test(part) ? 2 : 1;
}

export function width(text: string): number {
  return PLAIN.test(text) ? text.length : parts(text).reduce((sum, part) => sum + partWidth(part), 0);
}

/** Beyond this many characters the rest cannot matter to a line, and is not measured. */
const MEASURED_MAX = 4096;

function take(all: readonly string[], columns: number): string {
  let left = columns;
  let out = '';
  for (const part of all) {
    left -= partWidth(part);
    if (left < 0) break;
    out += part;
  }
  return out;
}

/** The start of the text with … where it is longer than `columns`. */
export function cutEnd(text: string, columns: number): string {
  const near = text.slice(0, MEASURED_MAX);
  if (near.length === text.length && width(near) <= columns) return text;
  return `${take(parts(near), Math.max(0, columns - 1))}…`;
}

/** Both ends of the text with … between them; for paths, whose ends tell most. */
export function cutMiddle(text: string, columns: number): string {
  if (text.length <= MEASURED_MAX && width(text) <= columns) return text;
  const room = Math.max(0, columns - 1);
  const head = take(parts(text.slice(0, MEASURED_MAX)), Math.floor(room / 2));
  const tail = take(parts(text.slice(-MEASURED_MAX)).toReversed(), Math.ceil(room / 2));
  return `${head}…${parts(tail).toReversed().join('')}`;
}

export function padEnd(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - width(text)));
}

export function padStart(text: string, columns: number): string {
  return ' '.repeat(Math.max(0, columns - width(text))) + text;
}
