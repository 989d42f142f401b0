/** Why something is not at a relay yet, and whether sync with it has come to rest: from the rows the control API shows. */
import type { RelayMailboxRow, RelayRow } from '../control/relay-views.js';
import type { WhyView } from '../control/views.js';

/** Never in step as long as nobody does anything, so that waiting for it is of no use. */
const STUCK: ReadonlySet<RelayMailboxRow['state']> = new Set(['announcements', 'behind', 'refused']);

/** What may keep something from this device, whatever the relay says. */
const DOUBTS: ReadonlySet<string> = new Set(['relay-forked', 'relay-withheld', 'relay-unreliable']);

/** A relay that cannot be reached is not waited for, as a device that cannot is not; a mailbox without room is. */
export function atRest({ state, mailboxes }: Pick<RelayRow, 'state' | 'mailboxes'>): boolean {
  if (state === 'connecting') return false;
  if (state !== 'syncing') return true;
  return mailboxes.every((one) => STUCK.has(one.state) || (one.state !== 'opening' && one.pending === 0 && one.pendingIn === 0));
}

/** The mailboxes in which something waits for a person. */
export function mailboxTrouble({ reason, state }: Pick<RelayMailboxRow, 'reason' | 'state'>): string | null {
  switch (state) {
    case 'announcements':
      return 'its keys are newer than those of this device: whoever renewed them brings them, through it or directly';
    case 'behind':
      return 'no key of this device opens its mailbox: another device of yours brings the keys';
    case 'full':
      return 'the account that owns the mailbox has no room left there: its owner makes some, or takes a larger plan';
    case 'refused':
      return reason === null ? 'it refuses the mailbox' : `it refuses the mailbox: ${reason}`;
    case 'opening':
    case 'write':
    case 'read':
      return null;
  }
}

const TROUBLES: Readonly<Partial<Record<RelayMailboxRow['state'], string>>> = { full: 'relay-full', refused: 'relay-refused' };

/** `space`: whose documents are asked about. None for a relay that has everything. */
export function relayWhy(relays: readonly RelayRow[], space: string): readonly WhyView[] {
  const row = (origin: string, state: string, reason: string, words: string): WhyView => ({
    document: 'relay',
    state,
    reason,
    detail: `${origin}: ${words}`,
    waitingFor: [],
  });
  const doubts = relays.flatMap(({ doubts, origin }) =>
    doubts.flatMap(({ alarm, message }) => (DOUBTS.has(alarm) ? [{ ...row(origin, 'blocked', alarm, ''), detail: message }] : [])),
  );
  const waits = relays.flatMap(({ origin, state, reason, mailboxes }) => {
    if (state === 'refused') return [row(origin, 'blocked', 'relay-refused', reason ?? 'it refuses this device')];
    if (state === 'offline' || state === 'silent') return [row(origin, 'waiting', 'relay-unreachable', reason ?? 'it does not answer')];
    return mailboxes.flatMap((one) => {
      if (one.space !== space) return [];
      const trouble = mailboxTrouble(one);
      if (trouble !== null) return [row(origin, 'blocked', TROUBLES[one.state] ?? 'relay-keys', trouble)];
      if (one.pending > 0) return [row(origin, 'waiting', 'relay-behind', `${one.pending} not stored there yet`)];
      return one.pendingIn > 0 ? [row(origin, 'waiting', 'relay-ahead', `${one.pendingIn} on their way from it`)] : [];
    });
  });
  return [...doubts, ...waits];
}
