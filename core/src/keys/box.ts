/** Sealed boxes for one device (C11): X25519 to a fresh key, HKDF, secretbox. Equal size for every recipient. */
import { concat } from '@leanvibe/protocol/bytes';
import { idBytes, type SpaceId } from '@leanvibe/protocol/ids';
import { label } from '../crypto/labels.js';
import type { Crypto } from '../ports/crypto.js';
import type { Random } from '../ports/random.js';

/** R and W, or R and 32 random bytes for those who may only read. */
export const BOX_BYTES = 64 + 16;

// Each key seals one message only, so the nonce may be constant.
const NONCE = new Uint8Array(24);

export interface EphemeralKey {
  readonly secret: Uint8Array;
  readonly publicKey: Uint8Array;
}

export function freshEphemeral(crypto: Crypto, random: Random): EphemeralKey {
  const secret = random.bytes(32);
  return { secret, publicKey: crypto.boxPublicKey(secret) };
}

function boxKey(
  crypto: Crypto,
  shared: Uint8Array,
  ephemeral: Uint8Array,
  recipient: Uint8Array,
  space: SpaceId,
  context: Uint8Array,
): Uint8Array {
  return crypto.hkdfSha256(shared, concat(ephemeral, recipient), concat(label('box'), idBytes(space), context), 32);
}

/** Null when the recipient's key is a low-order point: such a device cannot be given anything. */
export function sealBox(
  crypto: Crypto,
  ephemeral: EphemeralKey,
  recipient: Uint8Array,
  space: SpaceId,
  context: Uint8Array,
  secret: Uint8Array,
): Uint8Array | null {
  const shared = crypto.sharedSecret(ephemeral.secret, recipient);
  return shared === null ? null : crypto.secretbox(secret, NONCE, boxKey(crypto, shared, ephemeral.publicKey, recipient, space, context));
}

/** Tries every box; null when none is for this device. */
export function openBoxes(
  crypto: Crypto,
  sealingSecret: Uint8Array,
  ephemeral: Uint8Array,
  space: SpaceId,
  context: Uint8Array,
  boxes: readonly Uint8Array[],
): Uint8Array | null {
  const shared = crypto.sharedSecret(sealingSecret, ephemeral);
  if (shared === null) return null;
  const key = boxKey(crypto, shared, ephemeral, crypto.boxPublicKey(sealingSecret), space, context);
  for (const box of boxes) {
    const secret = crypto.secretboxOpen(box, NONCE, key);
    if (secret !== null) return secret;
  }
  return null;
}

/** R of an older epoch under the R of the new one: nonce 24 ‖ secretbox 48 (C11). */
export function sealPrior(crypto: Crypto, random: Random, read: Uint8Array, prior: Uint8Array): Uint8Array {
  const nonce = random.bytes(24);
  return concat(nonce, crypto.secretbox(prior, nonce, crypto.hkdfSha256(read, new Uint8Array(0), label('prior'), 32)));
}

export function openPrior(crypto: Crypto, read: Uint8Array, sealed: Uint8Array): Uint8Array | null {
  const key = crypto.hkdfSha256(read, new Uint8Array(0), label('prior'), 32);
  return crypto.secretboxOpen(sealed.subarray(24), sealed.subarray(0, 24), key);
}
