/** Which language a file extension means, in the names `cloc` uses, so that the two can be compared file by file. */
import { EXTENSIONS_A_L } from './extensions-a-l.js';
import { EXTENSIONS_L_Z } from './extensions-l-z.js';

function parse(): ReadonlyMap<string, string> {
  const byExtension = new Map<string, string>();
  for (const row of (EXTENSIONS_A_L + EXTENSIONS_L_Z).split('\n').filter((line) => line !== '')) {
    const bar = row.indexOf('|');
    for (const extension of row.slice(bar + 1).split(' ')) byExtension.set(extension, row.slice(0, bar));
  }
  return byExtension;
}

/** Extension without its dot, as written (some differ by case alone), to language. */
export const LANGUAGE_BY_EXTENSION: ReadonlyMap<string, string> = parse();
