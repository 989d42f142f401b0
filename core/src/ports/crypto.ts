/** The one suite (C15). Every implementation gives the same bytes and the same rejections; keys and messages are raw bytes. */

export interface SigningKeys {
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  /** 64 bytes: seed then public key, as NaCl stores it. */
  readonly secretKey: Uint8Array;
}

export interface Hashing {
  /** 32 bytes: of the pieces end to end, which need not be copied together for it. */
  sha256(...data: readonly Uint8Array[]): Uint8Array;
  /** 32 bytes. */
  hmacSha256(key: Uint8Array, data: Uint8Array): Uint8Array;
  /** RFC 5869 extract and expand; `length` at most 8,160. */
  hkdfSha256(secret: Uint8Array, salt: Uint8Array, info: Uint8Array, length: number): Uint8Array;
}

export interface Verifying {
  /** Ed25519 as C15 defines it: S < L, canonical A and R, no small-order A or R, cofactorless, R compared as bytes. Never throws. */
  verify(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean;
}

export interface Crypto extends Hashing, Verifying {
  /** Which implementation this is: `native`, `wasm` or `portable`. */
  readonly name: string;
  /** Ed25519 keys from a 32-byte seed. */
  signingKeys(seed: Uint8Array): SigningKeys;
  /** 64-byte deterministic Ed25519 signature. */
  sign(message: Uint8Array, secretKey: Uint8Array): Uint8Array;
  /** X25519 public key of a 32-byte secret. */
  boxPublicKey(secretKey: Uint8Array): Uint8Array;
  /** X25519; null when the result is all zero (a low-order point) or a length is wrong. */
  sharedSecret(secretKey: Uint8Array, publicKey: Uint8Array): Uint8Array | null;
  /** XSalsa20-Poly1305 (NaCl secretbox): tag (16 bytes) then ciphertext. */
  secretbox(message: Uint8Array, nonce: Uint8Array, key: Uint8Array): Uint8Array;
  /** Opens a secretbox; null when it does not authenticate or a length is wrong. */
  secretboxOpen(sealed: Uint8Array, nonce: Uint8Array, key: Uint8Array): Uint8Array | null;
  /** Constant-time for equal lengths. */
  equal(a: Uint8Array, b: Uint8Array): boolean;
}

export interface CryptoDep {
  readonly crypto: Crypto;
}
