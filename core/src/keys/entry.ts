/** Sealing and opening entries (C19): deterministic, key-committing, padded; the same plaintext under one epoch is one entry. */
import { concat } from '@leanvibe/protocol/bytes';
import { type EntryId, makeId } from '@leanvibe/protocol/ids';
import { PLAIN_BYTES_MAX } from '@leanvibe/protocol/limits';
import { type Kind, KINDS, NONCE_BYTES, paddedLength, type Sealed, writeSealed } from '@leanvibe/protocol/sealed';
import { assert, err, ok, type Result } from '../base/result.js';
import type { Crypto, Hashing } from '../ports/crypto.js';
import { type EntryKeys, entryKeys, type EpochSecrets } from './epoch.js';

export interface SealedEntry {
  readonly entryId: EntryId;
  readonly bytes: Uint8Array;
}

const LENGTH_BYTES = 4;

export function entryIdOf(hashing: Hashing, bytes: Uint8Array): EntryId {
  return makeId<EntryId>(hashing.sha256(bytes));
}

/** Four bytes of length (big-endian), the plaintext, zeros up to the PADMÉ length. */
function pad(plaintext: Uint8Array): Uint8Array {
  const padded = new Uint8Array(paddedLength(plaintext.length + LENGTH_BYTES));
  new DataView(padded.buffer).setUint32(0, plaintext.length);
  padded.set(plaintext, LENGTH_BYTES);
  return padded;
}

function unpad(padded: Uint8Array): Uint8Array | null {
  const length = new DataView(padded.buffer, padded.byteOffset).getUint32(0);
  if (length + LENGTH_BYTES > padded.length || paddedLength(length + LENGTH_BYTES) !== padded.length) return null;
  for (let at = length + LENGTH_BYTES; at < padded.length; at++) if (padded[at] !== 0) return null;
  return padded.subarray(LENGTH_BYTES, LENGTH_BYTES + length);
}

/** One epoch's sealer, with its derived keys remembered per kind. */
export interface Sealer {
  seal(kind: Kind, plaintext: Uint8Array): SealedEntry;
  /** The plaintext; `seal` when anything at all does not recompute. */
  open(sealed: Sealed): Result<Uint8Array, 'seal'>;
}

export function createSealer(crypto: Crypto, secrets: EpochSecrets): Sealer {
  const byKind = new Map<Kind, EntryKeys>();
  const keysOf = (kind: Kind): EntryKeys => {
    const known = byKind.get(kind);
    if (known !== undefined) return known;
    const keys = entryKeys(crypto, secrets, kind);
    byKind.set(kind, keys);
    return keys;
  };
  const nonceOf = (keys: EntryKeys, kind: Kind, padded: Uint8Array): Uint8Array =>
    crypto.hmacSha256(keys.nonceKey, concat(Uint8Array.of(KINDS[kind]), padded)).slice(0, NONCE_BYTES);
  return {
    seal(kind, plaintext) {
      assert(paddedLength(plaintext.length + LENGTH_BYTES) <= PLAIN_BYTES_MAX, 'a plaintext that should have been cut into parts');
      const keys = keysOf(kind);
      const padded = pad(plaintext);
      const nonce = nonceOf(keys, kind, padded);
      const bytes = writeSealed({ kind, epoch: secrets.epoch, nonce, ciphertext: crypto.secretbox(padded, nonce, keys.key) });
      return { entryId: entryIdOf(crypto, bytes), bytes };
    },
    open(sealed) {
      const keys = keysOf(sealed.kind);
      const padded = crypto.secretboxOpen(sealed.ciphertext, sealed.nonce, keys.key);
      if (padded === null || !crypto.equal(nonceOf(keys, sealed.kind, padded), sealed.nonce)) return err('seal');
      const plaintext = unpad(padded);
      return plaintext === null ? err('seal') : ok(plaintext);
    },
  };
}
