/** Work that is done after the answer: how long it takes tells the asker nothing. */
import type { LoggerDep } from '@leanvibe/core/ports/logger';

export interface Later {
  /** `what` is a fixed word for the log. */
  run(what: string, work: () => Promise<void>): void;
  /** Everything begun so far is done. */
  settled(): Promise<void>;
}

export interface LaterDep {
  readonly later: Later;
}

const AT_ONCE_MAX = 1_000;

export function createLater({ logger }: LoggerDep, count: (reason: string) => void): Later {
  const running = new Set<Promise<void>>();
  return {
    run(what, work) {
      if (running.size >= AT_ONCE_MAX) return count('later-dropped');
      const done = work()
        .catch((error: unknown) => {
          count('later-failed');
          logger.log('error', 'later-failed', { what, why: error instanceof Error ? error.name : 'unknown' });
        })
        .finally(() => void running.delete(done));
      running.add(done);
    },
    async settled() {
      while (running.size > 0) await Promise.all(running);
    },
  };
}
