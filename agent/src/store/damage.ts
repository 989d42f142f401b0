/** What reads say about damage. */
import type { Lane } from '@leanvibe/core/ports/store';
import type { EntryId, SpaceId } from '@leanvibe/protocol/ids';

/** What a read found wrong. An `entry` can be refilled; anything else needs the store opened anew, which salvages it. */
export type Damage =
  | { readonly kind: 'entry'; readonly space: SpaceId; readonly entryId: EntryId; readonly lane: Lane; readonly position: number }
  | { readonly kind: 'row'; readonly space: SpaceId; readonly lane: Lane; readonly position: number }
  | { readonly kind: 'record'; readonly table: string };

/** Thrown by a read that met a row whose own sum is wrong. */
export class DamagedRow extends Error {
  override readonly name = 'DamagedRow';
}
