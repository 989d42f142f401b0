/** Seeded randomness for tests: the same seed gives the same bytes, hashed so that no structure shows. */
import { createHash } from 'node:crypto';
import type { Random } from '@leanvibe/core/internal/ports/random';

export interface SeededRandom extends Random {
  /** A whole number from 0 to `below` - 1. */
  below(below: number): number;
  chance(probability: number): boolean;
  pick<T>(items: readonly T[]): T;
}

export function createRandom(seed: string): SeededRandom {
  let counter = 0;
  let pool = new Uint8Array(0);
  const bytes = (count: number): Uint8Array => {
    const out = new Uint8Array(count);
    for (let at = 0; at < count; ) {
      if (pool.length === 0) pool = new Uint8Array(createHash('sha512').update(`${seed}/${counter++}`).digest());
      const take = Math.min(pool.length, count - at);
      out.set(pool.subarray(0, take), at);
      pool = pool.subarray(take);
      at += take;
    }
    return out;
  };
  const below = (limit: number): number => {
    const block = bytes(6);
    return block.reduce((value, byte) => (value * 256 + byte) % Number.MAX_SAFE_INTEGER, 0) % limit;
  };
  return {
    bytes,
    below,
    chance: (probability) => below(1_000_000) < probability * 1_000_000,
    pick: <T>(items: readonly T[]): T => items[below(items.length)] as T,
  };
}
