/** `heads`: which store the peer has and where its lanes end; each lane is told once. */
import type { LogMessage } from '@leanvibe/protocol/peer';
import { meetHeads } from '../meet.js';
import { breach } from '../refuse.js';
import { type State, withLane } from '../state.js';
import type { Turn } from '../turn.js';

export function onHeads(state: State, message: Extract<LogMessage, { type: 'heads' }>): Turn {
  if (state.peerStore !== null && state.peerStore !== message.store) return breach(state);
  let next: State = { ...state, peerStore: message.store };
  for (const { lane, position, prefixHash } of message.lanes) {
    if (next.peerHeads[lane] !== null) return breach(state);
    next = { ...next, peerHeads: withLane(next.peerHeads, lane, { position, prefixHash }) };
  }
  return meetHeads(next);
}
