/** What the words stand for (C43): the signing and sealing keys of a paper device, and the key of its mailbox at a relay. */
import { label } from '../crypto/labels.js';
import type { Hashing } from '../ports/crypto.js';

/** 32 secret bytes each. */
export interface RecoveryKeys {
  readonly signingSeed: Uint8Array;
  readonly sealingSecret: Uint8Array;
  readonly mailboxKey: Uint8Array;
}

const NO_SALT = new Uint8Array(0);

/** The words hold 256 bits, so nothing is stretched. */
export function recoveryKeys(hashing: Hashing, entropy: Uint8Array): RecoveryKeys {
  const derive = (name: 'recovery-signing' | 'recovery-sealing' | 'recovery-mailbox'): Uint8Array =>
    hashing.hkdfSha256(entropy, NO_SALT, label(name), 32);
  return { signingSeed: derive('recovery-signing'), sealingSecret: derive('recovery-sealing'), mailboxKey: derive('recovery-mailbox') };
}
