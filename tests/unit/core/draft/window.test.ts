/** When drafts are numbered: at once after a pause, then once a window. */
import { describe, expect, test } from 'vitest';
import { createWindow } from '@leanvibe/core/internal/draft/window';
import { createVirtualClock } from '../../../help/clock.js';

function stage(windowMs: number) {
  const clock = createVirtualClock();
  const offered: number[] = [];
  const from = clock.nowMs();
  let waiting = 0;
  const window = createWindow(clock, windowMs, async () => {
    const any = waiting > 0;
    if (any) offered.push(clock.nowMs() - from);
    waiting = 0;
    return any;
  });
  return { clock, window, offered, wait: () => void waiting++ };
}

describe('C17 the window', () => {
  test('C17 the first edit after a pause finds it idle, those after it wait for the window’s end, one change for all', async () => {
    const { clock, window, offered, wait } = stage(100);
    expect(window.idle()).toBe(true);
    window.touch();
    for (let edit = 0; edit < 5; edit++) {
      await clock.advance(10);
      expect(window.idle()).toBe(false);
      wait();
      window.touch();
    }
    await clock.advance(500);
    expect(offered).toEqual([100]);
    expect(window.idle()).toBe(true);
  });

  test('C17 while typing goes on there is one change a window, and none once it stops', async () => {
    const { clock, window, offered, wait } = stage(100);
    window.touch();
    for (let edit = 0; edit < 35; edit++) {
      await clock.advance(10);
      wait();
      window.touch();
    }
    await clock.advance(1_000);
    expect(offered).toEqual([100, 200, 300, 400]);
    expect(clock.pending()).toBe(0);
  });

  test('C17 a window of nothing is always idle and sets no timer', () => {
    const { clock, window } = stage(0);
    window.touch();
    expect(window.idle()).toBe(true);
    expect(clock.pending()).toBe(0);
  });

  test('C17 stopped, it offers nothing more', async () => {
    const { clock, window, offered, wait } = stage(100);
    window.touch();
    wait();
    window.stop();
    await clock.advance(1_000);
    expect(offered).toEqual([]);
  });

  test('C17 stopped while an offer is under way, it does not begin again when that offer ends', async () => {
    const clock = createVirtualClock();
    const finish: ((any: boolean) => void)[] = [];
    const window = createWindow(clock, 100, () => new Promise<boolean>((resolve) => finish.push(resolve)));
    window.touch();
    await clock.advance(100);
    window.stop();
    for (const end of finish) end(true);
    await clock.advance(1_000);
    expect(finish).toHaveLength(1);
    expect(clock.pending()).toBe(0);
  });
});
