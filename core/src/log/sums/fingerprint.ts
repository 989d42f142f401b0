/** The fingerprint of a range: SHA-256(seed ‖ count ‖ sum)[0..16), count and sum big-endian in 8 and 32 bytes (C27). */
import { concat } from '@leanvibe/protocol/bytes';
import type { Hashing } from '../../ports/crypto.js';
import type { Sum } from './tree.js';

function bigEndian(value: bigint, bytes: number): Uint8Array {
  const out = new Uint8Array(bytes);
  for (let at = bytes - 1, rest = value; at >= 0; at--, rest >>= 8n) out[at] = Number(rest & 255n);
  return out;
}

export function fingerprint(hashing: Hashing, seed: Uint8Array, sum: Sum): Uint8Array {
  return hashing.sha256(concat(seed, bigEndian(BigInt(sum.count), 8), bigEndian(sum.total, 32))).slice(0, 16);
}
