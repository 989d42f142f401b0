/** A commit is on disk: acknowledge it, grant its bytes again, and spare the peer the echo of its own entries (C26, C28). */
import type { Head, Lane, Placed } from '../ports/store.js';
import { LANES } from '../ports/store.js';
import type { Effect } from './effect.js';
import { beginCommit } from './keep.js';
import { settled } from './pull.js';
import { pump } from './pump.js';
import type { Arrival, Jump, State } from './state.js';
import { withLane } from './state.js';
import { chain, say, stay, type Turn } from './turn.js';

/** Jumps that wait for earlier acknowledgements; beyond this the ordinary echo is sent instead. */
const JUMPS_MAX = 64;
const RUNS_MAX = 64;

export function committed(state: State, placed: readonly Placed[]): Turn {
  const arrivals = state.committing;
  if (arrivals === null) return stay(state);
  const freed = arrivals.reduce((bytes, arrival) => bytes + arrival.bytes, 0);
  const recovered: readonly Effect[] = state.stalledMs === null ? [] : [{ type: 'report', report: { type: 'store-recovered' } }];
  const rows = freshByLane(arrivals, placed);
  const start: State = { ...state, committing: null, stalledMs: null, creditDue: state.creditDue - freed };
  const settle = arrivals.find((arrival) => arrival.kind === 'settle');
  return chain(
    start,
    (now) => stay(now, ...recovered),
    ...LANES.map(
      (lane) => (now: State) =>
        acknowledge(
          now,
          lane,
          arrivals.filter((arrival) => arrival.lane === lane),
          rows[lane],
        ),
    ),
    (now) => (settle === undefined ? stay(now) : settled(now, settle.lane)),
    beginCommit,
    pump,
  );
}

/** `placed` follows the order of the committed entries. */
function freshByLane(arrivals: readonly Arrival[], placed: readonly Placed[]): readonly [Placed[], Placed[], Placed[]] {
  const rows: [Placed[], Placed[], Placed[]] = [[], [], []];
  let at = 0;
  for (const arrival of arrivals) {
    for (const row of placed.slice(at, at + arrival.entries.length)) if (row.fresh) rows[arrival.lane].push(row);
    at += arrival.entries.length;
  }
  return rows;
}

function acknowledge(state: State, lane: Lane, arrivals: readonly Arrival[], fresh: readonly Placed[]): Turn {
  const heard = arrivals.filter((arrival) => arrival.kind === 'stream' || arrival.kind === 'loose');
  const top = Math.max(state.tops[lane], fresh.at(-1)?.position ?? 0);
  const out = state.out[lane];
  const given = addRuns(state.given[lane], fresh, out.phase === 'streaming' ? out.sent.position : 0);
  const topped: State = { ...state, tops: withLane(state.tops, lane, top), given: withLane(state.given, lane, given) };
  if (heard.length === 0 || state.in[lane].phase === 'shut') return stay(dirtied(topped, lane, fresh.length > 0));
  const [next, jump] = passOver(topped, lane, fresh);
  const through = heard.findLast((arrival) => arrival.kind === 'stream')?.cursor?.position ?? null;
  const credit = heard.reduce((bytes, arrival) => bytes + arrival.bytes, 0);
  return stay(next, say(next, { type: 'stored', lane, through, credit, placed: jump }));
}

/** The peer's entries directly continue what it has read of our log: its cursor may pass them without an echo. */
function passOver(
  state: State,
  lane: Lane,
  fresh: readonly Placed[],
): readonly [State, { readonly before: Head; readonly after: Head } | null] {
  const out = state.out[lane];
  const first = fresh[0];
  const last = fresh.at(-1);
  if (first === undefined || last === undefined || out.phase !== 'streaming') return [state, null];
  const busy = (state.sending.at === 'reading' || state.sending.at === 'offered') && state.sending.lane === lane;
  const joined = first.position === out.sent.position + 1 && last.position - first.position === fresh.length - 1;
  if (busy || !joined || out.jumps.length >= JUMPS_MAX) return [dirtied(state, lane, true), null];
  const before = out.sent;
  const after: Head = { position: last.position, prefixHash: last.prefixHash };
  const [acked, jumps] = followJumps(out.acked, [...out.jumps, { from: before.position, to: after.position }]);
  return [
    { ...state, out: withLane(state.out, lane, { ...out, sent: after, acked, jumps }) },
    { before, after },
  ];
}

/** Forgets what was sent past, and the oldest of too many: forgotten rows are offered by id, which is safe. */
function addRuns(runs: readonly Jump[], fresh: readonly Placed[], sent: number): readonly Jump[] {
  const all = runs.filter((run) => run.to > sent);
  for (const { position } of fresh) {
    const last = all.at(-1);
    if (last?.to === position - 1) all[all.length - 1] = { from: last.from, to: position };
    else all.push({ from: position - 1, to: position });
  }
  return all.slice(-RUNS_MAX);
}

/** Rows this peer's cursor does not pass by themselves are read and skipped or sent in the ordinary way. */
function dirtied(state: State, lane: Lane, grew: boolean): State {
  const out = state.out[lane];
  return grew && out.phase === 'streaming' ? { ...state, out: withLane(state.out, lane, { ...out, dirty: true }) } : state;
}

/** What is acknowledged once jumps starting there are taken. */
export function followJumps(acked: number, jumps: readonly Jump[]): readonly [acked: number, left: readonly Jump[]] {
  let at = acked;
  let left = jumps;
  for (let next = left[0]; next !== undefined && next.from <= at; next = left[0]) {
    at = Math.max(at, next.to);
    left = left.slice(1);
  }
  return [at, left];
}
