/** Whoever is connected goes on at the pace of its device or account, by however many connections it comes. */
import { createPaces } from '@leanvibe/relay/internal/session/paces';
import { describe, expect, test } from 'vitest';
import { createVirtualClock, type VirtualClock } from '../../../help/clock.js';

const RATE = { perMinute: 60, room: 10 };

/** What was let through, as it was let through. */
function watched(): { readonly gone: string[]; note(name: string): (went: boolean) => void } {
  const gone: string[] = [];
  return { gone, note: (name) => (went) => void gone.push(went ? name : `${name} not`) };
}

describe('a pace', () => {
  test('lets a burst through at once, and what follows in its order, a second for each', async () => {
    const clock = createVirtualClock();
    const pace = createPaces(clock).of('a', RATE);
    const { gone, note } = watched();
    for (const [name, count] of [
      ['burst', 10],
      ['two', 2],
      ['one', 1],
    ] as const)
      void pace.take(count).then(note(name));
    await clock.advance(0);
    expect(gone).toEqual(['burst']);
    expect(pace.waiting()).toBe(2);
    await clock.advance(1_999);
    expect(gone).toEqual(['burst']);
    await clock.advance(1);
    expect(gone).toEqual(['burst', 'two']);
    await clock.advance(1_000);
    expect(gone).toEqual(['burst', 'two', 'one']);
    expect(pace.waiting()).toBe(0);
  });

  test('is one for all connections of a key, and another for another key', async () => {
    const clock = createVirtualClock();
    const paces = createPaces(clock);
    const { gone, note } = watched();
    await paces.of('a', RATE).take(10);
    void paces.of('a', RATE).take(1).then(note('a'));
    void paces.of('b', RATE).take(10).then(note('b'));
    await clock.advance(0);
    expect(gone).toEqual(['b']);
    await clock.advance(1_000);
    expect(gone).toEqual(['b', 'a']);
  });

  test('a connection that ends lets go at once whatever waited, to the good of the others', async () => {
    const clock = createVirtualClock();
    const paces = createPaces(clock);
    const [left, right] = [paces.of('a', RATE), paces.of('a', RATE)];
    const { gone, note } = watched();
    await left.take(10);
    void left.take(600).then(note('left'));
    left.stop();
    void right.take(1).then(note('right'));
    await clock.advance(1_000);
    expect(gone).toEqual(['left not', 'right']);
    expect(await left.take(1)).toBe(false);
  });

  test('coming back does not fill the bucket, and ten thousand that are full take no room', async () => {
    const clock: VirtualClock = createVirtualClock();
    const paces = createPaces(clock);
    const { gone, note } = watched();
    for (let at = 0; at < 10_000; at++) paces.of(`other ${at}`, RATE).stop();
    const first = paces.of('a', RATE);
    await first.take(10);
    first.stop();
    for (let at = 0; at < 10_000; at++) paces.of(`more ${at}`, RATE).stop();
    void paces.of('a', RATE).take(1).then(note('again'));
    await clock.advance(500);
    expect(gone).toEqual([]);
    await clock.advance(500);
    expect(gone).toEqual(['again']);
  });
});
