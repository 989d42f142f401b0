/** `trace`: which ids stand in our own log between two positions; one question at a time (W31). */
import type { EntryId } from '@leanvibe/protocol/ids';
import { OFFER_IDS_MAX } from '@leanvibe/protocol/limits';
import type { LogMessage } from '@leanvibe/protocol/peer';
import type { Lane } from '../../ports/store.js';
import { breach, refuse } from '../refuse.js';
import type { State } from '../state.js';
import { say, stay, type Turn } from '../turn.js';

export function onTrace(state: State, message: Extract<LogMessage, { type: 'trace' }>): Turn {
  const { after, lane, through } = message;
  if (state.out[lane].phase === 'shut') return refuse(state, 'not-matched');
  if (state.listing || through <= after) return breach(state);
  return stay({ ...state, listing: true }, { type: 'list', lane, after, rows: Math.min(through - after, OFFER_IDS_MAX) });
}

export function onListed(state: State, lane: Lane, after: number, ids: readonly EntryId[]): Turn {
  const next: State = { ...state, listing: false };
  return state.out[lane].phase === 'shut' ? stay(next) : stay(next, say(next, { type: 'traced', lane, after, ids }));
}
