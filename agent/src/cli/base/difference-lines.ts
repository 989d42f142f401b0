/** A difference for a terminal: the note's lines, then tasks, suggestions and names, each with one mark. */
import type { DifferenceView } from '../../control/trust-views.js';
import { safe } from '../term/safe.js';
import { cutEnd } from '../term/width.js';
import type { Cli } from './cli.js';

const MARKS = { added: '+', changed: '~', removed: '-' } as const;
const HEADS = {
  task: 'tasks',
  suggestion: 'suggestions',
  project: 'projects',
  device: 'device names',
  person: 'names of people',
  fact: 'facts',
  token: 'tokens',
} as const;
const LINES_MAX = 200;

/** `lines`: how much of a long difference is shown. */
export function differenceLines({ note, items, other }: DifferenceView, { columns }: Pick<Cli, 'columns'>): readonly string[] {
  const lines: string[] = [];
  if (note !== null)
    lines.push('  note', ...note.lines.map(({ mark, text }) => `  ${mark} ${safe(text.replaceAll('\t', '  '))}`.trimEnd()));
  for (const part of new Set(items.map((one) => one.part))) {
    if (lines.length > 0) lines.push('');
    lines.push(`  ${HEADS[part]}`);
    for (const { what, before, after } of items.filter((one) => one.part === part)) {
      const words = what === 'changed' && before !== after ? `${safe(before ?? '')} → ${safe(after ?? '')}` : safe(after ?? before ?? '');
      lines.push(`  ${MARKS[what]} ${words}`);
    }
  }
  if (other) lines.push('  it changes something of another program, which cannot be shown here');
  if (lines.length === 0) lines.push('  it would change nothing that can be seen');
  const shown = lines.slice(0, LINES_MAX).map((line) => cutEnd(line, columns));
  return lines.length > LINES_MAX ? [...shown, `  … and ${lines.length - LINES_MAX} lines more: --json has all`] : shown;
}
