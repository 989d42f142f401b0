/** The six digits both screens must show (C41): a commitment first, so that neither side can steer them. */
import { concat } from '@leanvibe/protocol/bytes';
import { type DeviceId, idBytes } from '@leanvibe/protocol/ids';
import { label } from '../crypto/labels.js';
import type { Crypto, Hashing } from '../ports/crypto.js';

/** One side's part: 32 random bytes and a fresh X25519 public key. */
export interface Part {
  readonly device: DeviceId;
  readonly nonce: Uint8Array;
  readonly ephemeral: Uint8Array;
}

const partBytes = (part: Part): Uint8Array => concat(part.nonce, idBytes(part.device), part.ephemeral);

export function commitTo(hashing: Hashing, admitter: Part): Uint8Array {
  return hashing.sha256(concat(label('pair-code-commit'), partBytes(admitter)));
}

const DIGITS = 1_000_000;
// Values below this many of 2^48 keep the digits uniform; the first of the block's five that does is taken.
const UNIFORM = Math.floor(2 ** 48 / DIGITS) * DIGITS;

/** Null when the other side's ephemeral key is a low-order point. */
export function digitsOf(crypto: Crypto, admitter: Part, joiner: Part, secret: Uint8Array, theirs: Uint8Array): string | null {
  const shared = crypto.sharedSecret(secret, theirs);
  if (shared === null) return null;
  const block = crypto.hkdfSha256(shared, concat(partBytes(admitter), partBytes(joiner)), label('pair-code-digits'), 32);
  for (let at = 0; at + 6 <= block.length; at += 6) {
    let value = 0;
    for (let byte = at; byte < at + 6; byte++) value = value * 256 + (block[byte] as number);
    if (value < UNIFORM) return String(value % DIGITS).padStart(6, '0');
  }
  return null;
}
