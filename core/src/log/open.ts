/** Opening lanes: our heads and our cursors go out, and what the level allows begins. */
import type { Lane } from '../ports/store.js';
import { LANES } from '../ports/store.js';
import { enqueue } from './ask.js';
import type { OpenedLane } from './event.js';
import { meetHeads } from './meet.js';
import type { Effect } from './effect.js';
import { earlyCursor } from './on/cursors.js';
import { type Hole, type InLane, type Level, type OutLane, type State, withLane } from './state.js';
import { chain, say, stay, type Turn } from './turn.js';

export function lanesOf(level: Level): readonly Lane[] {
  return level === 0 ? [0] : LANES;
}

function accepts(state: State): boolean {
  return state.setup.takes && (state.level === 1 || state.setup.acceptAnnouncements);
}

export function start(state: State): Turn {
  if (state.phase !== 'new') return stay(state);
  return stay({ ...state, phase: 'open' }, { type: 'open', lanes: lanesOf(state.level), holes: true });
}

export function opened(state: State, lanes: readonly OpenedLane[], holes: readonly Hole[]): Turn {
  if (state.phase !== 'open') return stay(state);
  const shown = lanes.filter((one) => lanesOf(state.level).includes(one.lane));
  const now = state.setup.anew ? shown.map((one) => ({ ...one, record: null })) : shown;
  let next = state;
  for (const { lane, head, record } of now) {
    const out: OutLane = next.setup.gives && next.out[lane].phase === 'shut' ? { phase: 'waiting', head, unmatched: 0 } : next.out[lane];
    const into: InLane = accepts(state) && next.in[lane].phase === 'shut' ? { phase: 'opened', record } : next.in[lane];
    next = {
      ...next,
      tops: withLane(next.tops, lane, head.position),
      out: withLane(next.out, lane, out),
      in: withLane(next.in, lane, into),
    };
  }
  return chain(
    next,
    (at) => stay(at, ...greetings(at, state, now)),
    meetHeads,
    ...LANES.map((lane) => (at: State) => earlyCursor(at, lane)),
    (at) => chain(at, ...LANES.map((lane) => (was: State) => askHoles(was, lane, holes))),
  );
}

/** Heads of lanes newly shown; cursors of lanes that have one, by the store they were read from, before its heads are known. */
function greetings(state: State, before: State, lanes: readonly OpenedLane[]): readonly Effect[] {
  // Whoever gives nothing shows its heads all the same: they tell the peer what need not be offered first.
  const side = state.setup.gives ? before.out : before.in;
  const shown = lanes.filter((one) => side[one.lane].phase === 'shut');
  const heads = shown.map((one) => ({ lane: one.lane, ...one.head }));
  const effects: Effect[] = heads.length === 0 ? [] : [say(state, { type: 'heads', store: state.setup.store, lanes: heads })];
  const records = lanes.flatMap((one) =>
    one.record === null || state.in[one.lane].phase !== 'opened' ? [] : [{ lane: one.lane, record: one.record }],
  );
  for (const store of new Set(records.map((one) => one.record.store))) {
    const cursors = records.filter((one) => one.record.store === store);
    effects.push(
      say(state, {
        type: 'cursors',
        store,
        lanes: cursors.map(({ lane, record }) => ({ lane, position: record.position, prefixHash: record.prefixHash })),
      }),
    );
  }
  return effects;
}

function askHoles(state: State, lane: Lane, holes: readonly Hole[]): Turn {
  const ids = holes.filter((hole) => hole.lane === lane).map((hole) => hole.entryId);
  return ids.length === 0 || state.in[lane].phase === 'shut' ? stay(state) : enqueue(state, 'hole', lane, ids);
}
