/** Sending our log: the lowest lane first, as fast as credit lets, ids before entries when the peer may hold them from others. */
import { CREDIT_BYTES, ENTRY_BYTES_MAX, FRAME_BYTES_MAX, FRAME_ENTRIES_MAX } from '@leanvibe/protocol/limits';
import { type Bare, type Head, isBare, type Lane, LANES, type LogRow } from '../ports/store.js';
import type { OutLane, State } from './state.js';
import { withLane } from './state.js';
import { after, say, stay, type Turn } from './turn.js';

/** Data of one frame; what is left of 1 MiB holds a head of five bytes per entry and the message around them. */
const FRAME_DATA_MAX = FRAME_BYTES_MAX - FRAME_ENTRIES_MAX * 5 - 1024;
/** C28: more third-party entries than this are offered by id first; so are fewer when they are large. */
const UNOFFERED_MAX = 64;
const UNOFFERED_BYTES_MAX = ENTRY_BYTES_MAX;

/** Starts the next read if nothing is under way. */
export function pump(state: State): Turn {
  if (state.phase !== 'open' || state.sending.at !== 'rest') return stay(state);
  const bytes = Math.min(FRAME_DATA_MAX, CREDIT_BYTES - state.creditUsed);
  if (bytes < ENTRY_BYTES_MAX) return stay(state); // one more entry might not fit
  if (state.serving !== null) {
    return stay({ ...state, sending: { at: 'finding', bytes } }, { type: 'find', lane: state.serving.lane, ids: state.serving.ids, bytes });
  }
  const lane = nextLane(state);
  if (lane === null) return stay(state);
  const out = state.out[lane] as Extract<OutLane, { phase: 'streaming' }>;
  const bare = echoes(state, lane);
  const next: State = { ...state, sending: { at: 'reading', lane, bytes, bare }, out: withLane(state.out, lane, { ...out, dirty: false }) };
  return stay(next, { type: 'read-rows', lane, after: out.sent.position, rows: FRAME_ENTRIES_MAX, bytes, bare });
}

/** A lane waits until those below it have been sent: what admits a change should come before it. */
function nextLane(state: State): Lane | null {
  for (const lane of LANES) {
    const out = state.out[lane];
    if (out.phase === 'streaming' && out.dirty) return lane;
    if (out.phase === 'waiting' || out.phase === 'checking') return null;
  }
  return null;
}

/** Rows after what was sent: an offer, or one frame of entries. */
export function sendRows(state: State, lane: Lane, read: readonly LogRow[]): Turn {
  const sending = state.sending;
  if (sending.at !== 'reading' || sending.lane !== lane) return stay(state);
  const rest: State = { ...state, sending: { at: 'rest' } };
  const out = rest.out[lane];
  if (out.phase !== 'streaming') return pump(rest);
  // What was left unread is wanted after all: the peer's log was seen to be another one meanwhile.
  const now = echoes(rest, lane);
  if (sending.bare !== null && (now === null || now.above > sending.bare.above))
    return pump({ ...rest, out: withLane(rest.out, lane, { ...out, dirty: true }) });
  const rows = fitting(read, sending.bytes);
  const last = rows.at(-1);
  if (last === undefined) return pump({ ...rest, out: withLane(rest.out, lane, { ...out, direct: out.dirty && out.direct }) });
  const total = rows.reduce((sum, row) => sum + (row.sealed?.length ?? 0), 0);
  const ended = rows.length === read.length && read.length < FRAME_ENTRIES_MAX && total + ENTRY_BYTES_MAX <= sending.bytes;
  const through: Head = { position: last.position, prefixHash: last.prefixHash };
  const top = Math.max(rest.tops[lane], last.position);
  const dirty = out.dirty || !ended;
  const noted: State = { ...rest, tops: withLane(rest.tops, lane, top), out: withLane(rest.out, lane, { ...out, dirty }) };
  const wanted = rows.filter((row) => row.sealed !== null && !isSkipped(noted, lane, row));
  if (shouldOffer(noted, lane, wanted)) return sendOffer(noted, lane, wanted, through);
  return sendEntries(noted, lane, wanted, through);
}

function fitting(rows: readonly LogRow[], bytes: number): readonly LogRow[] {
  let total = 0;
  const end = rows.findIndex((row, at) => {
    total += row.sealed?.length ?? 0;
    return at > 0 && total > bytes;
  });
  return end < 0 ? rows : rows.slice(0, end);
}

/** A peer that floods us is not read back its own flood only to leave it out. */
function echoes(state: State, lane: Lane): Bare | null {
  const reading = state.in[lane];
  return reading.phase === 'reading' && reading.confirmed ? { from: state.setup.peer, above: reading.resend } : null;
}

/** It came from this peer, which is known to hold it still. */
function isSkipped(state: State, lane: Lane, row: LogRow): boolean {
  if (row.from !== state.setup.peer) return false;
  if (state.given[lane].some((run) => row.position > run.from && row.position <= run.to)) return true;
  return isBare(echoes(state, lane), row);
}

/** The peer probably holds what it once gave us; it may hold what others gave us. */
function shouldOffer(state: State, lane: Lane, rows: readonly LogRow[]): boolean {
  const out = state.out[lane];
  if (out.phase === 'streaming' && out.direct) return false;
  if (rows.some((row) => row.from === state.setup.peer)) return true;
  const others = rows.filter((row) => row.from !== null);
  return others.length > UNOFFERED_MAX || others.reduce((sum, row) => sum + (row.sealed?.length ?? 0), 0) > UNOFFERED_BYTES_MAX;
}

function sendOffer(state: State, lane: Lane, rows: readonly LogRow[], through: Head): Turn {
  const next: State = { ...state, sending: { at: 'offered', lane, rows, through } };
  return stay(
    next,
    say(next, { type: 'offer', lane, through: through.position, prefixHash: through.prefixHash, ids: rows.map((row) => row.entryId) }),
  );
}

export function sendEntries(state: State, lane: Lane, rows: readonly LogRow[], through: Head): Turn {
  const out = state.out[lane];
  if (out.phase !== 'streaming') return pump({ ...state, sending: { at: 'rest' } });
  const items = rows.flatMap((row) => (row.sealed === null ? [] : [row.sealed]));
  const bytes = items.reduce((sum, item) => sum + item.length, 0);
  const next: State = {
    ...state,
    sending: { at: 'rest' },
    creditUsed: state.creditUsed + bytes,
    out: withLane(state.out, lane, { ...out, sent: through, direct: out.direct && out.dirty }),
  };
  const message = say(next, { type: 'entries', lane, through: through.position, prefixHash: through.prefixHash, items });
  return after([message], pump(next));
}

/** Our log may have grown in a lane, or in any. */
export function appended(state: State, lane: Lane | null): Turn {
  let { out, grown } = state;
  for (const one of LANES) {
    if (lane !== null && lane !== one) continue;
    const at = out[one];
    if (at.phase === 'streaming') out = withLane(out, one, { ...at, dirty: true });
    else grown = withLane(grown, one, true);
  }
  return pump({ ...state, out, grown });
}
