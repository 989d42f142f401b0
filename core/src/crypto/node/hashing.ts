/** SHA-256 and HMAC by Node's OpenSSL; HKDF by noble, which is as fast for short outputs and has no 1,024-byte limit on `info`. */
import { createHmac, hash } from 'node:crypto';
import type { Hashing } from '../../ports/crypto.js';
import { portableHashing } from '../portable-hashing.js';

/** Node answers with Buffers; the port promises plain Uint8Arrays. */
function plain(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}

export const nodeHashing: Hashing = {
  ...portableHashing,
  sha256: (data) => plain(hash('sha256', data, 'buffer')),
  hmacSha256: (key, data) => plain(createHmac('sha256', key).update(data).digest()),
};
