/** The link's proof (C40): whoever knows the 128-bit secret, over exactly these two devices. */
import { concat } from '@leanvibe/protocol/bytes';
import { type DeviceId, idBytes } from '@leanvibe/protocol/ids';
import { label } from '../crypto/labels.js';
import type { Hashing } from '../ports/crypto.js';

export function linkProof(hashing: Hashing, secret: Uint8Array, joiner: DeviceId, admitter: DeviceId, nonce: Uint8Array): Uint8Array {
  const key = hashing.hkdfSha256(secret, new Uint8Array(0), label('pair-proof'), 32);
  return hashing.hmacSha256(key, concat(idBytes(joiner), idBytes(admitter), nonce));
}
