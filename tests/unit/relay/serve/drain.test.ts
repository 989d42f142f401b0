/** Going away: every part is told at once, and a part that never ends is left behind. */
import { createDrain } from '@leanvibe/relay/internal/serve/drain';
import { expect, test } from 'vitest';
import { createVirtualClock, drained } from '../../../help/clock.js';

test('all parts drain at once, once, with the limit they have', async () => {
  const told: number[] = [];
  let began = 0;
  const drain = createDrain(createVirtualClock(), 25_000, () => (began += 1));
  for (let at = 0; at < 2; at++) drain.add({ drain: (limitMs) => Promise.resolve(void told.push(limitMs)) });
  expect(drain.draining).toBe(false);
  const ending = drain.begin();
  expect(drain.draining).toBe(true);
  expect(await Promise.all([ending, drain.begin()])).toEqual(['done', 'done']);
  expect([told, began]).toEqual([[25_000, 25_000], 1]);
});

test('a part that never ends, or fails, is cut', async () => {
  const clock = createVirtualClock();
  const endless = createDrain(clock, 1000, () => undefined);
  endless.add({ drain: () => new Promise(() => undefined) });
  let how = '';
  void endless.begin().then((ended) => (how = ended));
  await clock.advance(1999);
  expect(how).toBe('');
  await clock.advance(2);
  await drained();
  expect(how).toBe('cut');
  const failing = createDrain(clock, 1000, () => undefined);
  failing.add({ drain: () => Promise.reject(new Error('no')) });
  expect(await failing.begin()).toBe('cut');
});
