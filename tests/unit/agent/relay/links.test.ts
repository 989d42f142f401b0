/** Coming back to a relay: at once after a break, and not all in the same moment after a restart that loses everybody. */
import type { RelayConnection, Relays } from '@leanvibe/core/internal/engine/relay-api';
import type { Line } from '@leanvibe/core/internal/session/relay-line';
import type { RelayBook } from '@leanvibe/agent/internal/relay/book';
import { createRelayLinks } from '@leanvibe/agent/internal/relay/links';
import { expect, test } from 'vitest';
import { createVirtualClock } from '../../../help/clock.js';
import { createRandom } from '../../../help/random.js';
import { silent } from '../../../help/store-things.js';

/** How long after the end of its connection each of 200 clients dials again. */
async function pauses(reason: string, standsMs: number): Promise<readonly number[]> {
  const clock = createVirtualClock();
  const [dialled, ends]: [number[], ((reason: string) => void)[]] = [[], []];
  const links = Array.from({ length: 200 }, (_, client) =>
    createRelayLinks({
      clock,
      logger: silent,
      random: createRandom(`client ${client}`),
      book: { all: () => [{ origin: 'https://relay.test', token: 't' }] } as unknown as RelayBook,
      relays: {
        connect: (_line: Line, _options: object, closed: (reason: string) => void): RelayConnection => {
          ends.push(closed);
          return {
            pipe: () => {
              throw new Error('no pipes');
            },
            ping: () => undefined,
            closed: () => false,
            close: () => undefined,
          };
        },
      } as unknown as Relays,
      dial: () => {
        dialled.push(clock.nowMs());
        return Promise.resolve({} as Line);
      },
      changed: () => undefined,
    }),
  );
  await clock.advance(standsMs);
  const lostMs = clock.nowMs();
  dialled.length = 0;
  for (const end of ends.splice(0)) end(reason);
  await clock.advance(60_000);
  for (const one of links) one.stop();
  return dialled.map((atMs) => atMs - lostMs);
}

test('after a restart that was announced clients return spread over some seconds, all within five', async () => {
  for (const standsMs of [10, 120_000]) {
    const all = await pauses('going-away', standsMs);
    expect(all).toHaveLength(200);
    expect(Math.max(...all)).toBeLessThan(5_000);
    for (let from = 500; from < 3_500; from += 500)
      expect(all.filter((pause) => pause >= from && pause < from + 500).length, `from ${from} ms`).toBeLessThan(200 / 3);
  }
});

test('one whose connection broke is back within half a second', async () => {
  expect(Math.max(...(await pauses('the connection broke', 120_000)))).toBeLessThanOrEqual(500);
});
