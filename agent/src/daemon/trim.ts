/** Gives back, once, what starting used: loading programs grows the young heap to its limit, and an idle agent would keep it for ever. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Cancel, ClockDep } from '@leanvibe/core/ports/clock';
import type { LoggerDep } from '@leanvibe/core/ports/logger';

/** After the first index of a usual project; one pause of about 30 ms. */
const AFTER_MS = 8_000;

/** Returns the cancel. */
export function trimOnce({ clock, logger }: ClockDep & LoggerDep): Cancel {
  return clock.after(AFTER_MS, () => {
    // Only a full collection shrinks the young heap, and Node has no other call for one.
    setFlagsFromString('--expose-gc');
    const collect: unknown = runInNewContext('typeof gc === "function" ? gc : null');
    setFlagsFromString('--no-expose-gc');
    if (typeof collect !== 'function') return;
    const before = process.memoryUsage().heapTotal;
    (collect as () => void)();
    logger.log('debug', 'heap-trimmed', { bytes: before - process.memoryUsage().heapTotal });
  });
}
