/** Blind nodes under a seeded scheduler, many seeds. */
import { expect, test } from 'vitest';
import { type Did, runSeed } from './run.js';

const SEEDS = Number(process.env['LOG_SEEDS'] ?? 320);
const FIRST = Number(process.env['LOG_SEED_FIRST'] ?? 1);

test(`P1 P11 C26 C27 C28, predicates 3 4 7 11 12 13: ${SEEDS} seeds of cuts, crashes and restores converge and fall silent`, {
  timeout: 600_000,
}, async () => {
  const did: Did = {};
  for (let seed = FIRST; seed < FIRST + SEEDS; seed++) {
    await runSeed(seed, did).catch((error: unknown) => {
      throw new Error(`seed ${seed}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    });
  }
  process.stdout.write(
    `${SEEDS} seeds: ${Object.entries(did)
      .sort()
      .map(([what, count]) => `${what} ${count}`)
      .join(', ')}\n`,
  );
  for (const must of [
    'cuts with messages on the way',
    'crashes between effects',
    'restores (restored)',
    'restores (same)',
    'sent offer',
    'sent reconcile',
    'sent loose',
    'report rolled-back',
    'report store-full',
  ]) {
    expect(did[must] ?? 0, `the run really did: ${must}`).toBeGreaterThan(0);
  }
});
