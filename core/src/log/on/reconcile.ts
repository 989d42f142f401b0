/** `reconcile`: a question about our own log; one at a time (C29). */
import type { LogMessage, WireRangeAnswer } from '@leanvibe/protocol/peer';
import type { Lane } from '../../ports/store.js';
import { breach, refuse } from '../refuse.js';
import type { State } from '../state.js';
import { ASKED_MAX } from '../sums/ranges.js';
import { say, stay, type Turn } from '../turn.js';

export function onReconcile(state: State, message: Extract<LogMessage, { type: 'reconcile' }>): Turn {
  const { lane, seed, round, ranges } = message;
  if (state.out[lane].phase === 'shut') return refuse(state, 'not-matched');
  if (state.answering || ranges.length > ASKED_MAX) return breach(state);
  return stay({ ...state, answering: true }, { type: 'answer', lane, seed, round, ranges });
}

export function onAnswered(state: State, lane: Lane, round: number, ranges: readonly WireRangeAnswer[]): Turn {
  const next: State = { ...state, answering: false };
  return state.out[lane].phase === 'shut' ? stay(next) : stay(next, say(next, { type: 'ranges', lane, round, ranges }));
}
