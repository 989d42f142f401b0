/** The implementation for a bare JavaScript engine: no crypto, TextEncoder or WebAssembly; its randomness is never asked for. */
import nacl from 'tweetnacl';
import type { Crypto } from '../ports/crypto.js';
import { portableHashing } from './portable-hashing.js';
import { checked } from './selftest.js';
import { type RawCrypto, strictCrypto } from './strict.js';

const rawPortable: RawCrypto = {
  ...portableHashing,
  verify: (signature, message, publicKey) => nacl.sign.detached.verify(message, signature, publicKey),
  signingKeys: (seed) => nacl.sign.keyPair.fromSeed(seed),
  sign: (message, secretKey) => nacl.sign.detached(message, secretKey),
  boxPublicKey: (secretKey) => nacl.scalarMult.base(secretKey),
  scalarMult: (secretKey, publicKey) => nacl.scalarMult(secretKey, publicKey),
  secretbox: (message, nonce, key) => nacl.secretbox(message, nonce, key),
  secretboxOpen: (sealed, nonce, key) => nacl.secretbox.open(sealed, nonce, key),
  equal: (a, b) => nacl.verify(a, b),
};

let crypto: Crypto | undefined;

/** Self-tested once per engine; throws when the engine computes something else. Some 200 signatures a second with a JIT. */
export function portableCrypto(): Crypto {
  crypto ??= checked(strictCrypto('portable', rawPortable));
  return crypto;
}
