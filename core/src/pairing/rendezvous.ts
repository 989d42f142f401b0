/** Names under which two devices without a common network meet at a relay (C41): who knows the secret finds the place, and the relay learns no secret. */
import { concat } from '@leanvibe/protocol/bytes';
import { label } from '../crypto/labels.js';
import type { Hashing } from '../ports/crypto.js';

const EMPTY = new Uint8Array(0);
const NAME_BYTES = 32;

/** Of a pairing link: by its secret (16 bytes). */
export function linkMeeting(hashing: Hashing, secret: Uint8Array): Uint8Array {
  return hashing.hkdfSha256(secret, EMPTY, label('pair-rendezvous'), NAME_BYTES);
}

/** Of a short code (eight digits). Anybody can guess it, the relay too: it selects, and proves nothing. */
export function codeMeeting(hashing: Hashing, code: string): Uint8Array {
  const digits = Uint8Array.from(code, (digit) => digit.charCodeAt(0));
  return hashing.hkdfSha256(digits, EMPTY, label('pair-rendezvous'), NAME_BYTES);
}

/** Of an invite: by its admission key and its id (16 bytes each). */
export function inviteMeeting(hashing: Hashing, key: Uint8Array, invite: Uint8Array): Uint8Array {
  return hashing.hkdfSha256(key, EMPTY, concat(label('pair-rendezvous'), invite), NAME_BYTES);
}
