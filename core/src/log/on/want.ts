/** `want`: which of the offered entries the peer lacks; they follow in one frame, and its cursor passes the rest. */
import type { LogMessage } from '@leanvibe/protocol/peer';
import { sendEntries } from '../pump.js';
import { breach } from '../refuse.js';
import type { State } from '../state.js';
import type { Turn } from '../turn.js';

export function onWant(state: State, message: Extract<LogMessage, { type: 'want' }>): Turn {
  const offered = state.sending;
  if (offered.at !== 'offered' || offered.lane !== message.lane || offered.through.position !== message.through) return breach(state);
  const bit = (at: number): boolean => (((message.bits[at >> 3] ?? 0) >> (at & 7)) & 1) === 1;
  if (message.bits.length !== Math.ceil(offered.rows.length / 8)) return breach(state);
  for (let at = offered.rows.length; at < message.bits.length * 8; at++) if (bit(at)) return breach(state);
  return sendEntries(
    state,
    offered.lane,
    offered.rows.filter((_, at) => bit(at)),
    offered.through,
  );
}
