/** Proofs of a secret that somebody handed over (C40, C42): whoever knows it, over exactly these two devices. */
import { concat } from '@leanvibe/protocol/bytes';
import { type DeviceId, idBytes, type PersonId } from '@leanvibe/protocol/ids';
import { label } from '../crypto/labels.js';
import type { Hashing } from '../ports/crypto.js';

export function linkProof(hashing: Hashing, secret: Uint8Array, joiner: DeviceId, admitter: DeviceId, nonce: Uint8Array): Uint8Array {
  const key = hashing.hkdfSha256(secret, new Uint8Array(0), label('pair-proof'), 32);
  return hashing.hmacSha256(key, concat(idBytes(joiner), idBytes(admitter), nonce));
}

/** A knock at an invite (W27). The channel proves both devices. */
export interface Knock {
  readonly guest: DeviceId;
  readonly host: DeviceId;
  /** 16 bytes. */
  readonly invite: Uint8Array;
  /** Whom the guest says it is. */
  readonly person: PersonId;
  /** 32 bytes. */
  readonly nonce: Uint8Array;
}

export function admissionProof(hashing: Hashing, secret: Uint8Array, { guest, host, invite, person, nonce }: Knock): Uint8Array {
  const key = hashing.hkdfSha256(secret, new Uint8Array(0), label('admission'), 32);
  return hashing.hmacSha256(key, concat(idBytes(guest), idBytes(host), invite, idBytes(person), nonce));
}
