/** The blind half of sync as a pure function: what happened, and what is to be done about it. It knows neither documents nor keys. */
import { exhaustive } from '../base/result.js';
import { enqueue } from './ask.js';
import { committed } from './committed.js';
import type { Event } from './event.js';
import { commitFailed, commitNow, retryCommit } from './keep.js';
import { onChecked } from './on/cursors.js';
import { onFound } from './on/get.js';
import { onLevel } from './on/level.js';
import { onMessage } from './on/message.js';
import { onOfferChecked } from './on/offer.js';
import { onAnswered } from './on/reconcile.js';
import { onListed } from './on/trace.js';
import { opened, start } from './open.js';
import { summed, weighed } from './pull.js';
import { appended, sendRows } from './pump.js';
import { chained, claimed, getLate, planTrace, traceLate, traceNext } from './trace.js';
import type { State } from './state.js';
import { chain, stay, type Turn } from './turn.js';

export function step(state: State, event: Event): Turn {
  return state.phase === 'closed' ? stay(state) : chain(state, (now) => take(now, event), planTrace);
}

function take(state: State, event: Event): Turn {
  switch (event.type) {
    case 'start':
      return start(state);
    case 'message':
      return onMessage(state, event.message, event.items);
    case 'appended':
      return appended(state, event.lane);
    case 'level':
      return onLevel(state, event.level);
    case 'fetch':
      return enqueue(state, event.purpose, event.lane, event.ids);
    case 'timer':
      return onTimer(state, event);
    case 'claimed':
      return claimed(state, event.lane, event.head);
    case 'listed':
      return onListed(state, event.lane, event.after, event.ids);
    case 'chained':
      return chained(state, event.round, event.head, event.lacking);
    case 'leave':
      return commitNow(state);
    case 'opened':
      return opened(state, event.lanes, event.holes);
    case 'checked':
      return onChecked(state, event.lane, event.prefixHash);
    case 'rows':
      return sendRows(state, event.lane, event.rows);
    case 'found':
      return onFound(state, event.lane, event.items, event.missing, event.done);
    case 'offer-checked':
      return onOfferChecked(state, event.held);
    case 'answered':
      return onAnswered(state, event.lane, event.round, event.ranges);
    case 'summed':
      return summed(state, event.lane, event.round, event.ranges);
    case 'weighed':
      return weighed(state, event.lane, event.round, event.differing, event.lacking);
    case 'committed':
      return committed(state, event.placed);
    case 'commit-failed':
      return commitFailed(state);
    default:
      return exhaustive(event);
  }
}

function onTimer(state: State, event: Extract<Event, { type: 'timer' }>): Turn {
  switch (event.timer) {
    case 'retry':
      return retryCommit(state);
    case 'save':
      return commitNow({ ...state, savePlanned: false });
    case 'trace':
      return traceNext({ ...state, tracePlanned: false });
    case 'get-answer':
      return getLate(state);
    case 'trace-answer':
      return traceLate(state, event.round);
  }
}
