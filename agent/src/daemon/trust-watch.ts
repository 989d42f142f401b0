/** Says aloud, and keeps saying, what trust asks of a person: changes set aside that wait for a decision, and words this device can no longer send. */
import type { Engine } from '@leanvibe/core/engine/api';
import type { Cancel, ClockDep } from '@leanvibe/core/ports/clock';
import type { LoggerDep } from '@leanvibe/core/ports/logger';
import type { Feed } from '../control/feed.js';
import type { QuarantineRow } from '../control/trust-views.js';
import type { Product } from '../product/product.js';
import type { Alarms } from './alarms.js';

export interface TrustWatchDeps extends ClockDep, LoggerDep {
  readonly engine: Pick<Engine, 'subscribe'>;
  readonly product: Pick<Product, 'trust'>;
  readonly alarms: Alarms;
  readonly feed: Pick<Feed, 'tell'>;
}

export const SET_ASIDE = 'set-aside';
export const UNSENT = 'unsent';

/** Long enough that a catch-up is looked at once. */
const LOOK_AFTER_MS = 1_000;

function asideWords(rows: readonly QuarantineRow[]): string {
  const changes = rows.reduce((sum, one) => sum + one.changes, 0);
  const by = [...new Set(rows.map((one) => one.deviceName))];
  const who = by.length > 2 ? `${by.length} devices` : by.join(' and ');
  return `${changes === 1 ? '1 change' : `${changes} changes`} by ${who} set aside after a removal: nothing is lost. Run: leanvibe quarantine`;
}

function unsentWords(documents: number): string {
  const where = documents === 1 ? '1 document holds' : `${documents} documents hold`;
  return `${where} words this device can no longer send. To carry them to another one: leanvibe unsent save <file>`;
}

/** Ends with the answer. */
export function watchTrust({ clock, logger, engine, product, alarms, feed }: TrustWatchDeps): () => void {
  let stopped = false;
  let due: Cancel | null = null;

  const say = (alarm: string, message: string | null): void => {
    if (message === null) return alarms.settle(alarm);
    if (alarms.all().some((one) => one.alarm === alarm && one.message === message)) return;
    alarms.raise(alarm, message);
    feed.tell({ type: 'alarm', alarm, message });
  };
  const look = async (): Promise<void> => {
    const rows = await product.trust.aside.list(undefined, false);
    const stranded = await product.trust.unsent.stranded();
    if (stopped) return;
    say(SET_ASIDE, rows.length === 0 ? null : asideWords(rows));
    say(UNSENT, stranded === 0 ? null : unsentWords(stranded));
  };
  const soon = (): void => {
    due ??= clock.after(LOOK_AFTER_MS, () => {
      due = null;
      look().catch((error: unknown) => logger.log('warn', 'trust-watch-failed', { why: error instanceof Error ? error.name : 'unknown' }));
    });
  };
  const end = engine.subscribe((event) => {
    if (event.type === 'membership' || event.type === 'document' || (event.type === 'alarm' && event.alarm === 'removed')) soon();
  });
  soon();
  return () => {
    stopped = true;
    due?.();
    end();
  };
}
