/** The one wrapper around every library: C15's rules and all length checks, so that no two implementations can differ in what they refuse. */
import type { Crypto } from '../ports/crypto.js';
import { bytesOf, ownBytes, ownSized, sized } from './bytes.js';
import { type RawVerifying, strictVerifying } from './verify.js';

/** What a library contributes to a `Crypto`. Lengths are right when it is called; it returns fresh plain Uint8Arrays. */
export interface RawCrypto extends RawVerifying {
  /** 32-byte public and 64-byte secret key of a 32-byte seed. */
  signingKeys(seed: Uint8Array): { readonly publicKey: Uint8Array; readonly secretKey: Uint8Array };
  sign(message: Uint8Array, secretKey: Uint8Array): Uint8Array;
  boxPublicKey(secretKey: Uint8Array): Uint8Array;
  /** X25519, all-zero results included; null when the library itself refuses the point for that. */
  scalarMult(secretKey: Uint8Array, publicKey: Uint8Array): Uint8Array | null;
  secretbox(message: Uint8Array, nonce: Uint8Array, key: Uint8Array): Uint8Array;
  /** `sealed` is at least 16 bytes; null when it does not authenticate. */
  secretboxOpen(sealed: Uint8Array, nonce: Uint8Array, key: Uint8Array): Uint8Array | null;
  /** Constant-time over two arrays of one length, which is not zero. */
  equal(a: Uint8Array, b: Uint8Array): boolean;
}

const KEY_BYTES = 32;
const SECRET_KEY_BYTES = 64;
const NONCE_BYTES = 24;
const TAG_BYTES = 16;

/** Looks at every byte: the result is secret until it is known to be refused. */
function isAllZero(bytes: Uint8Array): boolean {
  let any = 0;
  for (const byte of bytes) any |= byte;
  return any === 0;
}

/**
 * What others send (`verify`, `sharedSecret`, `secretboxOpen`, `equal`) is refused without ever throwing; a wrong length of
 * what this program made itself (seed, secret key, nonce or key to seal with) throws RangeError, alike on every back end.
 * `sign` trusts the public half of the 64-byte key: rebuild kept keys from their seed, since signing under a damaged half leaks the secret.
 */
export function strictCrypto(name: string, raw: RawCrypto): Crypto {
  return {
    name,
    ...strictVerifying(raw),
    signingKeys: (seed) => raw.signingKeys(ownSized(seed, KEY_BYTES, 'seed')),
    sign: (message, secretKey) => raw.sign(ownBytes(message, 'message'), ownSized(secretKey, SECRET_KEY_BYTES, 'secret key')),
    boxPublicKey: (secretKey) => raw.boxPublicKey(ownSized(secretKey, KEY_BYTES, 'secret key')),
    sharedSecret: (secretKey, publicKey) => {
      const own = sized(secretKey, KEY_BYTES);
      const theirs = sized(publicKey, KEY_BYTES);
      const shared = own === null || theirs === null ? null : raw.scalarMult(own, theirs);
      return shared === null || isAllZero(shared) ? null : shared;
    },
    secretbox: (message, nonce, key) =>
      raw.secretbox(ownBytes(message, 'message'), ownSized(nonce, NONCE_BYTES, 'nonce'), ownSized(key, KEY_BYTES, 'key')),
    secretboxOpen: (sealed, nonce, key) => {
      const box = bytesOf(sealed);
      const once = sized(nonce, NONCE_BYTES);
      const secret = sized(key, KEY_BYTES);
      if (box === null || once === null || secret === null || box.length < TAG_BYTES) return null;
      return raw.secretboxOpen(box, once, secret);
    },
    equal: (a, b) => {
      const left = bytesOf(a);
      const right = bytesOf(b);
      if (left === null || right === null || left.length !== right.length) return false;
      return left.length === 0 || raw.equal(left, right);
    },
  };
}
