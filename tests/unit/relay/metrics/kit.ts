/** What tests of metrics share: consents in a table of the test, accounts, samples, and an intake over one database. */
import { createIntake, type Intake } from '@leanvibe/relay/internal/metrics/intake';
import type { Consents } from '@leanvibe/relay/internal/metrics/consent';
import { createMonths, type Months } from '@leanvibe/relay/internal/db/months';
import { METRIC_MONTHS } from '@leanvibe/relay/internal/metrics/keeper';
import type { Database, Session } from '@leanvibe/relay/internal/db/database';
import { HOUR_MS } from '@leanvibe/protocol/http/metric-limits';
import { sample as sampleSchema, type Sample } from '@leanvibe/protocol/http/metrics';
import { createHash } from 'node:crypto';
import { sql as raw } from 'kysely';
import { createVirtualClock, type VirtualClock } from '../../../help/clock.js';
import { chance, silent } from '../../../help/store-things.js';

/** 2026-11-20, 10:30. */
export const NOW = Date.UTC(2026, 10, 20, 10, 30);
export const HOUR = NOW - (NOW % HOUR_MS);

export function projectOf(seed: number | string): string {
  return createHash('sha256').update(`project ${seed}`).digest('hex').slice(0, 32);
}

export function accountOf(seed: number): string {
  return `00000000-0000-4000-8000-${String(seed).padStart(12, '0')}`;
}

export function sampleOf(more: Partial<Sample> = {}): Sample {
  return sampleSchema.parse({ project: projectOf(1), hourMs: HOUR - HOUR_MS, ...more });
}

export interface World {
  readonly db: Database;
  readonly clock: VirtualClock;
  readonly consents: Consents;
  readonly months: Months;
  readonly intake: Intake;
  consent(account: string, given: boolean): Promise<void>;
}

export async function worldOf(db: Database, nowMs = NOW): Promise<World> {
  const clock = createVirtualClock(nowMs);
  const consents = await testConsents(db);
  const deps = { db, clock, random: chance, logger: silent, consents };
  const months = createMonths(deps, METRIC_MONTHS);
  return { db, clock, consents, months, intake: createIntake({ ...deps, months }), consent: consents.set };
}

/** A table of who said yes, read the way accounts' own is. */
async function testConsents(db: Database): Promise<Consents & { set(account: string, given: boolean): Promise<void> }> {
  await raw`create table if not exists "testConsent" (account text primary key, given integer not null)`.execute(db.sql);
  const lock = db.dialect === 'postgres' ? raw`for share` : raw``;
  return {
    hold: async (session: Session, account) => {
      const found = await raw<{ given: number }>`select given from "testConsent" where account = ${account} ${lock}`.execute(session);
      return found.rows[0]?.given === 1;
    },
    all: () => raw<string>`(select account from "testConsent" where given = 1)`,
    set: async (account, given) => {
      await raw`insert into "testConsent" (account, given) values (${account}, ${given ? 1 : 0})
        on conflict (account) do update set given = excluded.given`.execute(db.sql);
    },
  };
}
