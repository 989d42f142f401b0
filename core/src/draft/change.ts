/** From drafts to an entry (C17, C18): numbers, signs and seals a change, cut into parts when it is larger than an entry may be. */
import { type ChangeBody, changeBody, part, signedChange } from '@leanvibe/protocol/change';
import type { ChangeId, EntryId } from '@leanvibe/protocol/ids';
import { PART_BYTES_MAX } from '@leanvibe/protocol/limits';
import { encode } from '@leanvibe/protocol/shape';
import { type AuthenticChange, changeIdOf, changeSigned } from '../intake/open.js';
import type { SealedEntry, Sealer } from '../keys/entry.js';
import type { Crypto, SigningKeys } from '../ports/crypto.js';

export interface SignedChange {
  readonly change: AuthenticChange;
  readonly bytes: Uint8Array;
  readonly signature: Uint8Array;
}

export function signChange(crypto: Crypto, keys: SigningKeys, body: ChangeBody): SignedChange {
  const bytes = encode(changeBody, body);
  const id = changeIdOf(crypto, bytes);
  return { change: { id, body }, bytes, signature: crypto.sign(changeSigned(id), keys.secretKey) };
}

export interface SealedChange {
  /** The entry that is the change: its body, or the manifest of its parts. */
  readonly entry: SealedEntry;
  /** To be stored before the entry. */
  readonly parts: readonly SealedEntry[];
}

export function sealChange(sealer: Sealer, signed: SignedChange): SealedChange {
  const { bytes, signature, change } = signed;
  if (bytes.length <= PART_BYTES_MAX)
    return { entry: sealer.seal('change', encode(signedChange, { body: bytes, manifest: null, signature })), parts: [] };
  const parts = cutParts(sealer, bytes);
  const manifest = manifestOf(parts, bytes.length, change.id);
  return { entry: sealer.seal('change', encode(signedChange, { body: null, manifest, signature })), parts };
}

function manifestOf(
  parts: readonly SealedEntry[],
  bytes: number,
  changeId: ChangeId,
): { readonly parts: readonly EntryId[]; readonly bytes: number; readonly changeId: ChangeId } {
  return { parts: parts.map((sealed) => sealed.entryId), bytes, changeId };
}

/** A body too large for one entry, in order (W11). */
export function cutParts(sealer: Sealer, bytes: Uint8Array): readonly SealedEntry[] {
  const parts: SealedEntry[] = [];
  for (let at = 0; at < bytes.length; at += PART_BYTES_MAX)
    parts.push(sealer.seal('part', encode(part, { bytes: bytes.subarray(at, at + PART_BYTES_MAX) })));
  return parts;
}
