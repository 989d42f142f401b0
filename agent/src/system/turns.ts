/** The main loop's turns, shared by everything that works through long lists on it: together they hold it for a few milliseconds at a time (P9). */
import { setImmediate as nextTurn } from 'node:timers/promises';

/** Beyond this many milliseconds of one turn, whoever asks waits for the next. */
const TURN_MS = 4;
let since: number | null = null;

/** Resolves at once early in a turn, else in a later one. Ask between pieces of work that are each well under a millisecond. */
export async function takeTurn(): Promise<void> {
  while (since !== null && performance.now() - since > TURN_MS) await nextTurn();
  if (since !== null) return;
  since = performance.now();
  setImmediate(() => {
    since = null;
  });
}
