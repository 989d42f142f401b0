/** Four pronounceable words of a device's id, to compare by eye or voice (proquints, arXiv 0901.4016). */
import { createHash } from 'node:crypto';

const CONSONANTS = 'bdfghjklmnprstvz';
const VOWELS = 'aiou';

function quint(word: number): string {
  const consonant = (shift: number): string => CONSONANTS[(word >> shift) & 15] ?? '';
  const vowel = (shift: number): string => VOWELS[(word >> shift) & 3] ?? '';
  return consonant(12) + vowel(10) + consonant(6) + vowel(4) + consonant(0);
}

/** 64 bits of a hash, so that ids which look alike do not sound alike. */
export function checkWords(deviceId: string): string {
  const hash = createHash('sha256').update(`leanvibe check words ${deviceId}`).digest();
  return [0, 2, 4, 6].map((at) => quint(hash.readUInt16BE(at))).join(' ');
}
