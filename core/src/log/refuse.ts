/** Refusals: counted by reason, and the end of the conversation when they repeat (P9). */
import type { RefusalReason } from '@leanvibe/protocol/errors';
import type { Effect } from './effect.js';
import type { State } from './state.js';
import { stay, type Turn } from './turn.js';

/** Bad entries an honest peer could pass on by mistake before we stop listening. */
export const STRIKES_MAX = 64;
/** A message out of order is never an honest mistake, so eight of them are enough. */
export const BREACH_WEIGHT = 8;

export function close(state: State, reason: 'refused' | 'credit'): Turn {
  return stay({ ...state, phase: 'closed' }, { type: 'report', report: { type: 'closed', reason } });
}

function weigh(state: State, reason: RefusalReason, count: number, weight: number): Turn {
  const refused = { ...state.refused, [reason]: (state.refused[reason] ?? 0) + count };
  const counted: State = { ...state, refused, strikes: state.strikes + weight };
  const report: Effect = { type: 'report', report: { type: 'refused', reason, count } };
  if (counted.strikes < STRIKES_MAX) return stay(counted, report);
  const [closed, effects] = close(counted, 'refused');
  return stay(closed, report, ...effects);
}

/** `count` bad entries. One sealed by a newer program is nobody's fault and never closes the conversation. */
export function refuse(state: State, reason: RefusalReason, count = 1): Turn {
  return weigh(state, reason, count, reason === 'entry-version' ? 0 : count);
}

/** A message that does not follow the conversation. */
export function breach(state: State, reason: RefusalReason = 'malformed'): Turn {
  return weigh(state, reason, 1, BREACH_WEIGHT);
}
