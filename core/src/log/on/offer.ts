/** `offer`: ids first; we answer which we lack (C28). */
import type { LogMessage } from '@leanvibe/protocol/peer';
import { breach, refuse } from '../refuse.js';
import { type State, withLane } from '../state.js';
import { say, stay, type Turn } from '../turn.js';

export function onOffer(state: State, message: Extract<LogMessage, { type: 'offer' }>): Turn {
  const { lane, through, prefixHash, ids } = message;
  const reading = state.in[lane];
  if (reading.phase === 'shut') return refuse(state, 'not-accepted-from');
  if (reading.phase !== 'reading' || state.offer !== null) return breach(state);
  if (through <= reading.at.position || ids.length > through - reading.at.position) return breach(state);
  const at = { ...reading, peerTop: Math.max(reading.peerTop, through), confirmed: true };
  const next: State = {
    ...state,
    in: withLane(state.in, lane, at),
    offer: { lane, through: { position: through, prefixHash }, checking: true },
  };
  return stay(next, { type: 'check-ids', ids });
}

export function onOfferChecked(state: State, held: readonly boolean[]): Turn {
  const offer = state.offer;
  if (offer === null || !offer.checking) return stay(state);
  const bits = new Uint8Array(Math.ceil(held.length / 8));
  held.forEach((have, at) => {
    if (!have) bits[at >> 3] = (bits[at >> 3] ?? 0) | (1 << (at & 7));
  });
  const next: State = { ...state, offer: { ...offer, checking: false } };
  return stay(next, say(next, { type: 'want', lane: offer.lane, through: offer.through.position, bits }));
}
