/** The record of a cursor over a peer's log (C26): committed together with the entries it passes. */
import type { DeviceId, Hash, SpaceId, StoreId } from '@leanvibe/protocol/ids';
import { decode, encode, id, optional, record, type TypeOf, uint } from '@leanvibe/protocol/shape';
import type { Lane, RecordKey } from '../ports/store.js';

export const CURSOR_TABLE = 'cursor';

const shape = record({
  store: [0, id<StoreId>(16)],
  position: [1, uint()],
  prefixHash: [2, id<Hash>()],
  /**
   * Rows of our own log up to here are sent to this peer even when they came from it: it was seen to have lost entries, and a skipped row
   * would never go home.
   */
  resend: [3, uint()],
  /** Up to here every id of the peer's log was told, led from one prefix hash to the other, and is held here (W31). Relays only. */
  traced: [4, optional(record({ position: [0, uint()], prefixHash: [1, id<Hash>()] }))],
});
export type CursorRecord = TypeOf<typeof shape>;

export function cursorKey(space: SpaceId, peer: DeviceId, lane: Lane): RecordKey {
  return { table: CURSOR_TABLE, key: `${space}/${peer}/${lane}` };
}

export function writeCursor(cursor: CursorRecord): Uint8Array {
  return encode(shape, cursor);
}

/** Null for damaged bytes: then the lane is reconciled, as without a cursor. */
export function readCursor(bytes: Uint8Array): CursorRecord | null {
  const decoded = decode(shape, bytes, 'cursor');
  return decoded.ok ? decoded.value : null;
}
