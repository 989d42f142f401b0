/** `get`: entries asked for by id; answered within credit, one question at a time. */
import type { EntryId } from '@leanvibe/protocol/ids';
import type { LogMessage } from '@leanvibe/protocol/peer';
import type { Lane } from '../../ports/store.js';
import { pump } from '../pump.js';
import { breach, refuse } from '../refuse.js';
import type { State } from '../state.js';
import { after, say, stay, type Turn } from '../turn.js';

export function onGet(state: State, message: Extract<LogMessage, { type: 'get' }>): Turn {
  if (state.out[message.lane].phase === 'shut') return refuse(state, 'not-matched');
  if (state.serving !== null || message.ids.length === 0) return breach(state);
  return pump({ ...state, serving: { lane: message.lane, ids: message.ids } });
}

/** `done` of the ids were looked up. */
export function onFound(state: State, lane: Lane, items: readonly Uint8Array[], missing: readonly EntryId[], done: number): Turn {
  const rest: State = state.sending.at === 'finding' ? { ...state, sending: { at: 'rest' } } : state;
  if (rest.serving === null || rest.serving.lane !== lane) return pump(rest);
  const ids = rest.serving.ids.slice(done);
  const bytes = items.reduce((sum, item) => sum + item.length, 0);
  const next: State = { ...rest, creditUsed: rest.creditUsed + bytes, serving: ids.length === 0 ? null : { lane, ids } };
  if (rest.out[lane].phase === 'shut') return stay({ ...rest, serving: null });
  return after([say(next, { type: 'loose', lane, items, missing })], pump(next));
}
