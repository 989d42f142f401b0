/** Whole worlds around a relay: two copies over one store, lines that break, hints that are lost, databases put back; in the end nobody meets but through it. */
import { describe, expect, test } from 'vitest';
import { simulate } from './simulate.js';

const SEEDS = process.env['LEANVIBE_LONG'] === '1' ? 20_000 : 200;
/** Worlds that once broke, and what was mended by them. */
const PINNED: Readonly<Record<string, string>> = {
  '0': 'two devices turned the lock of a mailbox against each other for ever',
  '8': 'a mailbox that an older image of the database does not know was never made again',
  '54': 'two devices each made a mailbox while apart, and never met in either',
  '297': 'a mailbox made after a rotation shut out whoever knew the keys before it',
  '106': 'a device that slept through a rotation did not find the mailbox',
};

async function run(seed: string): Promise<Readonly<Record<string, number>>> {
  const { broken, counts, tail } = await simulate(`relay-${seed}`, null, 'person', null, true);
  expect(broken, `seed relay-${seed}:\n${tail.join('\n')}`).toEqual([]);
  return counts;
}

describe('simulated relays', () => {
  test.each(Object.entries(PINNED))(
    'C31 P1 P2 seed relay-%s: %s',
    async (seed) => {
      await run(seed);
    },
    60_000,
  );

  test(`C31 C33 P1 P2 P7 ${SEEDS} worlds in which machines meet through a relay alone come to one state, and lose nothing`, async () => {
    const sum: Record<string, number> = {};
    for (let seed = 2_000; seed < 2_000 + SEEDS; seed++)
      for (const [what, count] of Object.entries(await run(String(seed)))) sum[what] = (sum[what] ?? 0) + count;
    for (const what of ['relayDials', 'relayDeaths', 'relayRestores', 'hintsLost', 'crashes', 'edits', 'revokes'])
      expect(sum[what], what).toBeGreaterThan(SEEDS / 20);
  }, 3_600_000);
});
