/** What every room of a serving relay stands on: the log and the numbers, the database, the bus, the store of mailboxes and who is connected. */
import { nodeVerifying } from '@leanvibe/core/crypto/node/verify';
import { err, ok, type Result } from '@leanvibe/core/base/result';
import type { Clock } from '@leanvibe/core/ports/clock';
import type { Random } from '@leanvibe/core/ports/random';
import { createLocalBus } from '../bus/local.js';
import { createRedisBus } from '../bus/redis.js';
import type { Settings } from '../config/settings.js';
import type { Database } from '../db/database.js';
import { migrate } from '../db/migrate.js';
import { migrations } from '../db/migrations.js';
import { openDatabase } from '../db/open.js';
import { databasePlace } from '../db/place.js';
import { HTTP_LIMITS } from '../http/limits.js';
import { createLimiter } from '../limit/limiter.js';
import { createMailboxStore } from '../mailbox/store.js';
import { createLogger, type RelayLogger, stderrSink } from '../observe/logger.js';
import { createMetrics, type Metrics } from '../observe/metrics.js';
import { createErrorReport, type ErrorReport } from '../observe/report.js';
import type { Bus } from '../ports/bus.js';
import type { Limiter } from '../ports/limiter.js';
import type { MailboxStore } from '../ports/mailbox-store.js';
import { createHub, type Hub } from '../session/hub.js';
import { createEnding, type Ending } from './ending.js';
import { holdAlone } from './one-relay.js';

export interface ServeDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly elapsedMs: () => number;
  readonly fetch: typeof fetch;
  readonly version: string;
}

export interface ServeFailure {
  readonly message: string;
  readonly fix: string;
}

export interface Foundation {
  readonly ending: Ending;
  readonly logger: RelayLogger;
  readonly metrics: Metrics;
  /** Null: errors are reported to nobody. */
  readonly report: ErrorReport | null;
  /** Counts refusals of a room by reason. */
  readonly count: (room: string) => (reason: string) => void;
  readonly db: Database;
  readonly bus: Bus;
  readonly limiter: Limiter;
  readonly store: MailboxStore;
  readonly hub: Hub;
}

function observing(
  settings: Settings,
  { clock, random, version, fetch: post }: ServeDeps,
): Pick<Foundation, 'logger' | 'metrics' | 'report' | 'count'> {
  const metrics = createMetrics({ process: true });
  const onLost = (): void => metrics.count('leanvibe_relay_reports_lost_total', {});
  const { errorDsn, env } = settings;
  const report =
    errorDsn === null ? null : createErrorReport({ dsn: errorDsn, release: version, environment: env, clock, random, fetch: post, onLost });
  const logger = createLogger(stderrSink(), {
    level: settings.logLevel,
    base: {},
    clock,
    onError(event, fields) {
      metrics.count('leanvibe_relay_errors_total', { event });
      report?.tell(event, fields);
    },
  });
  return { logger, metrics, report, count: (room) => (reason) => metrics.count('leanvibe_relay_refused_total', { room, reason }) };
}

/** Migrates first: an SQLite file of its own always, PostgreSQL under a lock that other copies respect. Throws what the database throws when it cannot be reached. */
export async function lay(settings: Settings, deps: ServeDeps): Promise<Result<Foundation, ServeFailure>> {
  const { clock, random } = deps;
  const seen = observing(settings, deps);
  const { logger, metrics } = seen;
  const ending = createEnding(logger);
  if (settings.databaseUrl === null) {
    const alone = holdAlone(settings.data);
    if (!alone.ok) return alone;
    ending.add('lock', () => Promise.resolve(alone.value()));
  }
  const db = await openDatabase(databasePlace(settings), { clock, random, logger });
  ending.add('database', () => db.close());
  const migrated = await migrate(db, migrations, { clock, logger });
  if (!migrated.ok) {
    await ending.run();
    return err({ message: migrated.error.message, fix: migrated.error.code === 'newer' ? 'run the newer version of leanvibe-relay' : '' });
  }
  const { redisUrl } = settings;
  const lost = (): void => metrics.count('leanvibe_relay_hints_lost_total', {});
  const bus = redisUrl === null ? createLocalBus({ logger }) : createRedisBus({ url: redisUrl }, { logger, random, lost });
  ending.add('bus', () => bus.close());
  const alone = (): void => metrics.count('leanvibe_relay_limiter_alone_total', {});
  const limiter = createLimiter({ kinds: HTTP_LIMITS, ...(redisUrl === null ? {} : { redisUrl }) }, { logger, alone });
  ending.add('limiter', () => limiter.close());
  const store = await createMailboxStore({ db, clock, random, hashing: nodeVerifying(), logger });
  ending.add('store', () => store.close());
  const hub = createHub({ clock, logger, bus, store });
  ending.add('hub', () => Promise.resolve(hub.stop()));
  return ok({ ...seen, ending, db, bus, limiter, store, hub });
}
