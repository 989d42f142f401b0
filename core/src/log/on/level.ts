/** The level changed while we talk: lanes open, or shut at once and for the rest of this conversation (C25); what is still open goes on. */
import { LANES } from '../../ports/store.js';
import { lanesOf } from '../open.js';
import { pump } from '../pump.js';
import { type InLane, type Level, type OutLane, type State, withLane } from '../state.js';
import { stay, type Turn } from '../turn.js';

export function onLevel(state: State, level: Level): Turn {
  if (level === state.level || state.phase === 'closed') return stay(state);
  if (state.phase === 'new') return stay({ ...state, level });
  if (level === 1 && state.lowered) return stay(state);
  const next: State = { ...state, level, lowered: level === 0 };
  return level === 1 ? stay(next, { type: 'open', lanes: lanesOf(1), holes: true }) : pump(shut(next));
}

function shut(state: State): State {
  let next = state;
  const closed: InLane & OutLane = { phase: 'shut' };
  for (const lane of LANES) {
    if (lane > 0) next = { ...next, out: withLane(next.out, lane, closed) };
    if (lane > 0 || !next.setup.acceptAnnouncements) next = { ...next, in: withLane(next.in, lane, closed) };
  }
  const stays = (one: { readonly lane: 0 | 1 | 2 } | null): boolean => one !== null && next.in[one.lane].phase !== 'shut';
  return {
    ...next,
    sending: next.sending.at === 'offered' && next.sending.lane > 0 ? { at: 'rest' } : next.sending,
    serving: next.serving !== null && next.serving.lane > 0 ? null : next.serving,
    pending: next.pending.filter(stays),
    pull: stays(next.pull) ? next.pull : null,
    asking: stays(next.asking) ? next.asking : null,
    fetches: next.fetches.filter(stays),
    trace: stays(next.trace) ? next.trace : null,
    claims: next.claims.filter(stays),
    offer: stays(next.offer) ? next.offer : null,
  };
}
