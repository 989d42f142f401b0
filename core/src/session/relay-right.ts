/** What a connection may do with a mailbox, and how far opening it has come. */
import type { EpochId } from '@leanvibe/protocol/ids';
import type { RelayDown, RelayRefusal } from '@leanvibe/protocol/relay';
import type { Level } from '../log/state.js';

export interface RoomRight {
  readonly level: Level;
  readonly append: boolean;
  readonly owner: boolean;
  readonly listed: boolean;
}

/** `opening`: asked, no answer yet. `open`: talking. `behind`: none of the keys held here opens it. `shut`: refused. */
export type RoomState =
  | { readonly at: 'opening' }
  | { readonly at: 'open'; readonly right: RoomRight; readonly epoch: EpochId }
  | { readonly at: 'behind' }
  | { readonly at: 'shut'; readonly reason: RelayRefusal; readonly detail: string };

export function rightOf({ append, level, listed, owner }: Extract<RelayDown, { type: 'attached' }>): RoomRight {
  return { level: level === 1 ? 1 : 0, append: append === 1, owner: owner === 1, listed: listed === 1 };
}
