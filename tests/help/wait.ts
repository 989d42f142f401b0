/** Waiting for something that becomes true, with a limit that names what never came. */
import { setTimeout as sleep } from 'node:timers/promises';

/** Asks every `everyMs` until `check` answers something other than null, undefined or false; throws after `limitMs`. Also says how long it took. */
export async function until<T>(
  what: string,
  check: () => T | Promise<T>,
  limitMs = 10_000,
  everyMs = 20,
): Promise<{ readonly value: NonNullable<T>; readonly tookMs: number }> {
  const started = performance.now();
  for (;;) {
    const value = await check();
    const tookMs = performance.now() - started;
    if (value !== null && value !== undefined && value !== false) return { value, tookMs };
    if (tookMs > limitMs) throw new Error(`${what}: still not so after ${Math.round(tookMs)} ms`);
    await sleep(everyMs);
  }
}
