/** What relays hold of what is held here, in words that claim no more than they acknowledged or showed. */
import type { RelayMailboxRow, RelayProofRow, RelayRow } from '../control/relay-views.js';

type Counted = Pick<RelayMailboxRow, 'acknowledged' | 'entries'>;

const whole = ({ acknowledged, entries }: Counted): boolean => acknowledged >= entries;
const shown = (value: number): string => value.toLocaleString('en');

/** Everything of every space it has a mailbox of; false while it has none. */
export function holdsAll({ mailboxes }: Pick<RelayRow, 'mailboxes'>): boolean {
  return mailboxes.length > 0 && mailboxes.every(whole);
}

/** `all`: every one of these spaces is stored whole at a relay. `words` follow "saved here". */
export function heldWords(relays: readonly RelayRow[], spaces: readonly string[]): { readonly all: boolean; readonly words: string } {
  const boxes = relays.flatMap(({ mailboxes }) => mailboxes);
  const wanted = [...new Set([...spaces, ...boxes.map(({ space }) => space)])];
  // Of several relays the one that has most of a space counts for it.
  const best = wanted.flatMap(
    (space) => boxes.filter((one) => one.space === space).toSorted((a, b) => b.acknowledged - a.acknowledged)[0] ?? [],
  );
  const held = best.reduce((sum, one) => sum + one.acknowledged, 0);
  if (held === 0) return { all: false, words: 'nothing known to be at a relay yet' };
  if (!best.every(whole)) {
    const entries = best.reduce((sum, one) => sum + one.entries, 0);
    return { all: false, words: `at a relay ${shown(held)} of ${shown(entries)} so far` };
  }
  if (best.length < wanted.length) return { all: false, words: `at a relay ${best.length} of ${wanted.length} spaces` };
  return { all: true, words: 'and at a relay' };
}

/** C33: what a sample showed. One of nothing shows nothing. */
export function proofWords({
  acknowledged,
  entries,
  right,
  sampled,
}: Pick<RelayProofRow, 'acknowledged' | 'entries' | 'right' | 'sampled'>): {
  readonly ok: boolean;
  readonly words: string;
} {
  const says = `it says it holds ${shown(acknowledged)} of ${shown(entries)}`;
  if (right === null) return { ok: false, words: `${says}; it did not answer when asked for some` };
  if (sampled === 0) return { ok: entries === 0, words: `${says}; there was none to read back` };
  return { ok: right === sampled, words: `${says}; ${shown(right)} of ${shown(sampled)} read back are the very ones` };
}
