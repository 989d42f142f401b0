/** Every rule taken away must be missed: the simulation that guards them is itself under test. */
import { describe, expect, test } from 'vitest';
import { MUTATIONS } from './mutations.js';
import { simulate } from './simulate.js';

/** Seeds tried before a mutation counts as unnoticed. */
const SEEDS_MAX = 150;

describe('A10 mutations', () => {
  for (const mutation of MUTATIONS) {
    test(`${mutation.rule}: ${mutation.name} is noticed`, { timeout: 300_000 }, async () => {
      for (let seed = 1; seed <= SEEDS_MAX; seed++) {
        const { broken } = await simulate(`mutation-${seed}`, mutation, mutation.shape);
        if (broken.length === 0) continue;
        expect(mutation.noticedBy, broken.map((one) => one.detail).join('; ')).toContain(broken[0]?.predicate);
        process.stdout.write(`${mutation.name}: seed ${seed}, predicate ${broken[0]?.predicate}\n`);
        return;
      }
      throw new Error(`${SEEDS_MAX} seeds did not notice`);
    });
  }
});
