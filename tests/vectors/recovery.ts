/** Vectors of C43: words, the keys they stand for, and the proof that somebody speaks for them. */
import { makeId, toHex, type DeviceId } from '@leanvibe/protocol/ids';
import { recoveryKeys } from '@leanvibe/core/internal/recovery/keys';
import { signRecovery } from '@leanvibe/core/internal/recovery/proof';
import { wordsOf } from '@leanvibe/core/internal/recovery/words';
import type { Crypto } from '@leanvibe/core/internal/ports/crypto';
import { actor, made } from './kit.js';

export interface RecoveryVectors {
  readonly about: string;
  readonly words: readonly {
    readonly entropy: string;
    readonly words: string;
    readonly signingSeed: string;
    readonly device: string;
    readonly sealingSecret: string;
    readonly sealingKey: string;
    readonly mailboxKey: string;
  }[];
  readonly proof: {
    readonly entropy: string;
    readonly seeker: string;
    readonly helper: string;
    readonly seekerNonce: string;
    readonly helperNonce: string;
    readonly signature: string;
  };
}

export function makeRecovery(crypto: Crypto): RecoveryVectors {
  const entropies = [new Uint8Array(32), new Uint8Array(32).fill(0xff), made('entropy 1'), made('entropy 2')];
  const [alice, bob] = [actor(crypto, 'alice'), actor(crypto, 'bob', 1)];
  const [seekerNonce, helperNonce, entropy] = [made('seeker nonce'), made('helper nonce'), made('entropy 1')];
  const paper = crypto.signingKeys(recoveryKeys(crypto, entropy).signingSeed);
  return {
    about:
      "C43: words are BIP-39 English of the entropy; each key = HKDF(entropy, empty salt, label). W26: the signature is the paper device's over label || seeker || helper || seeker nonce || helper nonce.",
    words: entropies.map((one) => {
      const { signingSeed, sealingSecret, mailboxKey } = recoveryKeys(crypto, one);
      return {
        entropy: toHex(one),
        words: wordsOf(one).join(' '),
        signingSeed: toHex(signingSeed),
        device: makeId<DeviceId>(crypto.signingKeys(signingSeed).publicKey),
        sealingSecret: toHex(sealingSecret),
        sealingKey: toHex(crypto.boxPublicKey(sealingSecret)),
        mailboxKey: toHex(mailboxKey),
      };
    }),
    proof: {
      entropy: toHex(entropy),
      seeker: bob.device,
      helper: alice.device,
      seekerNonce: toHex(seekerNonce),
      helperNonce: toHex(helperNonce),
      signature: toHex(signRecovery(crypto, paper, { seeker: bob.device, helper: alice.device, seekerNonce, helperNonce })),
    },
  };
}
