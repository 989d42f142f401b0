/** From an opened entry to an authentic checkpoint or a device's word about one (C35, C36): strictly decoded, its signature checked. Pure. */
import { concat } from '@leanvibe/protocol/bytes';
import {
  type AttestationBody,
  attestationBody,
  type CheckpointBody,
  checkpointBody,
  signedAttestation,
  signedCheckpoint,
} from '@leanvibe/protocol/checkpoint';
import type { RefusalReason } from '@leanvibe/protocol/errors';
import { type Hash, idBytes, makeId, type SpaceId } from '@leanvibe/protocol/ids';
import { decode } from '@leanvibe/protocol/shape';
import { err, ok, type Result } from '../base/result.js';
import { label } from '../crypto/labels.js';
import type { Crypto, Hashing } from '../ports/crypto.js';
import { inflate } from '../base/deflate.js';
import type { Pieces } from '../base/pieces.js';
import { arePacked, countIds } from './ids.js';
import type { Manifest } from './manifest.js';
import type { Signatures } from './signatures.js';

/** A checkpoint whose signature holds and whose tables agree with each other. Whether it is true is for whoever holds what it covers. */
export interface AuthenticCheckpoint {
  readonly id: Hash;
  readonly body: CheckpointBody;
}

/** A body as an entry or its parts carry it (W23). What it comes out as may be sixteen megabytes: it is authenticated in pieces. */
export interface CarriedCheckpoint {
  readonly carried: Uint8Array;
  readonly signature: Uint8Array;
}

export type OpenedCheckpoint =
  | ({ readonly type: 'carried-checkpoint' } & CarriedCheckpoint)
  | { readonly type: 'manifest'; readonly manifest: Manifest };

export function checkpointIdOf(hashing: Hashing, body: Uint8Array): Hash {
  return makeId<Hash>(hashing.sha256(label('checkpoint'), body));
}

/** What a checkpoint's author signs. */
export function checkpointSigned(id: Hash): Uint8Array {
  return concat(label('checkpoint-signature'), idBytes(id));
}

/** What an attester signs: the two words can never stand for each other. */
export function attestationSigned(body: Uint8Array, agrees: number): Uint8Array {
  return concat(label(agrees === 1 ? 'attestation' : 'refute'), body);
}

export function openCheckpoint(plaintext: Uint8Array): Result<OpenedCheckpoint, RefusalReason> {
  const signed = decode(signedCheckpoint, plaintext);
  if (!signed.ok) return err('malformed');
  const { body, manifest, signature } = signed.value;
  if (manifest !== null && body === null)
    return ok({
      type: 'manifest',
      manifest: { of: 'checkpoint', parts: manifest.parts, bytes: manifest.bytes, id: manifest.checkpoint, signature },
    });
  return body === null || manifest !== null ? err('malformed') : ok({ type: 'carried-checkpoint', carried: body, signature });
}

export function* authenticateCheckpoint(
  crypto: Crypto,
  space: SpaceId,
  { carried, signature }: CarriedCheckpoint,
  signatures: Signatures = 'checked',
): Pieces<Result<AuthenticCheckpoint, RefusalReason>> {
  const bytes = yield* inflate(carried);
  if (bytes === null) return err('malformed');
  const body = decode(checkpointBody, bytes);
  if (!body.ok) return err('malformed');
  const id = checkpointIdOf(crypto, bytes);
  if (signatures === 'checked' && !crypto.verify(signature, checkpointSigned(id), idBytes(body.value.device))) return err('signature');
  if (body.value.space !== space) return err('wrong-space');
  return (yield* isOrdered(body.value)) ? ok({ id, body: body.value }) : err('malformed');
}

/** One checkpoint has one form, and lists exactly as many ids as its chains are long. */
function* isOrdered({ covers, ids, clients }: CheckpointBody): Pieces<boolean> {
  let changes = 0;
  let chain = '';
  for (const { addedBy, device, seq } of covers) {
    const name = `${addedBy}${device}`;
    if (name <= chain || seq === 0) return false;
    chain = name;
    changes += seq;
  }
  let clientId = -1;
  for (const one of clients) {
    if (one.clientId <= clientId || one.cover >= covers.length) return false;
    clientId = one.clientId;
  }
  return countIds(ids) === changes && (yield* arePacked(ids));
}

export function openAttestation(crypto: Crypto, space: SpaceId, plaintext: Uint8Array): Result<AttestationBody, RefusalReason> {
  const signed = decode(signedAttestation, plaintext);
  const body = signed.ok ? decode(attestationBody, signed.value.body) : signed;
  if (!signed.ok || !body.ok) return err('malformed');
  const { agrees, device } = body.value;
  if (!crypto.verify(signed.value.signature, attestationSigned(signed.value.body, agrees), idBytes(device))) return err('signature');
  return body.value.space === space ? ok(body.value) : err('wrong-space');
}
