/** Signing in tells nobody whether an address has an account: not by its answer, and not by how long that takes. */
import { expect, test } from 'vitest';
import { runRelay } from '../help/relay-cluster.js';
import { askRelay } from '../help/relay-signup.js';

const ACCOUNTS = 8;
/** An account locks after five failures. */
const TRIES_EACH = 4;
/** What a stranger could tell apart over a network is far more; a look-up that skipped the hash would be a hundredth. */
const RATIO_MAX = 1.3;

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

test('an account that exists and one that does not are refused alike, in the same time', { timeout: 120_000 }, async () => {
  const { port } = await runRelay({});
  const origin = `http://127.0.0.1:${port}`;
  const known = Array.from({ length: ACCOUNTS }, (_, at) => `known-${at}@example.org`);
  for (const email of known) await askRelay(origin, '/auth/register', { email, password: 'eleven slow barges going north' });
  let asked = 0;
  const attempt = async (email: string): Promise<{ readonly tookMs: number; readonly answer: string }> => {
    asked += 1;
    const began = performance.now();
    const response = await fetch(`${origin}/api/v1/auth/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-forwarded-for': `10.8.${asked >> 8}.${asked & 255}` },
      body: JSON.stringify({ email, password: 'not the password of anybody' }),
    });
    const { requestId: _, ...answer } = (await response.json()) as Readonly<Record<string, unknown>>;
    return { tookMs: performance.now() - began, answer: `${response.status} ${JSON.stringify(answer)}` };
  };
  const tookMs = { known: [] as number[], unknown: [] as number[] };
  const answers = new Set<string>();
  for (let at = 0; at < ACCOUNTS * TRIES_EACH; at++) {
    const pair = [
      ['known', known[at % ACCOUNTS] ?? ''],
      ['unknown', `unknown-${at % ACCOUNTS}@example.org`],
    ] as const;
    // In turns, each first as often as the other: what the machine does besides falls on both.
    for (const [which, email] of at % 2 === 0 ? pair : pair.toReversed()) {
      const { answer, tookMs: took } = await attempt(email);
      tookMs[which].push(took);
      answers.add(answer);
    }
  }
  const ratio = median(tookMs.known) / median(tookMs.unknown);
  console.info(
    `refused in ${median(tookMs.known).toFixed(0)} ms where there is an account, ${median(tookMs.unknown).toFixed(0)} ms where there is none: ${ratio.toFixed(2)}x`,
  );
  expect([...answers]).toHaveLength(1);
  expect([...answers][0]).toMatch(/^401 /);
  expect(ratio).toBeGreaterThan(1 / RATIO_MAX);
  expect(ratio).toBeLessThan(RATIO_MAX);
});
