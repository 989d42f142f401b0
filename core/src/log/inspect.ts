/** The door for entries: layout, lane and id of sealed bytes, all that can be judged without keys. */
import type { RefusalReason } from '@leanvibe/protocol/errors';
import { type EntryId, makeId } from '@leanvibe/protocol/ids';
import { laneOf, readSealed, type SealedReason } from '@leanvibe/protocol/sealed';
import type { Hashing } from '../ports/crypto.js';
import type { Lane } from '../ports/store.js';
import type { Checked } from './state.js';

export type Inspected =
  | ({ readonly ok: true } & Checked)
  | {
      readonly ok: false;
      readonly entryId: EntryId;
      readonly reason: RefusalReason /** The sealed version byte. */;
      readonly version: number;
    };

const REASONS: Readonly<Record<SealedReason, RefusalReason>> = {
  'sealed-size': 'entry-size',
  'sealed-version': 'entry-version',
  'sealed-kind': 'entry-kind',
};

export function entryIdOf(hashing: Hashing, sealed: Uint8Array): EntryId {
  return makeId<EntryId>(hashing.sha256(sealed));
}

export function inspect(hashing: Hashing, lane: Lane, sealed: Uint8Array): Inspected {
  const entryId = entryIdOf(hashing, sealed);
  const read = readSealed(sealed);
  if (!read.ok) return { ok: false, entryId, reason: REASONS[read.error], version: sealed[0] ?? 0 };
  if (laneOf(read.value.kind) !== lane) return { ok: false, entryId, reason: 'entry-lane', version: 0 };
  return { ok: true, entryId, sealed };
}
