/** What a conversation may say of itself: how much is left in each direction, and what the peer is known to hold. */
import type { StoreId } from '@leanvibe/protocol/ids';
import { type Head, LANES } from '../ports/store.js';
import { isKeeping } from './keep.js';
import type { InLane, Lanes, OutLane, State } from './state.js';

export interface SyncStatus {
  readonly phase: 'new' | 'greeting' | 'reconciling' | 'working' | 'idle' | 'stalled' | 'closed';
  /** Positions of our log the peer is not known to hold, in lanes it reads. */
  readonly pendingOut: number;
  /** Positions of the peer's log, entries not on disk yet, and ids asked for. At least 1 while anything is awaited. */
  readonly pendingIn: number;
  /** Per lane: every entry of our log up to here is stored at the peer or came from it; 0 while unknown. */
  readonly peerHolds: Lanes<number>;
  /** Per lane: the end of our own log as this conversation knows it. */
  readonly own: Lanes<number>;
  /** Nothing is under way or owed in either direction. */
  readonly idle: boolean;
  /** Refusals so far, all reasons together. */
  readonly refused: number;
}

function holdsOf(out: OutLane): number {
  return out.phase === 'streaming' ? out.acked : 0;
}

function lanesOf<T>(of: (lane: 0 | 1 | 2) => T): Lanes<T> {
  return [of(0), of(1), of(2)];
}

function owedIn(lane: InLane): number {
  switch (lane.phase) {
    case 'shut':
    case 'opened':
      return 0;
    case 'reading':
      return Math.max(0, lane.peerTop - lane.at.position);
    case 'astray':
      return Math.max(1, lane.target.position);
  }
}

function isOutBusy(state: State, lane: 0 | 1 | 2): boolean {
  const out = state.out[lane];
  if (out.phase === 'shut') return false;
  if (out.phase !== 'streaming') return state.peerHeads[lane] !== null;
  return out.dirty || out.acked < out.sent.position;
}

export function readOf(state: State): { readonly store: StoreId | null; readonly lanes: Lanes<Head | null> } {
  const lanes = lanesOf((lane) => {
    const reading = state.in[lane];
    return reading.phase === 'reading' && reading.confirmed ? reading.at : null;
  });
  return { store: state.peerStore, lanes };
}

export function statusOf(state: State): SyncStatus {
  const peerHolds = lanesOf((lane) => holdsOf(state.out[lane]));
  const pendingOut = LANES.reduce<number>(
    (sum, lane) => sum + (isOutBusy(state, lane) ? Math.max(1, state.tops[lane] - peerHolds[lane]) : 0),
    0,
  );
  const waiting = [...state.pending, ...(state.committing ?? [])].reduce((sum, arrival) => sum + arrival.entries.length, 0);
  const asked = (state.asking?.ids.size ?? 0) + state.fetches.reduce((sum, fetch) => sum + fetch.ids.length, 0);
  const owed = LANES.reduce<number>((sum, lane) => sum + owedIn(state.in[lane]), 0);
  const busyIn = isKeeping(state) || state.offer !== null || state.pull !== null;
  const pendingIn = Math.max(owed + waiting + asked, busyIn ? 1 : 0);
  const busyOut = state.sending.at !== 'rest' || state.serving !== null || state.answering || pendingOut > 0;
  const met = state.phase === 'open' && state.peerStore !== null;
  const idle = met && pendingIn === 0 && !busyOut;
  return {
    phase: phaseOf(state, met, idle),
    pendingOut: Math.max(pendingOut, busyOut ? 1 : 0),
    pendingIn,
    peerHolds,
    own: state.tops,
    idle,
    refused: Object.values(state.refused).reduce((sum, count) => sum + count, 0),
  };
}

function phaseOf(state: State, met: boolean, idle: boolean): SyncStatus['phase'] {
  if (state.phase !== 'open') return state.phase;
  if (!met) return 'greeting';
  if (state.stalledMs !== null) return 'stalled';
  if (state.pull !== null) return 'reconciling';
  return idle ? 'idle' : 'working';
}
