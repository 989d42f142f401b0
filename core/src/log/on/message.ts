/** One message of the peer, to its handler. */
import type { LogMessage } from '@leanvibe/protocol/peer';
import { exhaustive } from '../../base/result.js';
import type { Inspected } from '../inspect.js';
import { onRanges } from '../pull.js';
import { breach, refuse } from '../refuse.js';
import type { State } from '../state.js';
import { onTraced } from '../trace.js';
import type { Turn } from '../turn.js';
import { onCursors } from './cursors.js';
import { onEntries } from './entries.js';
import { onGet } from './get.js';
import { onHeads } from './heads.js';
import { onLoose } from './loose.js';
import { onOffer } from './offer.js';
import { onReconcile } from './reconcile.js';
import { onStored } from './stored.js';
import { onTrace } from './trace.js';
import { onUnmatched } from './unmatched.js';
import { onWant } from './want.js';

export function onMessage(state: State, message: LogMessage, items: readonly Inspected[]): Turn {
  if (message.type !== 'heads' && state.peerStore === null) return breach(state);
  switch (message.type) {
    case 'heads':
      return onHeads(state, message);
    case 'cursors':
      return onCursors(state, message);
    case 'entries':
      return onEntries(state, message, items);
    case 'offer':
      return onOffer(state, message);
    case 'want':
      return onWant(state, message);
    case 'stored':
      return onStored(state, message);
    case 'reconcile':
      return onReconcile(state, message);
    case 'ranges':
      return state.in[message.lane].phase === 'shut'
        ? refuse(state, 'not-accepted-from')
        : onRanges(state, message.lane, message.round, message.ranges);
    case 'get':
      return onGet(state, message);
    case 'loose':
      return onLoose(state, message, items);
    case 'trace':
      return onTrace(state, message);
    case 'traced':
      return onTraced(state, message.lane, message.after, message.ids);
    case 'unmatched':
      return onUnmatched(state, message);
    default:
      return exhaustive(message);
  }
}
