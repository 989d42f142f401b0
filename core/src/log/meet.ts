/** The peer's heads meet our cursors (C26): each lane reads on, begins at the start, or is astray and must be reconciled. */
import type { StoreId } from '@leanvibe/protocol/ids';
import type { Head, Lane } from '../ports/store.js';
import { LANES } from '../ports/store.js';
import { askNext } from './ask.js';
import type { CursorRecord } from './cursor.js';
import type { Report } from './effect.js';
import { arrive } from './keep.js';
import { startPull } from './pull.js';
import { type InLane, type State, withLane } from './state.js';
import { chain, say, stay, type Turn } from './turn.js';

/** Judges every opened lane whose heads are known; then reconciles and asks what waited for them. */
export function meetHeads(state: State): Turn {
  const store = state.peerStore;
  if (store === null) return stay(state);
  const met = LANES.filter((lane) => state.in[lane].phase === 'opened' && state.peerHeads[lane] !== null);
  return chain(
    state,
    ...met.map((lane) => (now: State) => meetLane(now, lane, store)),
    (now) => tellCursors(now, store, met, state),
    startPull,
    askNext,
  );
}

function meetLane(state: State, lane: Lane, store: StoreId): Turn {
  const opened = state.in[lane];
  const head = state.peerHeads[lane];
  if (opened.phase !== 'opened' || head === null) return stay(state);
  const record = opened.record;
  const same = record !== null && record.store === store && head.position >= record.position;
  if (same && (head.position > record.position || head.prefixHash === record.prefixHash))
    return stay(from(setIn(state, lane, readOn(record, head)), lane, record.traced ?? record));
  const reports = record === null ? [] : [{ type: 'report', report: lossOf(record, store, lane, head) } as const];
  // Nothing there, or nothing here: no set to compare, so the cursor starts at nothing.
  if (head.position > 0 && state.tops[lane] > 0) return stay(setIn(state, lane, { phase: 'astray', target: head }), ...reports);
  const at: Head = { position: 0, prefixHash: '0'.repeat(64) as Head['prefixHash'] };
  const fresh: InLane = { phase: 'reading', at, peerTop: head.position, confirmed: true, resend: state.tops[lane] };
  const jump = { kind: 'jump', lane, entries: [], bytes: 0, cursor: at, refill: false, holes: [], filled: [] } as const;
  return chain(
    from(setIn(state, lane, fresh), lane, at),
    (now) => stay(now, ...reports),
    (now) => arrive(now, jump),
  );
}

function setIn(state: State, lane: Lane, value: InLane): State {
  return { ...state, in: withLane(state.in, lane, value) };
}

/** Where tracing goes on from. */
function from(state: State, lane: Lane, { position, prefixHash }: Head): State {
  return { ...state, traced: withLane(state.traced, lane, { position, prefixHash }) };
}

function readOn(record: CursorRecord, head: Head): InLane {
  const at: Head = { position: record.position, prefixHash: record.prefixHash };
  return { phase: 'reading', at, peerTop: head.position, confirmed: head.position === record.position, resend: record.resend };
}

function lossOf(record: CursorRecord, store: StoreId, lane: Lane, head: Head): Report {
  return {
    type: record.store === store || head.position < record.position ? 'rolled-back' : 'restored',
    lane,
    had: record.position,
    has: head.position,
  };
}

/** Cursors the peer has not been told: those that did not come from a record of this very store. */
function tellCursors(state: State, store: StoreId, met: readonly Lane[], before: State): Turn {
  const lanes = met.flatMap((lane) => {
    const was = before.in[lane];
    const now = state.in[lane];
    const told =
      was.phase === 'opened' && was.record?.store === store && now.phase === 'reading' && now.at.position === was.record.position;
    return now.phase !== 'reading' || told ? [] : [{ lane, ...now.at }];
  });
  return lanes.length === 0 ? stay(state) : stay(state, say(state, { type: 'cursors', store, lanes }));
}
