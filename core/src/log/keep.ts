/** Keeping what arrived: one commit at a time, each with the cursors that pass its entries (C28), never acknowledged before. */
import type { Head, Lane } from '../ports/store.js';
import { LANES } from '../ports/store.js';
import type { CommitEffect } from './effect.js';
import { close } from './refuse.js';
import type { Arrival, State } from './state.js';
import { stay, type Turn } from './turn.js';

/** One commit's data: large enough to share an fsync, small enough that its acknowledgement comes soon. */
const COMMIT_BYTES_MAX = 512 * 1024;
/** How long a cursor that moved without entries may stay unsaved, in milliseconds; losing it costs one empty message. */
const SAVE_AFTER_MS = 2_000;
/** More than a window of the smallest entries, one per message. */
const PENDING_MAX = 8_192;
const RETRY_FIRST_MS = 1_000;
const RETRY_MAX_MS = 60_000;

function isUrgent(arrival: Arrival): boolean {
  return arrival.kind !== 'jump';
}

/** Something waits for the disk, besides cursors that moved without entries. */
export function isKeeping(state: State): boolean {
  return state.committing !== null || state.pending.some(isUrgent);
}

export function arrive(state: State, arrival: Arrival): Turn {
  // Messages without data cost no credit, so their number has a limit of its own.
  if (state.pending.length >= PENDING_MAX) return close(state, 'credit');
  const last = state.pending.at(-1);
  const joined =
    arrival.kind === 'jump' && last?.kind === 'jump' && last.lane === arrival.lane ? state.pending.slice(0, -1) : state.pending;
  return beginCommit({ ...state, pending: [...joined, arrival] });
}

/** Starts the next commit if one is due and none is under way. */
export function beginCommit(state: State): Turn {
  if (state.committing !== null || state.pending.length === 0) return stay(state);
  if (state.pending.some(isUrgent)) return commitNow(state);
  if (state.savePlanned) return stay(state);
  return stay({ ...state, savePlanned: true }, { type: 'timer', timer: 'save', afterMs: SAVE_AFTER_MS });
}

/** Commits the front of what is pending, urgent or not. */
export function commitNow(state: State): Turn {
  if (state.committing !== null || state.pending.length === 0) return stay(state);
  const count = batchLength(state.pending);
  const committing = state.pending.slice(0, count);
  const next: State = { ...state, pending: state.pending.slice(count), committing };
  return stay(next, commitEffect(next, committing));
}

/** A `settle` goes alone: its record tells how far our log had grown when it came, which its predecessors decide. */
function batchLength(pending: readonly Arrival[]): number {
  let bytes = 0;
  let count = 0;
  for (const arrival of pending) {
    bytes += arrival.bytes;
    if (count > 0 && (bytes > COMMIT_BYTES_MAX || arrival.kind === 'settle')) break;
    count++;
    if (arrival.kind === 'settle') break;
  }
  return count;
}

function commitEffect(state: State, arrivals: readonly Arrival[]): CommitEffect {
  return {
    type: 'commit',
    entries: arrivals.flatMap((arrival) => arrival.entries.map((entry) => ({ ...entry, lane: arrival.lane, refill: arrival.refill }))),
    cursors: LANES.flatMap((lane) => {
      const moved = arrivals.findLast((arrival) => arrival.lane === lane && arrival.cursor !== null);
      return moved?.cursor === null || moved === undefined ? [] : cursorRecord(state, lane, moved.cursor, moved.kind === 'settle');
    }),
    holes: arrivals.flatMap((arrival) => arrival.holes),
    filled: arrivals.flatMap((arrival) => arrival.filled.map((entryId) => ({ lane: arrival.lane, entryId }))),
  };
}

function cursorRecord(state: State, lane: Lane, cursor: Head, settled: boolean): CommitEffect['cursors'] {
  const lane_ = state.in[lane];
  if (state.peerStore === null) return [];
  const resend = settled ? state.tops[lane] : lane_.phase === 'reading' ? lane_.resend : null;
  if (resend === null) return []; // the lane was shut meanwhile
  const traced = state.setup.traces ? (settled ? cursor : state.traced[lane]) : null;
  return [{ lane, record: { store: state.peerStore, position: cursor.position, prefixHash: cursor.prefixHash, resend, traced } }];
}

/** Nothing was kept: the same commit again, later and later. */
export function commitFailed(state: State): Turn {
  const delay = state.stalledMs === null ? RETRY_FIRST_MS : Math.min(state.stalledMs * 2, RETRY_MAX_MS);
  const next: State = { ...state, stalledMs: delay };
  const timer = { type: 'timer', timer: 'retry', afterMs: delay } as const;
  return state.stalledMs === null ? stay(next, { type: 'report', report: { type: 'store-full' } }, timer) : stay(next, timer);
}

export function retryCommit(state: State): Turn {
  return state.committing === null ? stay(state) : stay(state, commitEffect(state, state.committing));
}
