/** Tracing a relay's log (W31): its ids, one after the other, must lead from a head it showed to a later one, and each of them must be here or be had. */
import type { EntryId } from '@leanvibe/protocol/ids';
import type { Head, Lane } from '../ports/store.js';
import { LANES } from '../ports/store.js';
import { enqueue, FETCH_IDS_MAX } from './ask.js';
import { arrive, isKeeping } from './keep.js';
import { breach } from './refuse.js';
import { type InLane, type State, type Trace, withLane } from './state.js';
import { chain, say, stay, type Turn } from './turn.js';

/** What came is traced once no more did for so long, in milliseconds: one question for many entries. */
const QUIET_MS = 5_000;
/** A question that is not answered for so long is told of. */
const ANSWER_MS = 120_000;
/** Heads of others that wait to be traced. */
const CLAIMS_MAX = 64;
/** Ids behind another's head that are traced at most; what is further back is not compared. */
export const CLAIM_IDS_MAX = 65_536;

type Reading = Extract<InLane, { phase: 'reading' }>;

/** Everything that was received of the lane is on disk, and the log was seen to continue our cursor. */
function quiet(state: State, lane: Lane): Reading | null {
  const reading = state.in[lane];
  if (reading.phase !== 'reading' || !reading.confirmed) return null;
  return isKeeping(state) || state.offer !== null || state.pull !== null ? null : reading;
}

/** Plans a look where something was read that was not traced. */
export function planTrace(state: State): Turn {
  if (!state.setup.traces || state.phase !== 'open' || state.trace !== null || state.tracePlanned) return stay(state);
  const due = state.claims.length > 0 || LANES.some((lane) => isDue(state, lane));
  return due ? stay({ ...state, tracePlanned: true }, { type: 'timer', timer: 'trace', afterMs: QUIET_MS }) : stay(state);
}

function isDue(state: State, lane: Lane): boolean {
  const reading = state.in[lane];
  const traced = state.traced[lane];
  return reading.phase === 'reading' && traced !== null && traced.position < reading.at.position;
}

/** Asks the next question, unless one is under way. */
export function traceNext(state: State): Turn {
  if (state.trace !== null || state.phase !== 'open') return stay(state);
  for (const lane of LANES) {
    const [reading, traced] = [quiet(state, lane), state.traced[lane]];
    if (reading === null || traced === null || traced.position >= reading.at.position) continue;
    return askTrace({
      ...state,
      trace: { lane, from: traced, run: traced, target: reading.at, own: true, since: traced, lacking: [], round: state.traces },
    });
  }
  for (const claim of state.claims) {
    const reading = quiet(state, claim.lane);
    if (reading === null) continue;
    const claims = state.claims.filter((one) => one !== claim);
    const { from, lane } = claim;
    if (from.position === reading.at.position) return judged({ ...state, claims }, lane, from, from.prefixHash === reading.at.prefixHash);
    const far = reading.at.position - from.position;
    if (far < 0 || far > CLAIM_IDS_MAX) return traceNext({ ...state, claims });
    return askTrace({
      ...state,
      claims,
      trace: { lane, from, run: from, target: reading.at, own: false, since: state.traced[lane], lacking: [], round: state.traces },
    });
  }
  return planTrace(state);
}

function judged(state: State, lane: Lane, from: Head, ok: boolean): Turn {
  const report = { type: 'report', report: { type: 'compared', lane, from, ok } } as const;
  return chain(state, (now) => stay(now, report), traceNext);
}

function askTrace(state: State): Turn {
  const { trace } = state;
  if (trace === null) return stay(state);
  const round = state.traces + 1;
  const next: State = { ...state, traces: round, trace: { ...trace, round } };
  const { lane, run, target } = trace;
  const question = say(next, { type: 'trace', lane, after: run.position, through: target.position });
  return stay(next, question, { type: 'timer', timer: 'trace-answer', afterMs: ANSWER_MS, round });
}

/** The time for an answer is over. */
export function traceLate(state: State, round: number): Turn {
  const { trace } = state;
  if (trace === null || trace.round !== round) return stay(state);
  return stay(state, { type: 'report', report: { type: 'untraced', lane: trace.lane } });
}

export function onTraced(state: State, lane: Lane, after: number, ids: readonly EntryId[]): Turn {
  const { trace } = state;
  if (state.in[lane].phase === 'shut') return stay(state);
  if (trace === null || trace.lane !== lane || trace.run.position !== after) return breach(state);
  if (ids.length > trace.target.position - after) return breach(state);
  // A log that does not reach where it was shown to reach contradicts itself.
  if (ids.length === 0) return ended(state, trace, false);
  return stay(state, { type: 'chain', lane, from: trace.run, ids, round: trace.round });
}

/** `lacking`: of the ids just looked at, those not held here. */
export function chained(state: State, round: number, run: Head, lacking: readonly EntryId[]): Turn {
  const { trace } = state;
  if (trace === null || trace.round !== round) return stay(state);
  const all = trace.own ? [...trace.lacking, ...lacking] : [];
  const next: Trace = { ...trace, run, lacking: all };
  if (run.position < trace.target.position && all.length <= FETCH_IDS_MAX) return askTrace({ ...state, trace: next });
  // More than one question may ask for is no gap: comparing finds what there is.
  return ended(state, next, run.prefixHash === trace.target.prefixHash && all.length <= FETCH_IDS_MAX);
}

function getLacking(state: State, lane: Lane, ids: readonly EntryId[]): Turn {
  if (ids.length === 0) return stay(state);
  return chain(
    state,
    (now) => enqueue(now, 'traced', lane, ids),
    (now) => stay(now, { type: 'timer', timer: 'get-answer', afterMs: ANSWER_MS }),
  );
}

/** The time to hand over what is lacking is over. */
export function getLate(state: State): Turn {
  const { asking } = state;
  return asking?.purpose === 'traced' ? stay(state, { type: 'report', report: { type: 'untraced', lane: asking.lane } }) : stay(state);
}

function ended(state: State, trace: Trace, ok: boolean): Turn {
  const { from, lane, own, target } = trace;
  const next: State = { ...state, trace: null };
  const reading = next.in[lane];
  // The log was seen to be another one meanwhile, which was told.
  if (reading.phase !== 'reading' || next.traced[lane] !== trace.since) return traceNext(next);
  if (!own) return judged(next, lane, from, ok);
  // What it contradicts itself about is told once, and not asked about again.
  const saved = { kind: 'jump', lane, entries: [], bytes: 0, cursor: reading.at, refill: false, holes: [], filled: [] } as const;
  return chain(
    { ...next, traced: withLane(next.traced, lane, target) },
    // Ids that lead nowhere may be made up: only those of a log it is bound to are asked for.
    (now) => (ok ? getLacking(now, lane, trace.lacking) : stay(now, { type: 'report', report: { type: 'contradicted', lane } })),
    (now) => arrive(now, saved),
    traceNext,
  );
}

/** Somebody was shown this head of the peer's log: the log read here must lead on from it. */
export function claimed(state: State, lane: Lane, from: Head): Turn {
  if (!state.setup.traces || state.claims.length >= CLAIMS_MAX) return stay(state);
  return planTrace({ ...state, claims: [...state.claims, { lane, from }] });
}
