/** Projects as lines: one each, in a table or as a title. */
import type { ProjectView } from '../../control/views.js';
import { safe } from '../term/safe.js';
import { table } from '../term/table.js';
import { ago, count, number } from '../term/words.js';

/** `name · 120 files · 4,000 lines · TypeScript · main`. */
export function projectTitle({ name, files, lines, language, git }: ProjectView): string {
  const parts = [safe(name), count(files, 'file'), count(lines, 'line')];
  if (language !== null) parts.push(safe(language));
  if (git !== null) parts.push(`${safe(git.branch ?? 'no branch')}${git.dirty ? ' (changed)' : ''}`);
  return parts.join(' · ');
}

/** Where it lives, once there is more than the person's own space; where it went. */
function placeOf({ space, moved, mayWrite }: ProjectView): string {
  if (moved !== null) return `moved to ${safe(moved.spaceName)}${moved.late ? ' · has later words' : ''}`;
  return `${safe(space.name)}${mayWrite ? '' : ' (read)'}`;
}

export function projectTable(all: readonly ProjectView[], columns: number, nowMs: number, paths: boolean): readonly string[] {
  const spaces = all.some(({ space, moved }) => !space.home || moved !== null);
  const rows = all.map((one) => [
    safe(one.name),
    ...(spaces ? [placeOf(one)] : []),
    number(one.files),
    number(one.lines),
    safe(one.language ?? '—'),
    one.git === null ? '—' : `${safe(one.git.branch ?? '—')}${one.git.dirty ? '*' : ''}`,
    number(one.tasks.open),
    `${number(one.suggestions.pending)}${one.suggestions.conflicts > 0 ? '!' : ''}`,
    one.indexing === null ? ago(one.indexedAt, nowMs) : `• ${number(one.indexing.done)} of ${number(one.indexing.total)}`,
    ...(paths ? [safe(one.path ?? (one.moved === null ? 'elsewhere' : '—'))] : []),
  ]);
  const heads = [
    { head: 'project', cut: 'end' },
    ...(spaces ? [{ head: 'space', cut: 'end' } as const] : []),
    { head: 'files', align: 'right' },
    { head: 'lines', spare: true, align: 'right' },
    { head: 'language', spare: true, cut: 'end' },
    { head: 'branch', spare: true, cut: 'middle' },
    { head: 'tasks', align: 'right' },
    { head: 'to judge', spare: true, align: 'right' },
    { head: 'indexed', spare: true },
    ...(paths ? [{ head: 'folder', cut: 'middle' } as const] : []),
  ] as const;
  return table(heads, rows, columns);
}
