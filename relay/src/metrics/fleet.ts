/**
 * Means over everyone who takes part, so published that no one person shows in them: at least 20 people; whoever stands out is brought down to the
 * crowd; two digits; and two publications in a row differ in nobody or in at least 20 people, so that subtracting one from the other tells about 20 at
 * the least. Somebody who makes 19 accounts of their own can still ask about one stranger: two digits and the cut at the top are all that is left then.
 */
import type { ClockDep } from '@leanvibe/core/ports/clock';
import type { LoggerDep } from '@leanvibe/core/ports/logger';
import { COUNTERS, DAY_MS, type Counter } from '@leanvibe/protocol/http/metric-limits';
import type { Fleet } from '@leanvibe/protocol/http/metrics';
import { sql as raw } from 'kysely';
import type { DatabaseDep, Session } from '../db/database.js';
import type { ConsentsDep } from './consent.js';
import { startOf } from './spans.js';

export const PEOPLE_MIN = 20;
/** Days that are added up. */
export const FLEET_DAYS = 30;
/** Nobody can watch it move by the hour. */
const PUBLISH_EVERY_MS = DAY_MS;
/** One of so many people, from the top, is brought down to the next below. */
const CUT_OF = 10;
const NAME = 'all';

export type Published = 'not-due' | 'too-few' | 'too-little-changed' | 'published';

export type FleetDeps = DatabaseDep & ClockDep & LoggerDep & ConsentsDep;

/** Looks whether new means are due, and publishes them. Any number of copies may call it: one does it. */
export async function publishFleet(deps: FleetDeps): Promise<Published> {
  const nowMs = deps.clock.nowMs();
  const { sql } = deps.db;
  const start = { name: NAME, lookedMs: 0, computedMs: null, people: 0, shown: 0, means: '{}' } as const;
  await sql
    .insertInto('fleet')
    .values(start)
    .onConflict((conflict) => conflict.column('name').doNothing())
    .execute();
  const published = await sql.transaction().execute(async (session): Promise<Published> => {
    const [held] = await session
      .updateTable('fleet')
      .set({ lookedMs: nowMs })
      .where('name', '=', NAME)
      .where('lookedMs', '<=', nowMs - PUBLISH_EVERY_MS)
      .returningAll()
      .execute();
    return held === undefined ? 'not-due' : publish(deps, session, held.people, nowMs);
  });
  if (published !== 'not-due') deps.logger.log('info', 'metrics-fleet', { result: published });
  return published;
}

async function publish(deps: FleetDeps, session: Session, peopleBefore: number, nowMs: number): Promise<Published> {
  const fromMs = startOf(nowMs, DAY_MS) - FLEET_DAYS * DAY_MS;
  const taking = session
    .selectFrom('metricDay')
    .select('account')
    .distinct()
    .where('startMs', '>=', fromMs)
    .where('account', 'in', deps.consents.all(session));
  const people = await countOf(session, taking);
  if (people < PEOPLE_MIN) {
    await session.updateTable('fleet').set({ shown: 0 }).where('name', '=', NAME).execute();
    return 'too-few';
  }
  const members = session.selectFrom('fleetMember').select('account');
  const stayed = await countOf(session, taking.where('account', 'in', members));
  const changed = people - stayed + (peopleBefore - stayed);
  // What was published last stays; it is older, and says so.
  if (changed > 0 && changed < PEOPLE_MIN) return 'too-little-changed';
  const means: Partial<Record<Counter, number>> = {};
  for (const name of COUNTERS) means[name] = await meanOf(deps, session, name, fromMs, people);
  await session.deleteFrom('fleetMember').execute();
  await session.insertInto('fleetMember').columns(['account']).expression(taking).execute();
  await session
    .updateTable('fleet')
    .set({ computedMs: nowMs, people, shown: 1, means: JSON.stringify(means) })
    .where('name', '=', NAME)
    .execute();
  return 'published';
}

type Accounts = { as(alias: string): unknown };

async function countOf(session: Session, accounts: Accounts): Promise<number> {
  const found = await raw<{ count: number | string }>`select count(*) as count from ${accounts.as('taking')}`.execute(session);
  return Number(found.rows[0]?.count);
}

/** Each person's sum, the largest tenth brought down to the largest below it. */
async function meanOf({ consents }: FleetDeps, session: Session, name: Counter, fromMs: number, people: number): Promise<number> {
  const sums = session
    .selectFrom('metricDay')
    .select(raw<number>`sum(cast(${raw.ref(name)} as double precision))`.as('total'))
    .where('startMs', '>=', fromMs)
    .where('account', 'in', consents.all(session))
    .groupBy('account');
  const cut = await session
    .selectFrom(sums.as('sums'))
    .select('total')
    .orderBy('total', 'desc')
    .offset(Math.floor(people / CUT_OF))
    .limit(1)
    .executeTakeFirstOrThrow();
  const { mean } = await session
    .selectFrom(sums.as('sums'))
    .select(raw<number>`avg(case when total > ${cut.total} then ${cut.total} else total end)`.as('mean'))
    .executeTakeFirstOrThrow();
  return twoDigits(Number(mean));
}

/** 1,234 becomes 1,200. */
export function twoDigits(value: number): number {
  return value === 0 ? 0 : Number(value.toPrecision(2));
}

/** Null while nothing may be shown. Means older than retention are not shown either. */
export async function readFleet(reads: Session, nowMs: number): Promise<Fleet | null> {
  const found = await reads.selectFrom('fleet').selectAll().where('name', '=', NAME).where('shown', '=', 1).executeTakeFirst();
  if (found === undefined || found.computedMs === null || found.computedMs < nowMs - 90 * DAY_MS) return null;
  const mean = JSON.parse(found.means) as Fleet['mean'];
  return { peopleAtLeast: Math.floor(found.people / 10) * 10, computedMs: found.computedMs, days: FLEET_DAYS, mean };
}
