/** Telling relays that a token is given up, until each has heard it: one nobody revoked stays good for whoever finds it. */
import type { Cancel, ClockDep } from '@leanvibe/core/ports/clock';
import type { LoggerDep } from '@leanvibe/core/ports/logger';
import type { RelayApi } from './api.js';
import type { KnownRelay, RelayBook } from './book.js';

export interface FarewellDeps extends ClockDep, LoggerDep {
  readonly book: RelayBook;
  api(origin: string): Promise<Pick<RelayApi, 'leave'>>;
}

export interface Farewells {
  /** One relay, now: answers why it could not be told, and tells it later then. */
  tell(origin: string): Promise<string | null>;
  stop(): void;
}

/** After a start the network may take a while. */
const FIRST_MS = 5_000;
const AGAIN_MS = 60 * 60_000;

export function createFarewells({ api, book, clock, logger }: FarewellDeps): Farewells {
  let cancel: Cancel = () => undefined;
  let stopped = false;

  const tellOne = async ({ origin, token }: KnownRelay): Promise<string | null> => {
    const left = await (await api(origin)).leave(token);
    // A token it does not know any more is given up as well as can be.
    if (!left.ok && left.error.status !== 401) return left.error.message;
    await book.forget(token);
    return null;
  };
  const later = (delayMs: number): void => {
    cancel();
    if (stopped || book.leaving().length === 0) return;
    cancel = clock.after(delayMs, () => {
      Promise.all(book.leaving().map(tellOne))
        .catch((error: unknown) => logger.log('warn', 'relay-not-left', { why: error instanceof Error ? error.message : String(error) }))
        .finally(() => later(AGAIN_MS));
    });
  };
  later(FIRST_MS);
  return {
    async tell(origin) {
      const troubles = await Promise.all(
        book
          .leaving()
          .filter((one) => one.origin === origin)
          .map(tellOne),
      );
      later(AGAIN_MS);
      return troubles.find((trouble) => trouble !== null) ?? null;
    },
    stop() {
      stopped = true;
      cancel();
    },
  };
}
