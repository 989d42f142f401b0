/** Verifying and hashing alone, for those who must stay blind: nothing here, nor what it imports, can seal, open or sign. */
import type { Hashing, Verifying } from '../ports/crypto.js';
import { bytesOf, ownBytes, sized } from './bytes.js';
import { isWellFormed } from './verify/rules.js';
import { verifySelfTest } from './verify/selftest.js';

/**
 * What a library contributes. It is only ever called with a 64-byte signature and a 32-byte key that passed the encoding
 * rules of C15; it decides the cofactorless equation, comparing R as bytes, and returns fresh plain Uint8Arrays.
 */
export interface RawVerifying extends Hashing, Verifying {}

/** RFC 5869: at most 255 blocks of 32 bytes. */
const HKDF_BYTES_MAX = 8_160;

/** C15 around a library. `verify` never throws; the hashes throw only on a programmer's error (not bytes, a length outside 1 to 8,160). */
export function strictVerifying(raw: RawVerifying): Verifying & Hashing {
  return {
    sha256: (...data) => raw.sha256(...data.map((piece) => ownBytes(piece, 'data'))),
    hmacSha256: (key, data) => raw.hmacSha256(ownBytes(key, 'key'), ownBytes(data, 'data')),
    hkdfSha256: (secret, salt, info, length) => {
      if (!Number.isInteger(length) || length < 1 || length > HKDF_BYTES_MAX) {
        throw new RangeError(`HKDF-SHA-256 gives 1 to ${HKDF_BYTES_MAX} bytes, not ${length}`);
      }
      return raw.hkdfSha256(ownBytes(secret, 'secret'), ownBytes(salt, 'salt'), ownBytes(info, 'info'), length);
    },
    verify: (signature, message, publicKey) => {
      const signed = sized(signature, 64);
      const key = sized(publicKey, 32);
      const said = bytesOf(message);
      if (signed === null || key === null || said === null) return false;
      return isWellFormed(signed, key) && raw.verify(signed, said, key);
    },
  };
}

/** `strictVerifying`, refused unless it passes the corpus: throws naming every case that failed. */
export function checkedVerifying(raw: RawVerifying, name: string): Verifying & Hashing {
  const verifying = strictVerifying(raw);
  const failures = verifySelfTest(verifying);
  if (failures.length > 0) throw new Error(`crypto back end ${name} is not usable: ${failures.join('; ')}`);
  return verifying;
}
