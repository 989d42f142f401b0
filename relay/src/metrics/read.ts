/** Reads metrics for the person they are of: series of one project, totals of all; gaps stay gaps. */
import { COUNTERS, DAY_MS, HOUR_MS, METRICS_KEPT_DAYS, type Counter } from '@leanvibe/protocol/http/metric-limits';
import type { Point, Series, Summary, Timeframe } from '@leanvibe/protocol/http/metrics';
import { sql as raw } from 'kysely';
import type { Session } from '../db/database.js';
import type { SpanTable } from './tables.js';
import { startOf } from './spans.js';

const FRAMES: Readonly<Record<Timeframe, { readonly step: 'hour' | 'day'; readonly steps: number }>> = {
  '24h': { step: 'hour', steps: 24 },
  '7d': { step: 'hour', steps: 7 * 24 },
  '30d': { step: 'day', steps: 30 },
  '90d': { step: 'day', steps: 90 },
};

/** The hours or days that end with the present one. */
export async function readSeries(reads: Session, account: string, project: string, timeframe: Timeframe, nowMs: number): Promise<Series> {
  const { step, steps } = FRAMES[timeframe];
  const stepMs = step === 'hour' ? HOUR_MS : DAY_MS;
  const toMs = startOf(nowMs, stepMs) + stepMs;
  const fromMs = toMs - steps * stepMs;
  const rows = await reads
    .selectFrom(step === 'hour' ? 'metricHour' : 'metricDay')
    .selectAll()
    .where('account', '=', account)
    .where('project', '=', project)
    .where('startMs', '>=', fromMs)
    .where('startMs', '<', toMs)
    .orderBy('startMs')
    .execute();
  return { project, timeframe, step, fromMs, toMs, points: rows.map(pointOf) };
}

function pointOf(row: SpanTable): Point {
  const verdicts = row.feedbackAccepted + row.feedbackRejected;
  return {
    startMs: row.startMs,
    ...countersOf(row),
    memoryMb: row.memorySamples === 0 ? null : { mean: rounded(row.memorySum / row.memorySamples), max: row.memoryMax },
    cpuPercent: row.cpuSamples === 0 ? null : { mean: rounded(row.cpuSum / row.cpuSamples), max: row.cpuMax },
    feedback:
      verdicts === 0
        ? null
        : { accepted: row.feedbackAccepted, rejected: row.feedbackRejected, latencyMsMean: rounded(row.feedbackLatencyMs / verdicts) },
  };
}

export function countersOf(row: Readonly<Record<Counter, number | string | null>>): Record<Counter, number> {
  return Object.fromEntries(COUNTERS.map((name) => [name, Number(row[name] ?? 0)])) as Record<Counter, number>;
}

/** Hundredths are more than anyone measures. */
function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}

/** Everything kept of an account, added up. Sums are floating point: hostile numbers lose precision instead of failing. */
export async function readOwn(reads: Session, account: string, nowMs: number): Promise<Summary['own']> {
  const fromMs = startOf(nowMs, DAY_MS) - (METRICS_KEPT_DAYS - 1) * DAY_MS;
  const totals = await reads
    .selectFrom('metricDay')
    .select(COUNTERS.map((name) => raw<number | null>`sum(cast(${raw.ref(name)} as double precision))`.as(name)))
    .where('account', '=', account)
    .where('startMs', '>=', fromMs)
    .executeTakeFirstOrThrow();
  const { projects } = await reads
    .selectFrom('project')
    .select((eb) => eb.fn.countAll<number | string>().as('projects'))
    .where('account', '=', account)
    .executeTakeFirstOrThrow();
  return { projects: Number(projects), fromMs, ...countersOf(totals as Readonly<Record<Counter, number | null>>) };
}
