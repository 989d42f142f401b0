/** `entries`: the peer's log goes on; checked items and the new cursor wait for one commit (C26, C28, C29). */
import { CREDIT_BYTES } from '@leanvibe/protocol/limits';
import type { LogMessage } from '@leanvibe/protocol/peer';
import type { Head, Lane } from '../../ports/store.js';
import type { Report } from '../effect.js';
import type { Inspected } from '../inspect.js';
import { arrive } from '../keep.js';
import { breach, close, refuse } from '../refuse.js';
import { type Checked, type Hole, type State, withLane } from '../state.js';
import { after, chain, stay, type Turn } from '../turn.js';

export function onEntries(state: State, message: Extract<LogMessage, { type: 'entries' }>, items: readonly Inspected[]): Turn {
  const { lane, through } = message;
  const reading = state.in[lane];
  if (reading.phase === 'shut') return refuse(state, 'not-accepted-from');
  if (reading.phase !== 'reading' || through < reading.at.position + items.length || through <= reading.at.position) return breach(state);
  if (state.offer !== null && (state.offer.checking || state.offer.lane !== lane || state.offer.through.position !== through))
    return breach(state);
  const bytes = message.items.reduce((sum, item) => sum + item.length, 0);
  if (state.creditDue + bytes > CREDIT_BYTES) return overCredit(state);
  const cursor: Head = { position: through, prefixHash: message.prefixHash };
  const at = { ...reading, at: cursor, peerTop: Math.max(reading.peerTop, through), confirmed: true };
  const next: State = { ...state, creditDue: state.creditDue + bytes, offer: null, in: withLane(state.in, lane, at) };
  const { entries, holes } = sort(lane, items);
  return chain(
    next,
    (now) => refuseItems(now, lane, items),
    (now) =>
      now.phase === 'closed' ? stay(now) : arrive(now, { kind: 'stream', lane, entries, bytes, cursor, refill: false, holes, filled: [] }),
  );
}

export function overCredit(state: State): Turn {
  const [counted, reports] = breach(state, 'credit');
  return after(reports, close(counted, 'credit'));
}

/** What can be stored, and what a newer program will be able to read. */
export function sort(lane: Lane, items: readonly Inspected[]): { readonly entries: readonly Checked[]; readonly holes: readonly Hole[] } {
  const entries: Checked[] = [];
  const holes: Hole[] = [];
  for (const item of items) {
    if (item.ok) entries.push({ entryId: item.entryId, sealed: item.sealed });
    else if (item.reason === 'entry-version') holes.push({ lane, entryId: item.entryId, version: item.version });
  }
  return { entries, holes };
}

export function refuseItems(state: State, lane: Lane, items: readonly Inspected[]): Turn {
  const bad = items.filter((item) => !item.ok);
  const newer = bad.filter((item) => item.reason === 'entry-version').map((item) => item.entryId);
  const hole: Report = { type: 'hole', lane, ids: newer };
  return chain(
    state,
    ...[...new Set(bad.map((item) => item.reason))].map((reason) => (now: State) => {
      const count = bad.filter((item) => item.reason === reason).length;
      return now.phase === 'closed' ? stay(now) : refuse(now, reason, count);
    }),
    (now) => (newer.length === 0 ? stay(now) : stay(now, { type: 'report', report: hole })),
  );
}
