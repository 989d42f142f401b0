/** The fast implementation for Node: libsodium compiled to machine code, hashes from OpenSSL. */
import { timingSafeEqual } from 'node:crypto';
import sodium from 'sodium-native';
import type { Crypto } from '../../ports/crypto.js';
import { checked } from '../selftest.js';
import { type RawCrypto, strictCrypto } from '../strict.js';
import { nodeHashing } from './hashing.js';

const TAG_BYTES = 16;

const rawNative: RawCrypto = {
  ...nodeHashing,
  verify: (signature, message, publicKey) => sodium.crypto_sign_verify_detached(signature, message, publicKey),
  signingKeys: (seed) => {
    const publicKey = new Uint8Array(32);
    const secretKey = new Uint8Array(64);
    sodium.crypto_sign_seed_keypair(publicKey, secretKey, seed);
    return { publicKey, secretKey };
  },
  sign: (message, secretKey) => {
    const signature = new Uint8Array(64);
    sodium.crypto_sign_detached(signature, message, secretKey);
    return signature;
  },
  boxPublicKey: (secretKey) => {
    const publicKey = new Uint8Array(32);
    sodium.crypto_scalarmult_base(publicKey, secretKey);
    return publicKey;
  },
  scalarMult: (secretKey, publicKey) => {
    const shared = new Uint8Array(32);
    try {
      sodium.crypto_scalarmult(shared, secretKey, publicKey);
    } catch (error) {
      if (error instanceof Error && error.message === 'status: -1') return null;
      throw error;
    }
    return shared;
  },
  secretbox: (message, nonce, key) => {
    const sealed = new Uint8Array(TAG_BYTES + message.length);
    sodium.crypto_secretbox_easy(sealed, message, nonce, key);
    return sealed;
  },
  secretboxOpen: (sealed, nonce, key) => {
    const message = new Uint8Array(sealed.length - TAG_BYTES);
    return sodium.crypto_secretbox_open_easy(message, sealed, nonce, key) ? message : null;
  },
  equal: (a, b) => timingSafeEqual(a, b),
};

let crypto: Crypto | undefined;

/** Self-tested once per process; throws when this machine's libraries fail the corpus. */
export function nativeCrypto(): Crypto {
  crypto ??= checked(strictCrypto('native', rawNative));
  return crypto;
}
