/** Reconciling (C27): learn by ranges what the peer holds and we lack, get it, then set the cursor to the peer's head. */
import type { EntryId } from '@leanvibe/protocol/ids';
import type { WireRangeAnswer, WireRangeSum } from '@leanvibe/protocol/peer';
import type { Lane } from '../ports/store.js';
import { LANES } from '../ports/store.js';
import { enqueue } from './ask.js';
import { arrive } from './keep.js';
import { pump } from './pump.js';
import { breach, close } from './refuse.js';
import type { Pull, State } from './state.js';
import { withLane } from './state.js';
import { ASKED_MAX, isAnswerTo } from './sums/ranges.js';
import { chain, say, stay, type Turn } from './turn.js';

/** Lacking ids that are fetched before more ranges are compared. */
const LACKING_MAX = 512;
/** Prefixes waiting; an honest tree of ten million entries needs a tenth. */
const TODO_MAX = 65_536;
/** Ranges any reconciliation may need, and how large a head a peer may claim to have more. */
export const ASKED_FLOOR = 4_096;
export const CLAIM_MAX = 4_194_304;

/** Reconciles the lowest lane that is astray, unless one is under way. */
export function startPull(state: State): Turn {
  if (state.pull !== null || state.phase !== 'open') return stay(state);
  for (const lane of LANES) {
    const astray = state.in[lane];
    if (astray.phase !== 'astray') continue;
    const pull: Pull = { lane, target: astray.target, round: 0, todo: [''], lacking: [], asked: 0, stage: { at: 'ready' } };
    return continuePull({ ...state, pull });
  }
  return stay(state);
}

export function continuePull(state: State): Turn {
  const pull = state.pull;
  if (pull === null || state.phase !== 'open') return stay(state);
  if (pull.stage.at !== 'ready') return stay(state);
  if (pull.lacking.length > LACKING_MAX || (pull.todo.length === 0 && pull.lacking.length > 0)) {
    const getting: State = { ...state, pull: { ...pull, lacking: [], stage: { at: 'getting' } } };
    return enqueue(getting, 'pull', pull.lane, pull.lacking);
  }
  if (pull.todo.length === 0) return settle(state, pull);
  return ask(state, pull);
}

/** Depth first, so that the list of prefixes stays short. */
function ask(state: State, pull: Pull): Turn {
  const prefixes = pull.todo.slice(-ASKED_MAX);
  const asked = pull.asked + prefixes.length;
  if (asked > ASKED_FLOOR + state.tops[pull.lane] + Math.min(pull.target.position, CLAIM_MAX)) return close(state, 'refused');
  const round = pull.round + 1;
  const next: Pull = { ...pull, round, asked, todo: pull.todo.slice(0, -prefixes.length), stage: { at: 'summing', prefixes } };
  return stay({ ...state, pull: next }, { type: 'sum', lane: pull.lane, seed: state.setup.seed, round, prefixes });
}

export function summed(state: State, lane: Lane, round: number, ranges: readonly WireRangeSum[]): Turn {
  const pull = state.pull;
  if (pull === null || pull.lane !== lane || pull.round !== round || pull.stage.at !== 'summing') return stay(state);
  const next: State = { ...state, pull: { ...pull, stage: { at: 'waiting', prefixes: pull.stage.prefixes } } };
  return stay(next, say(next, { type: 'reconcile', lane, seed: state.setup.seed, round, ranges }));
}

export function onRanges(state: State, lane: Lane, round: number, ranges: readonly WireRangeAnswer[]): Turn {
  const pull = state.pull;
  if (pull === null || pull.lane !== lane || pull.round !== round || pull.stage.at !== 'waiting') return breach(state);
  if (!isAnswerTo(pull.stage.prefixes, ranges)) return close(state, 'refused');
  const next: State = { ...state, pull: { ...pull, stage: { at: 'weighing', prefixes: pull.stage.prefixes } } };
  return stay(next, { type: 'weigh', lane, seed: state.setup.seed, round, ranges });
}

export function weighed(state: State, lane: Lane, round: number, differing: readonly string[], lacking: readonly EntryId[]): Turn {
  const pull = state.pull;
  if (pull === null || pull.lane !== lane || pull.round !== round || pull.stage.at !== 'weighing') return stay(state);
  const todo = [...pull.todo, ...differing];
  if (todo.length > TODO_MAX) return close(state, 'refused');
  return continuePull({ ...state, pull: { ...pull, todo, lacking: [...pull.lacking, ...lacking], stage: { at: 'ready' } } });
}

/** Every id that was lacking has been answered. */
export function pullAnswered(state: State): Turn {
  const more = state.fetches.some((fetch) => fetch.purpose === 'pull');
  if (state.pull?.stage.at !== 'getting' || more) return stay(state);
  return continuePull({ ...state, pull: { ...state.pull, stage: { at: 'ready' } } });
}

/** Commits go in order, so the cursor moves only once all that was got is on disk. */
function settle(state: State, pull: Pull): Turn {
  const arrival = {
    kind: 'settle',
    lane: pull.lane,
    entries: [],
    bytes: 0,
    cursor: pull.target,
    refill: false,
    holes: [],
    filled: [],
  } as const;
  return arrive({ ...state, pull: { ...pull, stage: { at: 'settling' } } }, arrival);
}

/** The cursor is saved: tell the peer, which sends what came since, and go on to the next lane. */
export function settled(state: State, lane: Lane): Turn {
  const pull = state.pull;
  if (pull === null || pull.lane !== lane || state.peerStore === null) return stay(state);
  const reading = { phase: 'reading', at: pull.target, peerTop: pull.target.position, confirmed: true, resend: state.tops[lane] } as const;
  const traced = withLane(state.traced, lane, pull.target);
  const next: State = { ...state, pull: null, traced, in: withLane(state.in, lane, reading) };
  const message = say(next, { type: 'cursors', store: state.peerStore, lanes: [{ lane, ...pull.target }] });
  return chain(next, (now) => stay(now, message), startPull, pump);
}
