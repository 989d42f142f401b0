/** Breaking long sentences into lines at spaces. */
import { width } from './width.js';

/** `first` and `rest`: what the first and the other lines begin with; both are as wide on the screen. */
export function wrap(text: string, columns: number, first: string, rest: string): readonly string[] {
  const room = columns - rest.length;
  const lines: string[] = [''];
  for (const word of text.split(' ')) {
    const last = lines.at(-1) ?? '';
    const joined = last === '' ? word : `${last} ${word}`;
    if (width(joined) <= room || last === '') lines[lines.length - 1] = joined;
    else lines.push(word);
  }
  return lines.map((line, at) => `${at === 0 ? first : rest}${line}`);
}
