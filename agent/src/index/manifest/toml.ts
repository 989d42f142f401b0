/** The part of TOML that manifests are written in: tables, keys, strings, arrays of strings; other values are only stepped over. */

/** Keys of a table with their values: text, the texts inside an array, or null for every other sort of value. */
export type TomlTable = ReadonlyMap<string, string | readonly string[] | null>;

interface Scan {
  readonly text: string;
  at: number;
}

function skipBlank(scan: Scan, lines: boolean): void {
  for (; scan.at < scan.text.length; scan.at += 1) {
    const char = scan.text[scan.at];
    if (char === '#') {
      const end = scan.text.indexOf('\n', scan.at);
      scan.at = (end === -1 ? scan.text.length : end) - 1;
    } else if (char !== ' ' && char !== '\t' && char !== '\r' && !(lines && char === '\n')) return;
  }
}

/** A string at the scan's place, its simple escapes undone; throws where it does not end. */
function quoted(scan: Scan): string {
  const quote = scan.text[scan.at] ?? '';
  const long = scan.text.startsWith(quote.repeat(3), scan.at);
  const mark = long ? quote.repeat(3) : quote;
  let end = scan.at + mark.length;
  for (; end < scan.text.length; end += 1) {
    if (quote === '"' && scan.text[end] === '\\') end += 1;
    else if (scan.text.startsWith(mark, end)) break;
    else if (!long && scan.text[end] === '\n') break;
  }
  if (!scan.text.startsWith(mark, end)) throw new SyntaxError('a string does not end');
  const raw = scan.text.slice(scan.at + mark.length, end);
  scan.at = end + mark.length;
  return quote === '"' ? raw.replace(/\\(["\\])/g, '$1') : raw;
}

/** Steps over a bracketed value and collects the strings directly inside it. Depth is counted, not recursed into. */
function bracketed(scan: Scan): readonly string[] {
  const strings: string[] = [];
  let depth = 0;
  while (scan.at < scan.text.length) {
    skipBlank(scan, true);
    const char = scan.text[scan.at] ?? '';
    if (char === '"' || char === "'") {
      const value = quoted(scan);
      if (depth === 1) strings.push(value);
      continue;
    }
    if (char === '[' || char === '{') depth += 1;
    if (char === ']' || char === '}') depth -= 1;
    scan.at += 1;
    if (depth === 0) return strings;
  }
  throw new SyntaxError('an array does not end');
}

function valueAt(scan: Scan): string | readonly string[] | null {
  skipBlank(scan, false);
  const char = scan.text[scan.at];
  if (char === '"' || char === "'") return quoted(scan);
  if (char === '[') return bracketed(scan);
  if (char === '{') {
    bracketed(scan);
    return null;
  }
  const end = scan.text.indexOf('\n', scan.at);
  scan.at = end === -1 ? scan.text.length : end;
  return null;
}

/** Dotted key up to `stop`, quotes removed from its parts: `a."b.c"` → `['a', 'b.c']`. */
function keyAt(scan: Scan, stop: string): readonly string[] {
  const parts: string[] = [];
  for (;;) {
    skipBlank(scan, false);
    const char = scan.text[scan.at] ?? '';
    if (char === '"' || char === "'") parts.push(quoted(scan));
    else {
      const start = scan.at;
      while (/[A-Za-z0-9_-]/.test(scan.text[scan.at] ?? '')) scan.at += 1;
      if (scan.at === start) throw new SyntaxError('a key is missing');
      parts.push(scan.text.slice(start, scan.at));
    }
    skipBlank(scan, false);
    if (scan.text[scan.at] === stop) {
      scan.at += 1;
      return parts;
    }
    if (scan.text[scan.at] !== '.') throw new SyntaxError('a key does not end');
    scan.at += 1;
  }
}

/** Tables by their dotted name joined with U+001F; keys before the first header are under the empty name. `a.b = 1` counts as key `a`. Throws SyntaxError. */
export function readToml(text: string): ReadonlyMap<string, TomlTable> {
  const tables = new Map<string, Map<string, string | readonly string[] | null>>();
  const scan: Scan = { text: text.replace(/^\ufeff/, ''), at: 0 };
  let table = new Map<string, string | readonly string[] | null>();
  tables.set('', table);
  for (skipBlank(scan, true); scan.at < scan.text.length; skipBlank(scan, true)) {
    if (scan.text[scan.at] === '[') {
      scan.at += scan.text[scan.at + 1] === '[' ? 2 : 1;
      const name = keyAt(scan, ']').join('\u001f');
      if (scan.text[scan.at] === ']') scan.at += 1;
      table = tables.get(name) ?? new Map();
      tables.set(name, table);
      continue;
    }
    const [first = '', ...more] = keyAt(scan, '=');
    const value = valueAt(scan);
    table.set(first, more.length === 0 ? value : null);
  }
  return tables;
}
