/** Ends what was begun, the last first; what fails to end is logged and holds up nothing. */
import type { Logger } from '@leanvibe/core/ports/logger';

export interface Ending {
  add(what: string, end: () => Promise<void>): void;
  run(): Promise<void>;
}

export function createEnding(logger: Logger): Ending {
  const parts: { readonly what: string; readonly end: () => Promise<void> }[] = [];
  return {
    add: (what, end) => void parts.push({ what, end }),
    async run() {
      for (const { end, what } of parts.splice(0).toReversed())
        await end().catch((error: unknown) =>
          logger.log('error', 'end-failed', { what, error: error instanceof Error ? error.name : 'unknown' }),
        );
    },
  };
}
