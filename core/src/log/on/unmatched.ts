/** `unmatched`: our cursor is not on the peer's log, which therefore lost or rewrote something: reconcile. */
import type { LogMessage } from '@leanvibe/protocol/peer';
import { startPull } from '../pull.js';
import { breach } from '../refuse.js';
import { type State, withLane } from '../state.js';
import { after, type Turn } from '../turn.js';

export function onUnmatched(state: State, message: Extract<LogMessage, { type: 'unmatched' }>): Turn {
  const { lane } = message;
  const reading = state.in[lane];
  const head = state.peerHeads[lane];
  // Already known from the heads.
  if (reading.phase === 'astray') return startPull(state);
  if (reading.phase !== 'reading' || head === null) return breach(state);
  if (reading.at.position !== message.position || reading.at.prefixHash !== message.prefixHash) {
    // About a cursor that has been replaced since; else the peer contradicts itself.
    return reading.confirmed ? [state, []] : breach(state);
  }
  if (reading.confirmed) return breach(state);
  const report = { type: 'report', report: { type: 'rolled-back', lane, had: message.position, has: head.position } } as const;
  return after([report], startPull({ ...state, in: withLane(state.in, lane, { phase: 'astray', target: head }) }));
}
