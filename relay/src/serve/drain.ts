/** Going away politely: new work is refused, what runs may finish for a while, and who is connected is told to go elsewhere. */
import type { Clock } from '@leanvibe/core/ports/clock';

/** Something that has work of its own to finish: the HTTP server, the sockets of sync. */
export interface Drainable {
  /** Takes nothing new, resolves when what it had is done, and ends the rest by itself after `limitMs`. */
  drain(limitMs: number): Promise<void>;
}

export interface Drain {
  readonly draining: boolean;
  /** All parts drain at once: a server waits for its sockets. */
  add(part: Drainable): void;
  /** Resolves with `done`, or with `cut` when a part failed or was not done in time. Called again it joins the first. */
  begin(): Promise<'done' | 'cut'>;
}

export interface DrainDep {
  readonly drain: Drain;
}

/** Parts end themselves at the limit; one that does not is left behind this much later. */
const GRACE_MS = 1000;

export function createDrain(clock: Clock, limitMs: number, onBegin: () => void): Drain {
  const parts: Drainable[] = [];
  let ending: Promise<'done' | 'cut'> | null = null;

  const run = async (): Promise<'done' | 'cut'> => {
    onBegin();
    let late = (): void => undefined;
    const limit = new Promise<'cut'>((resolve) => {
      late = clock.after(limitMs + GRACE_MS, () => resolve('cut'));
    });
    const all = Promise.all(parts.map((part) => part.drain(limitMs))).then(
      () => 'done' as const,
      () => 'cut' as const,
    );
    const how = await Promise.race([all, limit]);
    late();
    return how;
  };
  return {
    get draining() {
      return ending !== null;
    },
    add: (part) => void parts.push(part),
    begin: () => (ending ??= run()),
  };
}
