/** What this copy needs, as its health tells it, and whom its numbers are for. */
import type { Clock } from '@leanvibe/core/ports/clock';
import type { Settings } from '../config/settings.js';
import type { Database } from '../db/database.js';
import { type Check, diskCheck, memoryCheck, Unwell } from '../health/checks.js';
import type { Metrics } from '../observe/metrics.js';
import type { Bus } from '../ports/bus.js';

const FREE_BYTES_MIN = 64 * 1024 * 1024;
const RSS_BYTES_MAX = 1024 * 1024 * 1024;

export function metricsFor(settings: Settings): 'anybody' | 'nobody' | { readonly token: string } {
  if (settings.metricsToken !== null) return { token: settings.metricsToken };
  return settings.env === 'production' || settings.metricsPort !== null ? 'nobody' : 'anybody';
}

/** A write costs an fsync: so often, and at every look while it fails. */
const WRITE_EVERY_MS = 10_000;

/** Reading alone would call a copy ready whose disk takes nothing any more, or whose server became a standby. */
export function databaseCheck(db: Database, clock: Clock): Check {
  let writtenMs = -Infinity;
  const write = async (nowMs: number): Promise<void> => {
    const value = String(nowMs);
    await db.sql
      .insertInto('meta')
      .values({ name: 'written', value })
      .onConflict((on) => on.column('name').doUpdateSet({ value }))
      .execute();
  };
  return {
    dependency: 'database',
    needed: true,
    async run() {
      const nowMs = clock.nowMs();
      await db.sql.selectFrom('meta').select('name').limit(1).execute();
      if (Math.abs(nowMs - writtenMs) >= WRITE_EVERY_MS) {
        await write(nowMs).catch((cause: unknown) => {
          writtenMs = -Infinity;
          throw new Unwell('it can be read, but nothing can be written to it', { cause });
        });
        writtenMs = nowMs;
      }
      return db.dialect === 'sqlite' ? 'SQLite' : 'PostgreSQL';
    },
  };
}

export interface ChecksDeps {
  readonly metrics: Metrics;
  readonly db: Database;
  readonly bus: Bus;
  readonly clock: Clock;
}

export function checksOf(settings: Settings, { metrics, db, bus, clock }: ChecksDeps): readonly Check[] {
  const redis: Check = {
    dependency: 'bus',
    needed: false,
    run: () =>
      bus.connected() ? Promise.resolve('connected') : Promise.reject(new Unwell('not connected: copies hear of each other late')),
  };
  return [
    databaseCheck(db, clock),
    ...(settings.redisUrl !== null ? [redis] : []),
    diskCheck({
      folder: settings.data,
      freeBytesMin: FREE_BYTES_MIN,
      onFree: (bytes) => metrics.set('leanvibe_relay_disk_free_bytes', {}, bytes),
    }),
    memoryCheck(() => process.memoryUsage.rss(), RSS_BYTES_MAX),
  ];
}
