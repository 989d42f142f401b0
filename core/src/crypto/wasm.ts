/** The implementation for browsers: libsodium in WebAssembly, synchronous once loaded; HMAC and HKDF by noble. */
import sodium from 'libsodium-wrappers';
import type { Crypto } from '../ports/crypto.js';
import { portableHashing } from './portable-hashing.js';
import { checked } from './selftest.js';
import { type RawCrypto, strictCrypto } from './strict.js';

/** The library says "refused" by throwing; anything else it throws (out of memory) is not a verdict on the bytes and goes on up. */
function unlessRefused(compute: () => Uint8Array, refusal: string): Uint8Array | null {
  try {
    return compute();
  } catch (error) {
    if (error instanceof Error && error.message === refusal) return null;
    throw error;
  }
}

const rawWasm: RawCrypto = {
  ...portableHashing,
  verify: (signature, message, publicKey) => sodium.crypto_sign_verify_detached(signature, message, publicKey),
  signingKeys: (seed) => {
    const { publicKey, privateKey } = sodium.crypto_sign_seed_keypair(seed);
    return { publicKey, secretKey: privateKey };
  },
  sign: (message, secretKey) => sodium.crypto_sign_detached(message, secretKey),
  boxPublicKey: (secretKey) => sodium.crypto_scalarmult_base(secretKey),
  scalarMult: (secretKey, publicKey) => unlessRefused(() => sodium.crypto_scalarmult(secretKey, publicKey), 'weak public key'),
  secretbox: (message, nonce, key) => sodium.crypto_secretbox_easy(message, nonce, key),
  secretboxOpen: (sealed, nonce, key) =>
    unlessRefused(() => sodium.crypto_secretbox_open_easy(sealed, nonce, key), 'wrong secret key for the given ciphertext'),
  equal: (a, b) => sodium.memcmp(a, b),
};

let crypto: Crypto | undefined;

/** Self-tested once per page or worker; rejects when the module cannot load or fails the corpus. */
export async function wasmCrypto(): Promise<Crypto> {
  await sodium.ready;
  crypto ??= checked(strictCrypto('wasm', rawWasm));
  return crypto;
}
