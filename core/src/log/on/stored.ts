/** `stored`: the peer has it on disk and grants bytes again; where it put ours lets our cursor pass them (C28, C29). */
import type { LogMessage } from '@leanvibe/protocol/peer';
import { followJumps } from '../committed.js';
import { arrive } from '../keep.js';
import { pump } from '../pump.js';
import { breach } from '../refuse.js';
import { type State, withLane } from '../state.js';
import { chain, stay, type Turn } from '../turn.js';

type Stored = Extract<LogMessage, { type: 'stored' }>;

export function onStored(state: State, message: Stored): Turn {
  const out = state.out[message.lane];
  if (out.phase === 'shut') return stay(state); // sent before the peer heard that we shut it
  if (message.credit > state.creditUsed) return breach(state);
  const credited: State = { ...state, creditUsed: state.creditUsed - message.credit };
  if (message.through === null) return chain(credited, (now) => jump(now, message), pump);
  if (out.phase !== 'streaming' || message.through > out.sent.position || message.through < out.acked) return breach(state);
  const [acked, jumps] = followJumps(message.through, out.jumps);
  const next: State = { ...credited, out: withLane(credited.out, message.lane, { ...out, acked, jumps }) };
  return chain(next, (now) => jump(now, message), pump);
}

function jump(state: State, message: Stored): Turn {
  const { lane, placed } = message;
  if (placed === null) return stay(state);
  const reading = state.in[lane];
  if (reading.phase === 'shut') return stay(state);
  if (reading.phase !== 'reading' || placed.after.position <= placed.before.position) return breach(state);
  if (reading.at.position !== placed.before.position || reading.at.prefixHash !== placed.before.prefixHash) return breach(state);
  const at = { ...reading, at: placed.after, peerTop: Math.max(reading.peerTop, placed.after.position), confirmed: true };
  const next: State = { ...state, in: withLane(state.in, lane, at) };
  return arrive(next, { kind: 'jump', lane, entries: [], bytes: 0, cursor: placed.after, refill: false, holes: [], filled: [] });
}
