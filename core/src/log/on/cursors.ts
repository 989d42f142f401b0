/** `cursors`: where the peer wants our log from; checked against the prefix hash we hold there (C26). */
import type { LogMessage } from '@leanvibe/protocol/peer';
import type { Hash } from '@leanvibe/protocol/ids';
import type { Head, Lane } from '../../ports/store.js';
import { pump } from '../pump.js';
import { breach } from '../refuse.js';
import { type State, withLane } from '../state.js';
import { after, chain, say, stay, type Turn } from '../turn.js';

/** A peer that cannot place its cursor after this many tries never will. */
const UNMATCHED_MAX = 8;

export function onCursors(state: State, message: Extract<LogMessage, { type: 'cursors' }>): Turn {
  // About a store we no longer are: our heads tell the peer so.
  if (message.store !== state.setup.store) return stay(state);
  return chain(
    state,
    ...message.lanes.map(
      ({ lane, position, prefixHash }) =>
        (now: State) =>
          onCursor(now, lane, { position, prefixHash }),
    ),
  );
}

/** Cursors that came before our lane was open. */
export function earlyCursor(state: State, lane: Lane): Turn {
  const cursor = state.earlyCursors[lane];
  if (cursor === null || state.out[lane].phase !== 'waiting') return stay(state);
  return onCursor({ ...state, earlyCursors: withLane(state.earlyCursors, lane, null) }, lane, cursor);
}

function onCursor(state: State, lane: Lane, cursor: Head): Turn {
  const out = state.out[lane];
  switch (out.phase) {
    case 'shut':
      return stay(state.lowered ? state : { ...state, earlyCursors: withLane(state.earlyCursors, lane, cursor) });
    case 'checking':
    case 'streaming':
      return breach(state);
    case 'waiting': {
      // Above what we showed: the peer knows from our heads that it must reconcile, even if the log has grown again meanwhile.
      if (cursor.position > out.head.position) return unmatched(state, lane, cursor, out.head, out.unmatched);
      const checking = { phase: 'checking', head: out.head, unmatched: out.unmatched, cursor } as const;
      return stay({ ...state, out: withLane(state.out, lane, checking) }, { type: 'check', lane, position: cursor.position });
    }
  }
}

export function onChecked(state: State, lane: Lane, prefixHash: Hash | null): Turn {
  const out = state.out[lane];
  if (out.phase !== 'checking') return stay(state);
  if (prefixHash !== out.cursor.prefixHash) return unmatched(state, lane, out.cursor, out.head, out.unmatched);
  const sent = out.cursor;
  const direct = (state.peerHeads[lane]?.position ?? 0) === 0;
  const dirty = state.tops[lane] > sent.position || state.grown[lane];
  return pump({
    ...state,
    grown: withLane(state.grown, lane, false),
    out: withLane(state.out, lane, { phase: 'streaming', sent, acked: sent.position, jumps: [], dirty, direct }),
  });
}

function unmatched(state: State, lane: Lane, cursor: Head, head: Head, tries: number): Turn {
  const next: State = { ...state, out: withLane(state.out, lane, { phase: 'waiting', head, unmatched: tries + 1 }) };
  const message = say(next, { type: 'unmatched', lane, ...cursor });
  return after([message], tries < UNMATCHED_MAX ? stay(next) : breach(next));
}
