/** Worlds of either kind that checkpoint and prune while they crash, restore and remove: nothing lost, everyone alike, newcomers too. */
import { expect, test } from 'vitest';
import { LONG } from '../help/needs.js';
import { simulate } from './simulate.js';

const SEEDS = LONG ? 5_000 : 12;
/** A checkpoint is due after two changes or three. */
const TAIL_MIN = 3_000;

test(`C35 C36 K3 K5 A10 ${SEEDS} worlds that prune hold the predicates`, { timeout: LONG ? 7_200_000 : 600_000 }, async () => {
  let pruned = 0;
  for (let seed = 1; seed <= SEEDS; seed++) {
    const { broken, counts } = await simulate(`checkpoints-${seed}`, null, seed % 2 === 0 ? 'team' : 'person', TAIL_MIN);
    expect(broken, `seed checkpoints-${seed}`).toEqual([]);
    pruned += counts['prunedRows'] ?? 0;
  }
  expect(pruned).toBeGreaterThan(0);
});
