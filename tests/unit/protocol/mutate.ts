/** Hostile bytes by the hundred thousand: a fast seeded generator, and ways to spoil good bytes. */

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

function noise(dice: Dice, length: number): number[] {
  return Array.from({ length }, () => dice.roll(256));
}

/** One spoiling of good bytes, or mere noise. */
export function spoil(dice: Dice, samples: readonly Uint8Array[]): Uint8Array {
  const sample = samples[dice.roll(samples.length)] as Uint8Array;
  const at = dice.roll(sample.length + 1);
  switch (dice.roll(8)) {
    case 0:
      return Uint8Array.from(noise(dice, dice.roll(64)));
    case 1:
      return sample.subarray(0, at);
    case 2:
      return Uint8Array.from([
        ...sample.subarray(0, at),
        ...(HEADS[dice.roll(HEADS.length)] as readonly number[]),
        ...sample.subarray(at + dice.roll(4)),
      ]);
    case 3:
      return Uint8Array.from([...sample.subarray(0, at), ...noise(dice, 1 + dice.roll(4)), ...sample.subarray(at)]);
    case 4: {
      const other = samples[dice.roll(samples.length)] as Uint8Array;
      return Uint8Array.from([...sample.subarray(0, at), ...other.subarray(dice.roll(other.length + 1))]);
    }
    default: {
      const copy = sample.slice();
      for (let times = 1 + dice.roll(3); times > 0 && copy.length > 0; times--)
        copy[dice.roll(copy.length)] = dice.roll(3) === 0 ? dice.roll(256) : (copy[dice.roll(copy.length)] as number) ^ (1 << dice.roll(8));
      return copy;
    }
  }
}
