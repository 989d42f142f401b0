/** What is done now and then while serving: accounts whose time is over, bytes pruned or deleted long ago. */
import type { Cancel, Clock } from '@leanvibe/core/ports/clock';
import type { Logger } from '@leanvibe/core/ports/logger';
import type { People } from '../accounts/rooms.js';
import type { MailboxStore } from '../ports/mailbox-store.js';

export interface Upkeep {
  stop(): Promise<void>;
}

const EVERY_MS = 3_600_000;
const KEPT_MS = 30 * 86_400_000;

export function startUpkeep(deps: {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly people: People;
  readonly store: MailboxStore;
}): Upkeep {
  const { clock, logger, people, store } = deps;
  let cancel: Cancel = () => undefined;
  let stopped = false;
  let running: Promise<void> = Promise.resolve();

  const once = async (): Promise<void> => {
    try {
      const accounts = await people.sweep();
      const retired = await store.retire(KEPT_MS);
      logger.log('info', 'upkeep', { accounts, ...retired });
    } catch (error) {
      logger.log('warn', 'upkeep-failed', { error: error instanceof Error ? error.name : 'unknown' });
    }
    if (!stopped) plan(EVERY_MS);
  };
  const plan = (afterMs: number): void => {
    cancel = clock.after(afterMs, () => {
      running = once();
    });
  };
  plan(60_000);
  return {
    async stop() {
      stopped = true;
      cancel();
      await running;
    },
  };
}
