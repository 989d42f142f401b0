/** A peer that no longer answers is noticed by what was sent to it, never by silence alone. */
import { createAnswerWatch } from '@leanvibe/core/internal/session/answers';
import { describe, expect, test } from 'vitest';
import { createVirtualClock } from '../../../help/clock.js';

function watched() {
  const clock = createVirtualClock();
  const told: string[] = [];
  const watch = createAnswerWatch(clock, { ping: () => told.push('ping'), silent: (silent) => told.push(silent ? 'silent' : 'back') });
  return { clock, told, watch };
}

describe('C29 answers', () => {
  test('C29 whoever sent nothing expects nothing', async () => {
    const { clock, told } = watched();
    await clock.advance(60_000);
    expect(told).toEqual([]);
    expect(clock.pending()).toBe(0);
  });

  test('C29 no answer for a second asks for one, for two seconds means silent, once', async () => {
    const { clock, told, watch } = watched();
    watch.sent();
    await clock.advance(900);
    watch.sent();
    expect(told).toEqual([]);
    await clock.advance(200);
    expect(told).toEqual(['ping']);
    watch.sent();
    await clock.advance(10_000);
    expect(told).toEqual(['ping', 'silent']);
    watch.heard();
    expect(told).toEqual(['ping', 'silent', 'back']);
  });

  test('C29 any word is an answer, and nothing is told after the end', async () => {
    const { clock, told, watch } = watched();
    watch.sent();
    await clock.advance(500);
    watch.heard();
    await clock.advance(5_000);
    watch.sent();
    watch.stop();
    await clock.advance(5_000);
    watch.heard();
    expect(told).toEqual([]);
  });
});
