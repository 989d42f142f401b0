/** From sealed bytes to an authentic thing (C7): opened under its epoch, strictly decoded, its signature checked. Pure. */
import { type AnnouncementBody, type ChangeBody, changeBody, part, signedChange, type SignedChange } from '@leanvibe/protocol/change';
import { concat } from '@leanvibe/protocol/bytes';
import type { RefusalReason } from '@leanvibe/protocol/errors';
import { type ChangeId, idBytes, makeId, type SpaceId } from '@leanvibe/protocol/ids';
import { CHANGE_BYTES_MAX } from '@leanvibe/protocol/limits';
import type { AttestationBody } from '@leanvibe/protocol/checkpoint';
import type { Sealed } from '@leanvibe/protocol/sealed';
import { decode } from '@leanvibe/protocol/shape';
import { err, ok, type Result } from '../base/result.js';
import type { Pieces } from '../base/pieces.js';
import { label } from '../crypto/labels.js';
import { type Link, openLink } from '../group/link.js';
import { readAnnouncement } from '../keys/announce.js';
import type { Sealer } from '../keys/entry.js';
import type { Crypto, Hashing } from '../ports/crypto.js';
import type { Manifest } from './manifest.js';
import type { Signatures } from './signatures.js';
import {
  type AuthenticCheckpoint,
  authenticateCheckpoint,
  type CarriedCheckpoint,
  openAttestation,
  openCheckpoint,
} from './open-checkpoint.js';

/** A change whose signature holds. Everything else about it is for the judge. */
export interface AuthenticChange {
  readonly id: ChangeId;
  readonly body: ChangeBody;
}

export type Opened =
  | { readonly type: 'change'; readonly change: AuthenticChange }
  | { readonly type: 'manifest'; readonly manifest: Manifest }
  | { readonly type: 'part'; readonly bytes: Uint8Array }
  | { readonly type: 'link'; readonly link: Link; readonly plaintext: Uint8Array }
  | { readonly type: 'announcement'; readonly body: AnnouncementBody }
  /** Not authenticated yet. */
  | ({ readonly type: 'carried-checkpoint' } & CarriedCheckpoint)
  | { readonly type: 'attestation'; readonly body: AttestationBody };

/** A body that came in parts, whole again. */
export type Assembled =
  | Extract<Opened, { readonly type: 'change' }>
  | { readonly type: 'checkpoint'; readonly checkpoint: AuthenticCheckpoint };

export function changeIdOf(hashing: Hashing, body: Uint8Array): ChangeId {
  return makeId<ChangeId>(hashing.sha256(label('change'), body));
}

/** What a change's author signs. */
export function changeSigned(id: ChangeId): Uint8Array {
  return concat(label('change-signature'), idBytes(id));
}

/** Opens one entry. Presence is never stored. */
export function openEntry(
  crypto: Crypto,
  space: SpaceId,
  sealer: Sealer,
  sealed: Sealed,
  signatures: Signatures = 'checked',
): Result<Opened, RefusalReason> {
  const plaintext = sealer.open(sealed);
  if (!plaintext.ok) return plaintext;
  switch (sealed.kind) {
    case 'change':
      return openChange(crypto, space, plaintext.value, signatures);
    case 'part': {
      const decoded = decode(part, plaintext.value);
      return decoded.ok ? ok({ type: 'part', bytes: decoded.value.bytes }) : err('malformed');
    }
    case 'link': {
      const link = openLink(crypto, plaintext.value);
      if (!link.ok) return err('bad-link');
      return ok({ type: 'link', link: link.value, plaintext: plaintext.value });
    }
    case 'announcement': {
      const body = readAnnouncement(crypto, plaintext.value);
      return body.ok ? ok({ type: 'announcement', body: body.value }) : body;
    }
    case 'checkpoint':
      return openCheckpoint(plaintext.value);
    case 'attestation': {
      const body = openAttestation(crypto, space, plaintext.value);
      return body.ok ? ok({ type: 'attestation', body: body.value }) : body;
    }
    case 'presence':
      return err('entry-kind');
  }
}

function openChange(crypto: Crypto, space: SpaceId, plaintext: Uint8Array, signatures: Signatures): Result<Opened, RefusalReason> {
  const signed = decode(signedChange, plaintext);
  if (!signed.ok) return err('malformed');
  const { body, manifest, signature } = signed.value;
  if ((body === null) === (manifest === null)) return err('malformed');
  if (manifest !== null)
    return ok({
      type: 'manifest',
      manifest: { of: 'change', parts: manifest.parts, bytes: manifest.bytes, id: manifest.changeId, signature },
    });
  const change = authenticate(crypto, space, body as NonNullable<SignedChange['body']>, signature, signatures);
  return change.ok ? ok({ type: 'change', change: change.value }) : change;
}

/** What a manifest's parts come to; refused when it is not what the manifest names. */
export function* authenticateWhole(
  crypto: Crypto,
  space: SpaceId,
  manifest: Manifest,
  bytes: Uint8Array,
  signatures: Signatures = 'checked',
): Pieces<Result<Assembled, RefusalReason>> {
  if (manifest.of === 'checkpoint') {
    const carried = { carried: bytes, signature: manifest.signature };
    const checkpoint = yield* authenticateCheckpoint(crypto, space, carried, signatures);
    if (!checkpoint.ok) return checkpoint;
    return checkpoint.value.id === manifest.id ? ok({ type: 'checkpoint', checkpoint: checkpoint.value }) : err('malformed');
  }
  const change = authenticate(crypto, space, bytes, manifest.signature, signatures, manifest.id as ChangeId);
  if (!change.ok) return change;
  return change.value.id === manifest.id ? ok({ type: 'change', change: change.value }) : err('malformed');
}

/** A body, whole again if it came in parts, and its author's signature. */
export function authenticate(
  crypto: Crypto,
  space: SpaceId,
  bytes: Uint8Array,
  signature: Uint8Array,
  signatures: Signatures = 'checked',
  known?: ChangeId,
): Result<AuthenticChange, RefusalReason> {
  if (bytes.length > CHANGE_BYTES_MAX) return err('over-limit');
  const body = decode(changeBody, bytes);
  if (!body.ok) return err('malformed');
  // The parts of a known one are proven by their ids, and there may be sixteen megabytes of them.
  const id = signatures === 'known' && known !== undefined ? known : changeIdOf(crypto, bytes);
  if (signatures === 'checked' && !crypto.verify(signature, changeSigned(id), idBytes(body.value.device))) return err('signature');
  return body.value.space === space ? ok({ id, body: body.value }) : err('wrong-space');
}
