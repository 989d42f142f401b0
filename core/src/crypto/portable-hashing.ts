/** SHA-256, HMAC and HKDF by noble: plain JavaScript that needs no globals. */
import { hkdf } from '@noble/hashes/hkdf.js';
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import type { Hashing } from '../ports/crypto.js';

export const portableHashing: Hashing = {
  sha256: (...data) => {
    const hashing = sha256.create();
    for (const piece of data) hashing.update(piece);
    return hashing.digest();
  },
  hmacSha256: (key, data) => hmac(sha256, key, data),
  hkdfSha256: (secret, salt, info, length) => hkdf(sha256, secret, salt, info, length),
};
