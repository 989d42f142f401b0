/** What this copy needs, as its health tells it, and whom its numbers are for. */
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

export function checksOf(settings: Settings, metrics: Metrics, db: Database, bus: Bus, hasRedis: boolean): readonly Check[] {
  const database: Check = {
    dependency: 'database',
    needed: true,
    async run() {
      await db.sql.selectFrom('meta').select('name').limit(1).execute();
      return db.dialect === 'sqlite' ? 'SQLite' : 'PostgreSQL';
    },
  };
  const redis: Check = {
    dependency: 'bus',
    needed: false,
    run: () =>
      bus.connected() ? Promise.resolve('connected') : Promise.reject(new Unwell('not connected: copies hear of each other late')),
  };
  return [
    database,
    ...(hasRedis ? [redis] : []),
    diskCheck({
      folder: settings.data,
      freeBytesMin: FREE_BYTES_MIN,
      onFree: (bytes) => metrics.set('leanvibe_relay_disk_free_bytes', {}, bytes),
    }),
    memoryCheck(() => process.memoryUsage.rss(), RSS_BYTES_MAX),
  ];
}
