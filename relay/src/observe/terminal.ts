/** The log on a terminal: the same lines in words, so that a person who runs a relay by hand can read what it does. Anything else gets JSON. */
import { plain } from './plain.js';

const SYMBOL: Readonly<Record<string, string>> = { warn: '!', error: '✗' };
/** ANSI: dim, yellow, red. */
const STYLE: Readonly<Record<string, number>> = { warn: 33, error: 31 };
const DIM = 2;
/** Stand before the rest, in the order a person looks for them. */
const FIRST = ['method', 'route', 'status', 'reason'];
/** One to a line of JSON, and of no use to the eye. */
const LEFT_OUT = new Set(['level', 'time', 'event', 'copy', 'version']);

/** `line`: one line as the log writes it; what is not JSON comes back as it is. */
export function inWords(line: string, { coloured }: { readonly coloured: boolean }): string {
  const fields = parsed(line);
  if (fields === null) return line;
  const level = String(fields['level']);
  const names = Object.keys(fields).filter((name) => !LEFT_OUT.has(name) && fields[name] !== null && fields[name] !== '');
  const rest = [...FIRST.filter((name) => names.includes(name)), ...names.filter((name) => !FIRST.includes(name))];
  const told = rest.map((name) => `${name}=${String(fields[name])}`).join(' ');
  const text = plain(`${SYMBOL[level] ?? ' '} ${String(fields['time']).slice(11, 19)} ${String(fields['event'])} ${told}`)
    .replaceAll('\n', '\\n')
    .trimEnd();
  return coloured ? `  \u001b[${STYLE[level] ?? DIM}m${text}\u001b[0m\n` : `  ${text}\n`;
}

function parsed(line: string): Readonly<Record<string, unknown>> | null {
  try {
    return JSON.parse(line) as Readonly<Record<string, unknown>>;
  } catch {
    return null;
  }
}
