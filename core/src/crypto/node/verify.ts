/** The relay's back end: verifying and hashing with what Node itself brings, so that no sealing library is even loaded. */
import { createPublicKey, verify } from 'node:crypto';
import type { Hashing, Verifying } from '../../ports/crypto.js';
import { checkedVerifying } from '../verify.js';
import { nodeHashing } from './hashing.js';

/** The fixed DER that precedes the 32 bytes of an Ed25519 key (RFC 8410, 4). */
const SPKI_PREFIX = Uint8Array.from([0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00]);

let checked: (Verifying & Hashing) | undefined;

/** Checked against the corpus once per process; throws when this Node's OpenSSL fails it. */
export function nodeVerifying(): Verifying & Hashing {
  checked ??= checkedVerifying(
    {
      ...nodeHashing,
      verify: (signature, message, publicKey) => {
        const key = createPublicKey({ key: Buffer.concat([SPKI_PREFIX, publicKey]), format: 'der', type: 'spki' });
        return verify(null, message, key, signature);
      },
    },
    'node',
  );
  return checked;
}
