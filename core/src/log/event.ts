/** Everything that can happen to a conversation. */
import type { EntryId, Hash } from '@leanvibe/protocol/ids';
import type { LogMessage, WireRangeAnswer, WireRangeSum } from '@leanvibe/protocol/peer';
import type { Head, Lane, LogRow, Placed } from '../ports/store.js';
import type { CursorRecord } from './cursor.js';
import type { Inspected } from './inspect.js';
import type { Hole, Level } from './state.js';

export interface OpenedLane {
  readonly lane: Lane;
  readonly head: Head;
  readonly record: CursorRecord | null;
}

export type Event =
  | { readonly type: 'start' }
  | {
      readonly type: 'message';
      readonly message: LogMessage /** One per item of `entries` and `loose`. */;
      readonly items: readonly Inspected[];
    }
  /** Our own log grew; null: any lane. */
  | { readonly type: 'appended'; readonly lane: Lane | null }
  | { readonly type: 'level'; readonly level: Level }
  | { readonly type: 'fetch'; readonly purpose: 'fetch' | 'sample'; readonly lane: Lane; readonly ids: readonly EntryId[] }
  | { readonly type: 'timer'; readonly timer: 'retry' | 'save' | 'trace' | 'get-answer' }
  | { readonly type: 'timer'; readonly timer: 'trace-answer'; readonly round: number }
  /** Somebody else was shown this head of the peer's log. */
  | { readonly type: 'claimed'; readonly lane: Lane; readonly head: Head }
  /** The conversation ends: what was learnt without a commit is saved. */
  | { readonly type: 'leave' }
  // Answers to effects.
  | { readonly type: 'opened'; readonly lanes: readonly OpenedLane[]; readonly holes: readonly Hole[] }
  | { readonly type: 'checked'; readonly lane: Lane; readonly prefixHash: Hash | null }
  | { readonly type: 'rows'; readonly lane: Lane; readonly rows: readonly LogRow[] }
  | {
      readonly type: 'found';
      readonly lane: Lane;
      readonly items: readonly Uint8Array[];
      readonly missing: readonly EntryId[];
      readonly done: number;
    }
  | { readonly type: 'listed'; readonly lane: Lane; readonly after: number; readonly ids: readonly EntryId[] }
  | { readonly type: 'chained'; readonly round: number; readonly head: Head; readonly lacking: readonly EntryId[] }
  | { readonly type: 'offer-checked'; readonly held: readonly boolean[] }
  | { readonly type: 'answered'; readonly lane: Lane; readonly round: number; readonly ranges: readonly WireRangeAnswer[] }
  | { readonly type: 'summed'; readonly lane: Lane; readonly round: number; readonly ranges: readonly WireRangeSum[] }
  | {
      readonly type: 'weighed';
      readonly lane: Lane;
      readonly round: number;
      readonly differing: readonly string[];
      readonly lacking: readonly EntryId[];
    }
  | { readonly type: 'committed'; readonly placed: readonly Placed[] }
  | { readonly type: 'commit-failed' };
