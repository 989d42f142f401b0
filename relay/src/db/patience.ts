/** Trying again: with waits that double and are never the same for two copies, and an end. */
import type { ClockDep } from '@leanvibe/core/ports/clock';
import type { RandomDep } from '@leanvibe/core/ports/random';

const FIRST_WAIT_MS = 50;
const WAIT_MS_MAX = 1_000;

export interface Patience {
  readonly tries: number;
  /** No new try begins once this long has passed. */
  readonly forMs: number;
}

export function sleep({ clock }: ClockDep, ms: number): Promise<void> {
  return new Promise((resolve) => void clock.after(ms, resolve));
}

/** A wait before try number `failed` + 1: between half of the doubled time and all of it. */
export function waitMs({ random }: RandomDep, failed: number): number {
  const [high = 0, low = 0] = random.bytes(2);
  const whole = Math.min(WAIT_MS_MAX, FIRST_WAIT_MS * 2 ** (failed - 1));
  return Math.round((whole * (1 + (high * 256 + low) / 65_536)) / 2);
}

/** Throws what the last try threw; what is not worth a try more is thrown at once. */
export async function patiently<T>(
  deps: ClockDep & RandomDep,
  patience: Patience,
  worthIt: (error: unknown) => boolean,
  attempt: () => Promise<T>,
): Promise<T> {
  const began = deps.clock.nowMs();
  for (let failed = 1; ; failed++) {
    try {
      return await attempt();
    } catch (error) {
      if (!worthIt(error) || failed >= patience.tries || deps.clock.nowMs() - began >= patience.forMs) throw error;
      await sleep(deps, waitMs(deps, failed));
    }
  }
}
