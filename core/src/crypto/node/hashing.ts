/** SHA-256 and HMAC by Node's OpenSSL; HKDF by noble, which is as fast for short outputs and has no 1,024-byte limit on `info`. */
import { createHash, createHmac, hash } from 'node:crypto';
import type { Hashing } from '../../ports/crypto.js';
import { portableHashing } from '../portable-hashing.js';

/** Node answers with Buffers; the port promises plain Uint8Arrays. */
function plain(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}

export const nodeHashing: Hashing = {
  ...portableHashing,
  sha256: (...data) => {
    const [only] = data;
    if (only !== undefined && data.length === 1) return plain(hash('sha256', only, 'buffer'));
    const hashing = createHash('sha256');
    for (const piece of data) hashing.update(piece);
    return plain(hashing.digest());
  },
  hmacSha256: (key, data) => plain(createHmac('sha256', key).update(data).digest()),
};
