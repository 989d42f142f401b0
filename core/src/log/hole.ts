/** Records of holes: entries a cursor has passed that are not held, asked for again at the next contact (C29, predicate 3). */
import { type EntryId, parseId, type SpaceId } from '@leanvibe/protocol/ids';
import { decode, encode, record, uint } from '@leanvibe/protocol/shape';
import { SEALED_VERSION } from '@leanvibe/protocol/version';
import type { Lane, RecordKey } from '../ports/store.js';
import type { Hole } from './state.js';

export const HOLE_TABLE = 'hole';
/** Holes asked for in one session; the rest wait for the next. */
export const HOLES_ASKED_MAX = 1024;

const shape = record({ version: [0, uint(255)] });

export function holeKey(space: SpaceId, lane: Lane, entryId: EntryId): RecordKey {
  return { table: HOLE_TABLE, key: `${space}/${lane}/${entryId}` };
}

export function writeHole(hole: Hole): Uint8Array {
  return encode(shape, { version: hole.version });
}

/** Null when the key or value is damaged. */
export function readHole(key: string, value: Uint8Array): Hole | null {
  const [, lane, entryId] = key.split('/');
  const id = parseId<EntryId>(entryId ?? '');
  const decoded = decode(shape, value, 'hole');
  if (id === null || !decoded.ok || (lane !== '0' && lane !== '1' && lane !== '2')) return null;
  return { lane: Number(lane) as Lane, entryId: id, version: decoded.value.version };
}

/** Asking makes sense: it was missing, or this program now reads the version it was sealed with. */
export function isAskable(hole: Hole): boolean {
  return hole.version <= SEALED_VERSION;
}
