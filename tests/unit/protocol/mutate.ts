/** Hostile bytes by the hundred thousand: a fast seeded generator, and ways to spoil good bytes. */
import { concat } from '@leanvibe/protocol/bytes';

export interface Dice {
  /** 0 to below - 1. */
  roll(below: number): number;
}

/** xorshift32: quick, and the same for one seed everywhere. */
export function createDice(seed: number): Dice {
  let state = seed | 0 || 1;
  return {
    roll(below) {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      return (state >>> 0) % below;
    },
  };
}

/** Heads that promise much: lists, maps, bytes and texts of huge or odd lengths. */
const HEADS = [
  [0x9b, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff],
  [0xbb, 0, 0x1f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
  [0x5a, 0xff, 0xff, 0xff, 0xff],
  [0x7a, 0x7f, 0xff, 0xff, 0xff],
  [0x9f],
  [0xbf],
  [0xff],
  [0xf6],
  [0x82],
  [0xa1],
  [0x1b],
  [0xfb],
];

const HEAD_BYTES = HEADS.map((head) => Uint8Array.from(head));

function noise(dice: Dice, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at++) bytes[at] = dice.roll(256);
  return bytes;
}

/** One spoiling of good bytes, or mere noise. */
export function spoil(dice: Dice, samples: readonly Uint8Array[]): Uint8Array {
  const sample = samples[dice.roll(samples.length)] as Uint8Array;
  const at = dice.roll(sample.length + 1);
  const before = sample.subarray(0, at);
  switch (dice.roll(8)) {
    case 0:
      return noise(dice, dice.roll(64));
    case 1:
      return before;
    case 2:
      return concat(before, HEAD_BYTES[dice.roll(HEAD_BYTES.length)] as Uint8Array, sample.subarray(at + dice.roll(4)));
    case 3:
      return concat(before, noise(dice, 1 + dice.roll(4)), sample.subarray(at));
    case 4: {
      const other = samples[dice.roll(samples.length)] as Uint8Array;
      return concat(before, other.subarray(dice.roll(other.length + 1)));
    }
    default: {
      const copy = sample.slice();
      for (let times = 1 + dice.roll(3); times > 0 && copy.length > 0; times--) {
        const place = dice.roll(copy.length);
        copy[place] = dice.roll(3) === 0 ? dice.roll(256) : (copy[place] as number) ^ (1 << dice.roll(8));
      }
      return copy;
    }
  }
}
