/** Spaces and what is owed in them, as a person reads it. */
import type { SpaceRow } from '../../control/team-views.js';
import { debtWords } from '../../control/team-words.js';
import { safe } from '../term/safe.js';
import { type Column, table } from '../term/table.js';
import { number } from '../term/words.js';
import type { Cli } from './cli.js';
import { quoted } from './self.js';

export const SPACE_OPTION = {
  long: 'space',
  value: 'space',
  help: 'a space by name or id (default: the only shared one)',
} as const;

export const ROLES = ['owner', 'admin', 'editor', 'viewer'] as const;

/** A name as it can be typed. */
export function typed(name: string): string {
  return quoted(safe(name));
}

const DEBTS_SHOWN = 3;

/** What is owed, a line each, the first few of them. */
export function debtLines(spaces: readonly SpaceRow[], { style }: Pick<Cli, 'style'>): readonly string[] {
  const all = spaces.flatMap(({ name, home, debts }) => debts.map((debt) => ({ name, home, debt })));
  const lines = all
    .slice(0, DEBTS_SHOWN)
    .map(({ name, home, debt }) => `  ${style.needsYou} ${home ? '' : `${safe(name)}: `}${safe(debtWords(debt))}`);
  return all.length > DEBTS_SHOWN ? [...lines, `    … and ${number(all.length - DEBTS_SHOWN)} more: see space list --json`] : lines;
}

/** What this person is in it. */
export function standingWords({ standing, role, readOnly }: SpaceRow): string {
  if (standing === 'joining') return 'joining';
  if (standing === 'removed' || role === null) return 'no longer in it';
  return readOnly ? `${role} · read only: no owner is left` : role;
}

export function spaceTable(spaces: readonly SpaceRow[], columns: number): readonly string[] {
  const heads: readonly Column[] = [
    { head: 'space', cut: 'end' },
    { head: 'id' },
    { head: 'you', cut: 'end' },
    { head: 'people', align: 'right' },
    { head: 'devices', align: 'right' },
    { head: 'projects', align: 'right' },
  ];
  const rows = spaces.map((one) => [
    safe(one.name),
    one.id.slice(0, 8),
    standingWords(one),
    number(one.people),
    number(one.devices),
    number(one.projects),
  ]);
  return table(heads, rows, columns);
}
