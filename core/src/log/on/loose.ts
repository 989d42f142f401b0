/** `loose`: entries we asked for by id, and those the peer does not hold. Nothing unasked is taken. */
import type { EntryId } from '@leanvibe/protocol/ids';
import { CREDIT_BYTES } from '@leanvibe/protocol/limits';
import type { LogMessage } from '@leanvibe/protocol/peer';
import { askNext } from '../ask.js';
import type { Inspected } from '../inspect.js';
import { arrive } from '../keep.js';
import { pullAnswered } from '../pull.js';
import { breach, refuse } from '../refuse.js';
import type { Arrival, Asking, State } from '../state.js';
import { chain, stay, type Turn } from '../turn.js';
import { overCredit, refuseItems, sort } from './entries.js';

type Loose = Extract<LogMessage, { type: 'loose' }>;

export function onLoose(state: State, message: Loose, items: readonly Inspected[]): Turn {
  const asking = state.asking;
  if (state.in[message.lane].phase === 'shut') return refuse(state, 'not-accepted-from');
  const answered = [...items.map((item) => item.entryId), ...message.missing];
  if (asking === null || asking.lane !== message.lane || answered.length === 0) return breach(state);
  if (new Set(answered).size !== answered.length || !answered.every((entryId) => asking.ids.has(entryId))) return breach(state);
  const bytes = message.items.reduce((sum, item) => sum + item.length, 0);
  if (state.creditDue + bytes > CREDIT_BYTES) return overCredit(state);
  const left = new Set(asking.ids);
  for (const entryId of answered) left.delete(entryId);
  const next: State = { ...state, creditDue: state.creditDue + bytes, asking: left.size === 0 ? null : { ...asking, ids: left } };
  return chain(
    next,
    (now) => refuseItems(now, message.lane, items),
    (now) => (now.phase === 'closed' ? stay(now) : arrive(now, arrivalOf(asking, message, items, bytes))),
    (now) => noteMissing(now, asking, message.missing, items.filter((item) => item.ok).length),
    (now) => (now.asking === null ? askNext(now) : stay(now)),
    (now) => (now.asking === null ? pullAnswered(now) : stay(now)),
  );
}

function arrivalOf(asking: Asking, message: Loose, items: readonly Inspected[], bytes: number): Arrival {
  const { lane } = message;
  if (asking.purpose === 'sample') return { kind: 'loose', lane, entries: [], bytes, cursor: null, refill: false, holes: [], filled: [] };
  const { entries, holes } = sort(lane, items);
  const lost = asking.purpose === 'pull' ? message.missing.map((entryId) => ({ lane, entryId, version: 0 })) : [];
  const filled = asking.purpose === 'pull' ? [] : entries.map((entry) => entry.entryId);
  return { kind: 'loose', lane, entries, bytes, cursor: null, refill: asking.purpose === 'fetch', holes: [...holes, ...lost], filled };
}

function noteMissing(state: State, asking: Asking, ids: readonly EntryId[], right: number): Turn {
  if (asking.purpose === 'sample')
    return stay(state, { type: 'report', report: { type: 'sampled', lane: asking.lane, right, missing: ids } });
  if (ids.length === 0) return stay(state);
  switch (asking.purpose) {
    case 'pull':
      return stay(state, { type: 'report', report: { type: 'hole', lane: asking.lane, ids } });
    case 'fetch':
      return stay(state, { type: 'report', report: { type: 'missing', lane: asking.lane, ids } });
    case 'traced':
      return stay(state, { type: 'report', report: { type: 'withheld', lane: asking.lane, ids } });
    case 'hole':
      return stay(state); // still a hole, as it was
  }
}
