/** Deterministic simulation: many seeds, each a world of its own; a failure is a seed that anyone can run again. */
import { describe, expect, test } from 'vitest';
import { LONG } from '../help/needs.js';
import { simulate } from './simulate.js';

const SEEDS = Number(process.env['LEANVIBE_SEEDS'] ?? (LONG ? 100_000 : 2_000));
const FIRST = Number(process.env['LEANVIBE_FIRST_SEED'] ?? 1);

describe('simulation', () => {
  test('A10 the same seed gives the same trace', async () => {
    const [one, two] = [await simulate('same'), await simulate('same')];
    expect(two.hash).toBe(one.hash);
  });

  test(`P1 P2 P3 P5 P8 the predicates hold over ${SEEDS} seeds`, { timeout: 3_600_000 }, async () => {
    const counts: Record<string, number> = {};
    const startedMs = performance.now();
    for (let seed = FIRST; seed < FIRST + SEEDS; seed++) {
      const outcome = await simulate(String(seed));
      for (const [what, count] of Object.entries(outcome.counts)) counts[what] = (counts[what] ?? 0) + count;
      if (outcome.broken.length > 0) throw new Error(`seed ${seed}: ${outcome.broken.map((one) => `predicate ${one.predicate}: ${one.detail}`).slice(0, 6).join('; ')}\n${outcome.tail.join('\n')}`);
    }
    const seconds = (performance.now() - startedMs) / 1000;
    process.stdout.write(`simulated ${SEEDS} seeds in ${seconds.toFixed(1)} s (${(SEEDS / seconds).toFixed(1)} a second): ${JSON.stringify(counts)}\n`);
    for (const what of ['edits', 'deletes', 'crashes', 'cuts', 'revokes', 'restores', 'diskFull', 'quarantined']) expect(counts[what] ?? 0, what).toBeGreaterThan(0);
  });
});
