/** The rooms behind HTTP, put together over one database. Wiring only. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '@leanvibe/core/ports/clock';
import type { Logger } from '@leanvibe/core/ports/logger';
import type { Random } from '@leanvibe/core/ports/random';
import { createConsents, setTier } from '../accounts/others.js';
import { createOutbox, createWebhookMailer, type Mailer } from '../accounts/mailer.js';
import { createPeople, type People } from '../accounts/rooms.js';
import { confirmOf, type Settings } from '../config/settings.js';
import type { Database } from '../db/database.js';
import { createFlags, sharesOfFile, sharesOfTable } from '../flags/flags.js';
import type { GdprDep } from '../gdpr/rooms.js';
import type { Route } from '../http/route.js';
import { mailboxEraser, mailboxExporter } from '../mailbox/gdpr.js';
import { eraseMetrics, exportMetrics } from '../metrics/gdpr.js';
import { createIntake } from '../metrics/intake.js';
import { METRIC_MONTHS, startKeeper } from '../metrics/keeper.js';
import { createMonths } from '../db/months.js';
import { metricRoutes } from '../metrics/routes.js';
import { erasePlan, exportPlan } from '../plans/billing.js';
import { planRoutes } from '../plans/routes.js';
import { quotaOf } from '../plans/tiers.js';
import type { Bus } from '../ports/bus.js';
import { projectRoutes } from '../projects/routes.js';

export interface ApiDeps {
  readonly settings: Settings;
  readonly secret: string;
  readonly fetch: typeof fetch;
  readonly db: Database;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly bus: Bus;
  count(reason: string): void;
  auditLost(): void;
}

export interface Api {
  readonly people: People;
  readonly routes: readonly Route[];
  close(): Promise<void>;
}

export const OUTBOX = 'leanvibe-relay.outbox';
/** Named in access tokens where no origin is set: the same whatever port a copy got. */
const ISSUER = 'urn:leanvibe:relay';

const others: GdprDep = {
  exporters: [
    mailboxExporter,
    { room: 'metrics', rows: exportMetrics },
    {
      room: 'plan',
      async *rows(sql, account) {
        const plan = await exportPlan(sql, account);
        if (plan !== null) yield plan;
      },
    },
  ],
  erasers: [
    mailboxEraser,
    {
      room: 'metrics',
      erase: async (sql, account) => Object.values(await eraseMetrics(sql, account)).reduce((sum, rows) => sum + rows, 0),
    },
    { room: 'plan', erase: erasePlan },
  ],
};

function mailerOf({ settings, clock, fetch: post }: ApiDeps): Mailer {
  const { data, mailKey, mailUrl } = settings;
  if (mailUrl === null || mailKey === null) return createOutbox(join(data, OUTBOX), { clock });
  return createWebhookMailer({ fetch: post, url: mailUrl, key: Buffer.from(mailKey, 'utf8') });
}

export async function createApi(deps: ApiDeps): Promise<Api> {
  const { settings, db, clock, random, logger, bus, count, auditLost } = deps;
  const rooms = { db, clock, random, logger, bus, count, auditLost };
  const people = await createPeople({
    ...rooms,
    settings: { registration: settings.registration ?? 'open', confirm: confirmOf(settings) },
    secret: deps.secret,
    previousSecret: settings.previousSecret,
    issuer: settings.origin ?? ISSUER,
    mailer: mailerOf(deps),
    quotaOf,
    others,
  });
  const { audit } = people;
  const consents = createConsents(db.dialect);
  const months = createMonths({ db, clock, logger }, METRIC_MONTHS);
  const { flagsFile } = settings;
  const readShares = flagsFile === null ? sharesOfTable(db.sql) : sharesOfFile(() => readFile(flagsFile, 'utf8'));
  const flags = createFlags({ clock, logger, readShares });
  const intake = createIntake({ db, clock, random, consents, months });
  const keeper = startKeeper({ db, clock, logger, consents, months });
  const billingSecrets = settings.billingSecret === null ? [] : [settings.billingSecret];
  return {
    people,
    routes: [
      ...people.routes,
      ...projectRoutes({ db, clock, random, audit }),
      ...metricRoutes({ db, clock, logger, flags, intake, count }),
      ...planRoutes({ db, clock, random, logger, audit, setTier, billingSecrets, count }),
    ],
    async close() {
      await keeper.stop();
      await people.close();
    },
  };
}
