/** Counts what devices report: each batch once, hours and days together or not at all, and only while the account says yes. */
import type { ClockDep } from '@leanvibe/core/ports/clock';
import type { RandomDep } from '@leanvibe/core/ports/random';
import { err, ok, type Result } from '@leanvibe/core/base/result';
import { COUNTER_MAX, COUNTERS, DAY_MS, HOUR_MS, SAMPLE_AGE_MS_MAX, SAMPLE_AHEAD_MS_MAX } from '@leanvibe/protocol/http/metric-limits';
import type { Batch, Feedback } from '@leanvibe/protocol/http/metrics';
import { createHash } from 'node:crypto';
import { sql as raw } from 'kysely';
import type { DatabaseDep, Session } from '../db/database.js';
import { transact } from '../db/transact.js';
import { admitProjects } from '../projects/keep.js';
import type { ConsentsDep } from './consent.js';
import type { MonthsDep } from '../db/months.js';
import { gather, PEAKS, spanOfFeedback, spanOfSample, SUMS, type Span } from './spans.js';

export type IntakeFailure =
  | { readonly type: 'no-consent' }
  /** The same name was used for other numbers. */
  | { readonly type: 'other-batch' }
  | { readonly type: 'outside-window'; readonly hourMs: number }
  /** Counted on top of what is there, this is more than any fleet of machines does in an hour. */
  | { readonly type: 'absurd'; readonly what: string }
  | { readonly type: 'too-many-projects' };

export interface IntakeDeps extends DatabaseDep, ClockDep, RandomDep, ConsentsDep, MonthsDep {}

export interface Intake {
  /** True when it was counted now, false when it had been before. */
  batch(account: string, key: string, batch: Batch): Promise<Result<boolean, IntakeFailure>>;
  feedback(account: string, suggestion: string, feedback: Feedback): Promise<Result<boolean, IntakeFailure>>;
}

/** Devices of one account that may each report the most one can in one hour; sums of sums stay exact far beyond. */
const DEVICES_AN_HOUR_MAX = 64;
const GAUGE_SAMPLES_AN_HOUR_MAX = 10_000;
const FEEDBACK_AN_HOUR_MAX = 100_000;

/** Rolls the transaction back with a reason the caller can act on. */
class Refused extends Error {
  readonly failure: IntakeFailure;
  constructor(failure: IntakeFailure) {
    super(failure.type);
    this.failure = failure;
  }
}

interface Counting {
  readonly account: string;
  readonly key: string;
  readonly digest: string;
  readonly spans: readonly Span[];
}

export function createIntake(deps: IntakeDeps): Intake {
  return {
    batch: (account, key, batch) => {
      const outside = outsideWindow(batch, deps.clock.nowMs());
      if (outside !== null) return Promise.resolve(err({ type: 'outside-window', hourMs: outside }));
      // Zod gives fields in the order of the schema, so the digest is of what was said, not of how it was written.
      return count(deps, { account, key: `b:${key}`, digest: digestOf(JSON.stringify(batch)), spans: batch.samples.map(spanOfSample) });
    },
    feedback: (account, suggestion, feedback) =>
      count(deps, {
        account,
        key: `f:${digestOf(suggestion).slice(0, 32)}`,
        // A second opinion on one suggestion is not an error, and not counted: the first stands.
        digest: '',
        spans: [spanOfFeedback(feedback, deps.clock.nowMs())],
      }),
  };
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function outsideWindow({ samples }: Batch, nowMs: number): number | null {
  const strange = samples.find(({ hourMs }) => hourMs < nowMs - SAMPLE_AGE_MS_MAX || hourMs > nowMs + SAMPLE_AHEAD_MS_MAX);
  return strange?.hourMs ?? null;
}

async function count(deps: IntakeDeps, counting: Counting): Promise<Result<boolean, IntakeFailure>> {
  await deps.months.ensure(counting.spans.map(({ startMs }) => startMs));
  try {
    return ok(await transact(deps.db, deps, (session) => countIn(deps, session, counting)));
  } catch (error) {
    if (error instanceof Refused) return err(error.failure);
    throw error;
  }
}

async function countIn(deps: IntakeDeps, session: Session, { account, key, digest, spans }: Counting): Promise<boolean> {
  // First, and holding the answer until the end: a withdrawal comes before all of this or after it.
  if (!(await deps.consents.hold(session, account))) throw new Refused({ type: 'no-consent' });
  const nowMs = deps.clock.nowMs();
  const [fresh] = await session
    .insertInto('metricBatch')
    .values({ account, batch: key, digest, receivedMs: nowMs })
    .onConflict((conflict) => conflict.columns(['account', 'batch']).doNothing())
    .returning('batch')
    .execute();
  if (fresh === undefined) {
    const before = await session
      .selectFrom('metricBatch')
      .select('digest')
      .where('account', '=', account)
      .where('batch', '=', key)
      .executeTakeFirstOrThrow();
    if (before.digest !== digest) throw new Refused({ type: 'other-batch' });
    return false;
  }
  const hours = gather(spans, HOUR_MS);
  const projects = [...new Set(hours.map(({ project }) => project))];
  if (!(await admitProjects(session, account, projects, nowMs))) throw new Refused({ type: 'too-many-projects' });
  const absurd = (await add(session, 'metricHour', account, hours)).map(absurdity).find((what) => what !== null);
  if (absurd !== undefined && absurd !== null) throw new Refused({ type: 'absurd', what: absurd });
  await add(session, 'metricDay', account, gather(spans, DAY_MS));
  return true;
}

/** Adds to the rows that are there; answers the hours or days as they are now. */
async function add(session: Session, table: 'metricHour' | 'metricDay', account: string, spans: readonly Span[]): Promise<readonly Span[]> {
  const sums = SUMS.map((name) => [name, raw<number>`${raw.ref(`${table}.${name}`)} + ${raw.ref(`excluded.${name}`)}`]);
  const peaks = PEAKS.map((name) => {
    const [held, given] = [raw.ref(`${table}.${name}`), raw.ref(`excluded.${name}`)];
    return [name, raw<number>`case when ${given} > ${held} then ${given} else ${held} end`];
  });
  return session
    .insertInto(table)
    .values(spans.map((span) => ({ account, ...span })))
    .onConflict((conflict) => conflict.columns(['account', 'project', 'startMs']).doUpdateSet(Object.fromEntries([...sums, ...peaks])))
    .returningAll()
    .execute();
}

function absurdity(hour: Span): string | null {
  const counter = COUNTERS.find((name) => hour[name] > COUNTER_MAX[name] * DEVICES_AN_HOUR_MAX);
  if (counter !== undefined) return counter;
  if (hour.memorySamples > GAUGE_SAMPLES_AN_HOUR_MAX || hour.cpuSamples > GAUGE_SAMPLES_AN_HOUR_MAX) return 'samples';
  return hour.feedbackAccepted + hour.feedbackRejected > FEEDBACK_AN_HOUR_MAX ? 'feedback' : null;
}
