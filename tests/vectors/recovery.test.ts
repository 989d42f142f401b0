/** Recovery words, the keys they stand for, and the proof, against their golden bytes. */
import { hkdfSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { DeviceId } from '@leanvibe/protocol/ids';
import { isRecoveryProof } from '@leanvibe/core/internal/recovery/proof';
import { readWords } from '@leanvibe/core/internal/recovery/words';
import { implementations } from '../unit/core/crypto/implementations.js';
import { readVectors } from './all.js';
import { flipped, hex } from './kit.js';
import type { RecoveryVectors } from './recovery.js';

const vectors = readVectors<RecoveryVectors>('recovery');

test('W26 C14 words and keys computed by the words of the specification alone are the golden ones', () => {
  for (const one of vectors.words) {
    const read = readWords(one.words);
    expect(read).toEqual({ ok: true, value: hex(one.entropy) });
    const derive = (name: string): string =>
      Buffer.from(hkdfSync('sha256', hex(one.entropy), '', `leanvibe/v1/${name}:`, 32)).toString('hex');
    expect(derive('recovery-signing')).toBe(one.signingSeed);
    expect(derive('recovery-sealing')).toBe(one.sealingSecret);
    expect(derive('recovery-mailbox')).toBe(one.mailboxKey);
  }
});

describe.each(implementations)('W26 golden proof of words, %s', (_name, crypto) => {
  const { seeker, helper, signature, entropy, ...nonces } = vectors.proof;
  const meeting = {
    seeker: seeker as DeviceId,
    helper: helper as DeviceId,
    seekerNonce: hex(nonces.seekerNonce),
    helperNonce: hex(nonces.helperNonce),
  };
  const paper = (vectors.words.find((one) => one.entropy === entropy)?.device ?? '') as DeviceId;

  test('W26 keys are those of the words', () => {
    for (const one of vectors.words) {
      expect(Buffer.from(crypto.signingKeys(hex(one.signingSeed)).publicKey).toString('hex')).toBe(one.device);
      expect(Buffer.from(crypto.boxPublicKey(hex(one.sealingSecret))).toString('hex')).toBe(one.sealingKey);
    }
  });

  test('W26 the proof holds for these two devices, these nonces and this paper device, and for nothing else', () => {
    expect(isRecoveryProof(crypto, paper, meeting, hex(signature))).toBe(true);
    const others = [
      { ...meeting, seeker: meeting.helper, helper: meeting.seeker },
      { ...meeting, helper: meeting.seeker },
      { ...meeting, seeker: meeting.helper },
      { ...meeting, seekerNonce: flipped(meeting.seekerNonce, 0) },
      { ...meeting, helperNonce: flipped(meeting.helperNonce, 31) },
      { ...meeting, seekerNonce: meeting.helperNonce, helperNonce: meeting.seekerNonce },
    ];
    for (const other of others) expect(isRecoveryProof(crypto, paper, other, hex(signature))).toBe(false);
    expect(isRecoveryProof(crypto, (vectors.words[0]?.device ?? '') as DeviceId, meeting, hex(signature))).toBe(false);
    expect(isRecoveryProof(crypto, paper, meeting, flipped(hex(signature), 40))).toBe(false);
  });
});
