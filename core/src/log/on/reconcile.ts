/** `reconcile`: a question about our own log; one at a time (C29). */
import type { LogMessage, WireRangeAnswer } from '@leanvibe/protocol/peer';
import { type Lane, LANES } from '../../ports/store.js';
import { ASKED_FLOOR, CLAIM_MAX } from '../pull.js';
import { breach, close, refuse } from '../refuse.js';
import type { State } from '../state.js';
import { ASKED_MAX } from '../sums/ranges.js';
import { say, stay, type Turn } from '../turn.js';

export function onReconcile(state: State, message: Extract<LogMessage, { type: 'reconcile' }>): Turn {
  const { lane, seed, round, ranges } = message;
  if (state.out[lane].phase === 'shut') return refuse(state, 'not-matched');
  if (state.answering || ranges.length > ASKED_MAX) return breach(state);
  const answered = state.answered + ranges.length;
  if (answered > answeredMax(state)) return close(state, 'refused');
  return stay({ ...state, answering: true, answered }, { type: 'answer', lane, seed, round, ranges });
}

/** Several times what an honest peer needs, which reconciles each lane once. */
function answeredMax(state: State): number {
  const held = LANES.reduce<number>((sum, lane) => sum + state.tops[lane] + Math.min(state.peerHeads[lane]?.position ?? 0, CLAIM_MAX), 0);
  return 4 * (ASKED_FLOOR + held);
}

export function onAnswered(state: State, lane: Lane, round: number, ranges: readonly WireRangeAnswer[]): Turn {
  const next: State = { ...state, answering: false };
  return state.out[lane].phase === 'shut' ? stay(next) : stay(next, say(next, { type: 'ranges', lane, round, ranges }));
}
