/** What was started is stopped in the reverse order, once, whatever fails on the way. */
import type { LoggerDep } from '@leanvibe/core/ports/logger';

export interface Closing {
  /** `what`: a fixed word for the log. */
  add(what: string, close: () => void | Promise<void>): void;
  run(): Promise<void>;
}

/** One part that hangs may not keep the others from closing. */
const PART_MS_MAX = 4_000;

export function createClosing({ logger }: LoggerDep): Closing {
  const parts: { readonly what: string; readonly close: () => void | Promise<void> }[] = [];
  let running: Promise<void> | null = null;

  const closeAll = async (): Promise<void> => {
    for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
      const { what, close } = part;
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<'late'>((resolve) => {
        timer = setTimeout(() => resolve('late'), PART_MS_MAX);
      });
      try {
        if ((await Promise.race([Promise.resolve(close()), late])) === 'late') logger.log('warn', 'stop-slow', { what });
      } catch (error) {
        logger.log('error', 'stop-failed', { what, why: error instanceof Error ? `${error.name}: ${error.message}` : String(error) });
      } finally {
        clearTimeout(timer);
      }
    }
  };

  return {
    add: (what, close) => void parts.push({ what, close }),
    run: () => (running ??= closeAll()),
  };
}
