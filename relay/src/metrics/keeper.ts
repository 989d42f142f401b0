/** The standing work of metrics: months ahead, retention, the names of batches, the means over everyone. */
import type { Cancel, ClockDep } from '@leanvibe/core/ports/clock';
import type { LoggerDep } from '@leanvibe/core/ports/logger';
import { DAY_MS, HOUR_MS, METRICS_KEPT_DAYS, SAMPLE_AGE_MS_MAX } from '@leanvibe/protocol/http/metric-limits';
import type { DatabaseDep } from '../db/database.js';
import type { ConsentsDep } from './consent.js';
import { publishFleet } from './fleet.js';
import type { MonthlyTable, MonthsDep } from '../db/months.js';

export const METRIC_MONTHS: readonly MonthlyTable[] = [
  { table: 'metricHour', column: 'startMs', keptDays: METRICS_KEPT_DAYS },
  { table: 'metricDay', column: 'startMs', keptDays: METRICS_KEPT_DAYS },
];

/** A batch whose name is forgotten is older than its samples may be: it can be refused, never counted again. */
const BATCH_KEPT_MS = SAMPLE_AGE_MS_MAX + 2 * DAY_MS;
const EVERY_MS = HOUR_MS;

export interface KeeperDeps extends DatabaseDep, ClockDep, LoggerDep, ConsentsDep, MonthsDep {}

export interface Keeper {
  /** Everything that is due, once. */
  run(): Promise<void>;
  /** Stops; resolves when a run under way has ended. */
  stop(): Promise<void>;
}

/** Runs at once and every hour; what fails is logged and tried again the next time. */
export function startKeeper(deps: KeeperDeps): Keeper {
  let cancel: Cancel = () => undefined;
  let stopped = false;
  let running: Promise<void> = Promise.resolve();
  const run = (): Promise<void> => {
    running = running.then(() => tendAll(deps));
    return running;
  };
  const again = (): void => {
    void run().then(() => {
      if (!stopped) cancel = deps.clock.after(EVERY_MS, again);
    });
  };
  again();
  return {
    run,
    stop: () => {
      stopped = true;
      cancel();
      return running;
    },
  };
}

/** One piece failing keeps none of the others from being done. */
async function tendAll(deps: KeeperDeps): Promise<void> {
  const pieces: Readonly<Record<string, () => Promise<unknown>>> = {
    months: () => deps.months.tend(),
    batches: () =>
      deps.db.sql
        .deleteFrom('metricBatch')
        .where('receivedMs', '<', deps.clock.nowMs() - BATCH_KEPT_MS)
        .execute(),
    fleet: () => publishFleet(deps),
  };
  for (const [piece, work] of Object.entries(pieces)) {
    try {
      await work();
    } catch (error) {
      deps.logger.log('error', 'metrics-keeper-failed', { piece, error: error instanceof Error ? error.message : String(error) });
    }
  }
}
