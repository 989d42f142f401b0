/** Everything a conversation may ask its surroundings to do, as data. */
import type { RefusalReason } from '@leanvibe/protocol/errors';
import type { EntryId } from '@leanvibe/protocol/ids';
import type { LogMessage, WireRangeAnswer, WireRangeSum } from '@leanvibe/protocol/peer';
import type { Bare, Head, Lane } from '../ports/store.js';
import type { CursorRecord } from './cursor.js';
import type { Checked, Hole } from './state.js';

/** What the engine is told; counts and positions, never content. */
export type Report =
  /** P7: the peer's log is shorter than, or differs from, what we had read of it. */
  | { readonly type: 'rolled-back'; readonly lane: Lane; readonly had: number; readonly has: number }
  /** The peer's store is another one than last time. */
  | { readonly type: 'restored'; readonly lane: Lane; readonly had: number; readonly has: number }
  /** Entries passed without being held; asked for again at the next contact of any peer. */
  | { readonly type: 'hole'; readonly lane: Lane; readonly ids: readonly EntryId[] }
  /** The peer does not hold these, which `fetch` asked for. */
  | { readonly type: 'missing'; readonly lane: Lane; readonly ids: readonly EntryId[] }
  /** An answer to `sample`: entries that came back as they are, and those that did not. */
  | { readonly type: 'sampled'; readonly lane: Lane; readonly right: number; readonly missing: readonly EntryId[] }
  /** Of the peer's log by its own words, and it does not hand them over. */
  | { readonly type: 'withheld'; readonly lane: Lane; readonly ids: readonly EntryId[] }
  /** Which ids are in its log is not said. */
  | { readonly type: 'untraced'; readonly lane: Lane }
  /** The ids it names do not lead to the head it showed. */
  | { readonly type: 'contradicted'; readonly lane: Lane }
  /** Whether its log leads on from a head that somebody else was shown. */
  | { readonly type: 'compared'; readonly lane: Lane; readonly from: Head; readonly ok: boolean }
  | { readonly type: 'refused'; readonly reason: RefusalReason; readonly count: number }
  /** The disk is full: nothing is acknowledged until it is not; tried again by itself. */
  | { readonly type: 'store-full' }
  | { readonly type: 'store-recovered' }
  /** The conversation ended itself: the peer broke the rules, does not read, or our store is broken. */
  | { readonly type: 'closed'; readonly reason: 'refused' | 'credit' | 'too-slow' | 'store-broken' };

export interface CommitEffect {
  readonly type: 'commit';
  readonly entries: readonly (Checked & { readonly lane: Lane; readonly refill: boolean })[];
  readonly cursors: readonly { readonly lane: Lane; readonly record: CursorRecord }[];
  readonly holes: readonly Hole[];
  readonly filled: readonly { readonly lane: Lane; readonly entryId: EntryId }[];
}

export type Effect =
  | { readonly type: 'send'; readonly message: LogMessage }
  /** Read our heads and cursor records, and the holes to ask for. */
  | { readonly type: 'open'; readonly lanes: readonly Lane[]; readonly holes: boolean }
  | { readonly type: 'check'; readonly lane: Lane; readonly position: number }
  | {
      readonly type: 'read-rows';
      readonly lane: Lane;
      readonly after: number;
      readonly rows: number;
      readonly bytes: number;
      readonly bare: Bare | null;
    }
  /** Entries by id, until the next would pass `bytes`; at least one. */
  | { readonly type: 'find'; readonly lane: Lane; readonly ids: readonly EntryId[]; readonly bytes: number }
  | { readonly type: 'list'; readonly lane: Lane; readonly after: number; readonly rows: number }
  /** Where these ids lead from a head, and which of them are not here. */
  | { readonly type: 'chain'; readonly lane: Lane; readonly from: Head; readonly ids: readonly EntryId[]; readonly round: number }
  | { readonly type: 'check-ids'; readonly ids: readonly EntryId[] }
  | {
      readonly type: 'answer';
      readonly lane: Lane;
      readonly seed: Uint8Array;
      readonly round: number;
      readonly ranges: readonly WireRangeSum[];
    }
  | { readonly type: 'sum'; readonly lane: Lane; readonly seed: Uint8Array; readonly round: number; readonly prefixes: readonly string[] }
  | {
      readonly type: 'weigh';
      readonly lane: Lane;
      readonly seed: Uint8Array;
      readonly round: number;
      readonly ranges: readonly WireRangeAnswer[];
    }
  /** One store batch, all or nothing. */
  | CommitEffect
  | { readonly type: 'timer'; readonly timer: 'retry' | 'save' | 'trace' | 'get-answer'; readonly afterMs: number }
  | { readonly type: 'timer'; readonly timer: 'trace-answer'; readonly afterMs: number; readonly round: number }
  | { readonly type: 'report'; readonly report: Report };
