/** Asking for entries by id: one `get` at a time, and only what was asked for is taken (C29). */
import type { EntryId } from '@leanvibe/protocol/ids';
import type { Lane } from '../ports/store.js';
import type { Purpose, State } from './state.js';
import { say, stay, type Turn } from './turn.js';

/** Ids in one `get`; 34 KiB keeps it a control frame. */
const GET_IDS_MAX = 1024;
/** Ids waiting to be asked for; more are left for a later call. */
export const FETCH_IDS_MAX = 8192;

export function enqueue(state: State, purpose: Purpose, lane: Lane, ids: readonly EntryId[]): Turn {
  const waiting = state.fetches.reduce((sum, fetch) => sum + fetch.ids.length, 0);
  const known = new Set([...(state.asking?.ids ?? []), ...state.fetches.flatMap((fetch) => fetch.ids)]);
  const fresh = [...new Set(ids)].filter((entryId) => purpose === 'pull' || !known.has(entryId));
  const kept = purpose === 'pull' ? fresh : fresh.slice(0, Math.max(0, FETCH_IDS_MAX - waiting));
  const parts: { readonly purpose: Purpose; readonly lane: Lane; readonly ids: readonly EntryId[] }[] = [];
  for (let at = 0; at < kept.length; at += GET_IDS_MAX) parts.push({ purpose, lane, ids: kept.slice(at, at + GET_IDS_MAX) });
  // Reconciling goes first: other lanes wait for it.
  const fetches = purpose === 'pull' ? [...parts, ...state.fetches] : [...state.fetches, ...parts];
  return askNext({ ...state, fetches });
}

export function askNext(state: State): Turn {
  if (state.asking !== null || state.phase !== 'open') return stay(state);
  // A lane the peer has not shown would only be refused.
  const next = state.fetches.find((fetch) => state.peerHeads[fetch.lane] !== null && state.in[fetch.lane].phase !== 'shut');
  if (next === undefined) return stay(state);
  const fetches = state.fetches.filter((fetch) => fetch !== next);
  const asked: State = { ...state, fetches, asking: { purpose: next.purpose, lane: next.lane, ids: new Set(next.ids) } };
  return stay(asked, say(asked, { type: 'get', lane: next.lane, ids: next.ids }));
}
