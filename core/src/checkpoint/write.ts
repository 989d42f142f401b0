/** Writing a checkpoint, or one's word about somebody's (C35, C36): signed, and sealed as changes are. */
import {
  type AttestationBody,
  attestationBody,
  type CheckpointBody,
  checkpointBody,
  signedAttestation,
  signedCheckpoint,
} from '@leanvibe/protocol/checkpoint';
import { CHANGE_BYTES_MAX, PART_BYTES_MAX } from '@leanvibe/protocol/limits';
import { encode } from '@leanvibe/protocol/shape';
import { cutParts } from '../draft/change.js';
import { attestationSigned, type AuthenticCheckpoint, checkpointIdOf, checkpointSigned } from '../intake/open-checkpoint.js';
import type { SealedEntry, Sealer } from '../keys/entry.js';
import type { Crypto, SigningKeys } from '../ports/crypto.js';
import { deflate } from '../base/deflate.js';

export interface SealedCheckpoint {
  readonly checkpoint: AuthenticCheckpoint;
  /** For lane 1. */
  readonly entry: SealedEntry;
  /** For lane 2, to be stored with it. */
  readonly parts: readonly SealedEntry[];
}

/** Null when the body is larger than any may be: such a document keeps its changes. */
export function writeCheckpoint(crypto: Crypto, keys: SigningKeys, sealer: Sealer, body: CheckpointBody): SealedCheckpoint | null {
  const bytes = encode(checkpointBody, body);
  const carried = bytes.length > CHANGE_BYTES_MAX ? null : deflate(bytes);
  if (carried === null || carried.length > CHANGE_BYTES_MAX) return null;
  const id = checkpointIdOf(crypto, bytes);
  const signature = crypto.sign(checkpointSigned(id), keys.secretKey);
  const checkpoint = { id, body };
  if (carried.length <= PART_BYTES_MAX)
    return {
      checkpoint,
      entry: sealer.seal('checkpoint', encode(signedCheckpoint, { body: carried, manifest: null, signature })),
      parts: [],
    };
  const parts = cutParts(sealer, carried);
  const manifest = { parts: parts.map((sealed) => sealed.entryId), bytes: carried.length, checkpoint: id };
  return { checkpoint, entry: sealer.seal('checkpoint', encode(signedCheckpoint, { body: null, manifest, signature })), parts };
}

export function writeAttestation(crypto: Crypto, keys: SigningKeys, sealer: Sealer, body: AttestationBody): SealedEntry {
  const bytes = encode(attestationBody, body);
  const signature = crypto.sign(attestationSigned(bytes, body.agrees), keys.secretKey);
  return sealer.seal('attestation', encode(signedAttestation, { body: bytes, signature }));
}
