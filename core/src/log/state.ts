/** The state of one conversation, as sum types: what each lane is doing in each direction, and what is under way. */
import type { RefusalReason } from '@leanvibe/protocol/errors';
import type { DeviceId, EntryId, SpaceId, StoreId } from '@leanvibe/protocol/ids';
import type { Bare, Head, Lane, LogRow } from '../ports/store.js';
import type { CursorRecord } from './cursor.js';

/** 0: announcements only (C25). 1: every lane. */
export type Level = 0 | 1;

export type Lanes<T> = readonly [T, T, T];

/** Entries the peer gave us took our own log from position `from` to `to`. */
export interface Jump {
  readonly from: number;
  readonly to: number;
}

/** Our own log, as this peer reads it. */
export type OutLane =
  | { readonly phase: 'shut' }
  /** `head` is what we told the peer; a cursor above it is from a history this store no longer has. */
  | { readonly phase: 'waiting'; readonly head: Head; readonly unmatched: number }
  | { readonly phase: 'checking'; readonly head: Head; readonly unmatched: number; readonly cursor: Head }
  | {
      readonly phase: 'streaming';
      readonly sent: Head;
      /** Everything of our log up to here is stored at the peer. */
      readonly acked: number;
      /** What the peer gave us, to be passed by `acked` once it is there. */
      readonly jumps: readonly Jump[];
      /** Our log may hold rows after `sent`. */
      readonly dirty: boolean;
      /** The peer's lane was empty, so ids need not be offered first until it has caught up. */
      readonly direct: boolean;
    };

/** The peer's log, as we read it. */
export type InLane =
  | { readonly phase: 'shut' }
  | { readonly phase: 'opened'; readonly record: CursorRecord | null }
  | {
      readonly phase: 'reading';
      /** Received up to here; the saved cursor follows with its commit. */
      readonly at: Head;
      /** The highest position of the peer's log we heard of. */
      readonly peerTop: number;
      /** The peer's log was seen to continue our cursor, so it still holds all it gave us. */
      readonly confirmed: boolean;
      readonly resend: number;
    }
  /** Our cursor does not lie on the peer's log: to be reconciled up to `target`. */
  | { readonly phase: 'astray'; readonly target: Head };

/** Checked entries on their way into one commit. */
export interface Arrival {
  /** `stream`: in cursor order. `loose`: asked for by id. `jump`: the peer placed what we sent, nothing to store. `settle`: reconciled. */
  readonly kind: 'stream' | 'loose' | 'jump' | 'settle';
  readonly lane: Lane;
  readonly entries: readonly Checked[];
  /** Data bytes to grant again. */
  readonly bytes: number;
  readonly cursor: Head | null;
  readonly refill: boolean;
  readonly holes: readonly Hole[];
  readonly filled: readonly EntryId[];
}

export interface Checked {
  readonly entryId: EntryId;
  readonly sealed: Uint8Array;
}

/** An entry below a cursor that is not held: `version` is its sealed version when that is why, else 0. */
export interface Hole {
  readonly lane: Lane;
  readonly entryId: EntryId;
  readonly version: number;
}

/** What the outbound half is doing; one thing at a time. */
export type Sending =
  | { readonly at: 'rest' }
  /** `bare`: above it, what came from this peer was left unread. */
  | { readonly at: 'reading'; readonly lane: Lane; readonly bytes: number; readonly bare: Bare | null }
  | { readonly at: 'finding'; readonly bytes: number }
  | { readonly at: 'offered'; readonly lane: Lane; readonly rows: readonly LogRow[]; readonly through: Head };

/** The one reconciliation we drive: we learn what the peer holds and we lack (C27). */
export interface Pull {
  readonly lane: Lane;
  readonly target: Head;
  readonly round: number;
  /** Hex prefixes still to be compared; the last is next. */
  readonly todo: readonly string[];
  readonly lacking: readonly EntryId[];
  /** Ranges asked so far, bounded against a peer that always differs. */
  readonly asked: number;
  readonly stage:
    | { readonly at: 'ready' }
    | { readonly at: 'summing' | 'waiting' | 'weighing'; readonly prefixes: readonly string[] }
    | { readonly at: 'getting' }
    | { readonly at: 'settling' };
}

/** `sample`: asked only to see that the peer holds them; nothing is stored. */
/** `traced`: of the peer's log, and not here. */
export type Purpose = 'pull' | 'fetch' | 'hole' | 'sample' | 'traced';

/** A walk along the ids of the peer's log. */
export interface Trace {
  readonly lane: Lane;
  readonly from: Head;
  /** How far the ids told so far lead. */
  readonly run: Head;
  readonly target: Head;
  /** Of the ids told so far, those not held here. */
  readonly lacking: readonly EntryId[];
  /** How far was traced when it began. */
  readonly since: Head | null;
  /** Of what was read here; else of a head that somebody else was shown. */
  readonly own: boolean;
  /** Counts questions. */
  readonly round: number;
}

export interface Asking {
  readonly purpose: Purpose;
  readonly lane: Lane;
  readonly ids: ReadonlySet<EntryId>;
}

export interface Setup {
  readonly space: SpaceId;
  readonly peer: DeviceId;
  /** Goes into every message we send. */
  readonly slot: number;
  readonly store: StoreId;
  /** 16 unpredictable bytes of this session (C27). */
  readonly seed: Uint8Array;
  /** At level 0: whether announcements are taken from the peer. */
  readonly acceptAnnouncements: boolean;
  /** False: we show our heads and send none of our log. */
  readonly gives: boolean;
  /** False: we take nothing of the peer's log. */
  readonly takes: boolean;
  /** Cursors of earlier sessions count for nothing. */
  readonly anew: boolean;
  /** The peer's log is traced id by id (W31). */
  readonly traces: boolean;
}

export interface State {
  readonly setup: Setup;
  readonly phase: 'new' | 'open' | 'closed';
  readonly level: Level;
  readonly peerStore: StoreId | null;
  readonly peerHeads: Lanes<Head | null>;
  /** Cursors told before our lane was open. */
  readonly earlyCursors: Lanes<Head | null>;
  /** Lanes once shut stay shut: their messages may still be on the way. */
  readonly lowered: boolean;
  /** Rows of our log this conversation added: the peer held them a moment ago, so it need not have them back. */
  readonly given: Lanes<readonly Jump[]>;
  /** Our own highest positions known. */
  readonly tops: Lanes<number>;
  /** Rows were added by others while the lane was not streaming. */
  readonly grown: Lanes<boolean>;
  readonly out: Lanes<OutLane>;
  readonly in: Lanes<InLane>;
  readonly sending: Sending;
  /** Ids the peer asked for and has not had answered. */
  readonly serving: { readonly lane: Lane; readonly ids: readonly EntryId[] } | null;
  /** A question of the peer's reconciliation is being answered. */
  readonly answering: boolean;
  /** Ranges answered so far in this conversation. */
  readonly answered: number;
  /** Data bytes sent and not granted back. */
  readonly creditUsed: number;
  /** Data bytes received and not granted yet. */
  readonly creditDue: number;
  readonly pending: readonly Arrival[];
  readonly committing: readonly Arrival[] | null;
  /** Null while commits work; else the delay before the next try, in milliseconds. */
  readonly stalledMs: number | null;
  readonly savePlanned: boolean;
  readonly pull: Pull | null;
  readonly asking: Asking | null;
  readonly fetches: readonly { readonly purpose: Purpose; readonly lane: Lane; readonly ids: readonly EntryId[] }[];
  /** Where tracing goes on from; null where nothing is read. */
  readonly traced: Lanes<Head | null>;
  readonly trace: Trace | null;
  /** Questions asked so far. */
  readonly traces: number;
  readonly tracePlanned: boolean;
  readonly claims: readonly { readonly lane: Lane; readonly from: Head }[];
  /** A `trace` of the peer is being answered. */
  readonly listing: boolean;
  /** The peer's offer: being checked, then its entries awaited. */
  readonly offer: { readonly lane: Lane; readonly through: Head; readonly checking: boolean } | null;
  readonly refused: Readonly<Partial<Record<RefusalReason, number>>>;
  /** Weight of all refusals; too many close the conversation (P9). */
  readonly strikes: number;
}

export function withLane<T>(lanes: Lanes<T>, lane: Lane, value: T): Lanes<T> {
  return [lane === 0 ? value : lanes[0], lane === 1 ? value : lanes[1], lane === 2 ? value : lanes[2]];
}

export function everyLane<T>(value: T): Lanes<T> {
  return [value, value, value];
}

export function newState(setup: Setup, level: Level): State {
  return {
    setup,
    level,
    phase: 'new',
    peerStore: null,
    peerHeads: everyLane<Head | null>(null),
    earlyCursors: everyLane<Head | null>(null),
    lowered: false,
    given: everyLane<readonly Jump[]>([]),
    tops: everyLane(0),
    grown: everyLane(false),
    out: everyLane<OutLane>({ phase: 'shut' }),
    in: everyLane<InLane>({ phase: 'shut' }),
    sending: { at: 'rest' },
    serving: null,
    answering: false,
    answered: 0,
    creditUsed: 0,
    creditDue: 0,
    pending: [],
    committing: null,
    stalledMs: null,
    savePlanned: false,
    pull: null,
    asking: null,
    fetches: [],
    traced: everyLane<Head | null>(null),
    trace: null,
    traces: 0,
    tracePlanned: false,
    claims: [],
    listing: false,
    offer: null,
    refused: {},
    strikes: 0,
  };
}
