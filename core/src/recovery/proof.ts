/** How a new device proves that it speaks for a paper device (W26): a signature over both ends of the channel and a nonce of each. */
import { concat } from '@leanvibe/protocol/bytes';
import { type DeviceId, idBytes } from '@leanvibe/protocol/ids';
import { label } from '../crypto/labels.js';
import type { Crypto, SigningKeys, Verifying } from '../ports/crypto.js';

export interface RecoveryMeeting {
  /** The new device; its key is proved by the channel. */
  readonly seeker: DeviceId;
  /** The device asked; likewise. */
  readonly helper: DeviceId;
  /** 32 random bytes of each, drawn for this channel. */
  readonly seekerNonce: Uint8Array;
  readonly helperNonce: Uint8Array;
}

/** Says nothing to anybody but this helper, on this channel, for this seeker: it is no link, no consent, and cannot be played again. */
function bytesOf({ seeker, helper, seekerNonce, helperNonce }: RecoveryMeeting): Uint8Array {
  return concat(label('recovery-proof'), idBytes(seeker), idBytes(helper), seekerNonce, helperNonce);
}

export function signRecovery(crypto: Crypto, paper: SigningKeys, meeting: RecoveryMeeting): Uint8Array {
  return crypto.sign(bytesOf(meeting), paper.secretKey);
}

export function isRecoveryProof(crypto: Verifying, paper: DeviceId, meeting: RecoveryMeeting, signature: Uint8Array): boolean {
  return crypto.verify(signature, bytesOf(meeting), idBytes(paper));
}
