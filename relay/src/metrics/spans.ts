/** Samples gathered into spans: pure adding of whole numbers, so that any order and any grouping gives the same rows. */
import { COUNTERS, HOUR_MS, type DAY_MS } from '@leanvibe/protocol/http/metric-limits';
import type { Feedback, Sample } from '@leanvibe/protocol/http/metrics';
import type { Counted, Gauged } from './tables.js';

export interface Span extends Counted, Gauged {
  readonly project: string;
  readonly startMs: number;
}

export const SUMS = [
  ...COUNTERS,
  'feedbackAccepted',
  'feedbackRejected',
  'feedbackLatencyMs',
  'memorySamples',
  'memorySum',
  'cpuSamples',
  'cpuSum',
] as const satisfies readonly (keyof (Counted & Gauged))[];

export const PEAKS = ['memoryMax', 'cpuMax'] as const satisfies readonly (keyof Gauged)[];

type Numbers = { -readonly [Name in keyof (Counted & Gauged)]: number };

function zeros(): Numbers {
  return Object.fromEntries([...SUMS, ...PEAKS].map((name) => [name, 0])) as Numbers;
}

/** One sample as the span of its hour. */
export function spanOfSample(sample: Sample): Span {
  const counted = Object.fromEntries(COUNTERS.map((name) => [name, sample[name]]));
  return {
    ...zeros(),
    ...counted,
    memorySamples: sample.memoryMb === undefined ? 0 : 1,
    memorySum: sample.memoryMb ?? 0,
    memoryMax: sample.memoryMb ?? 0,
    cpuSamples: sample.cpuPercent === undefined ? 0 : 1,
    cpuSum: sample.cpuPercent ?? 0,
    cpuMax: sample.cpuPercent ?? 0,
    project: sample.project,
    startMs: sample.hourMs,
  };
}

export function spanOfFeedback({ project, verdict, latencyMs }: Feedback, nowMs: number): Span {
  return {
    ...zeros(),
    feedbackAccepted: verdict,
    feedbackRejected: 1 - verdict,
    feedbackLatencyMs: latencyMs,
    project,
    startMs: startOf(nowMs, HOUR_MS),
  };
}

export function startOf(timeMs: number, stepMs: typeof HOUR_MS | typeof DAY_MS): number {
  return timeMs - (timeMs % stepMs);
}

/** One row per project and step, in one order for everyone: two transactions that lock the same rows lock them in the same order. */
export function gather(spans: readonly Span[], stepMs: typeof HOUR_MS | typeof DAY_MS): readonly Span[] {
  const rows = new Map<string, Numbers & { readonly project: string; readonly startMs: number }>();
  for (const span of spans) {
    const startMs = startOf(span.startMs, stepMs);
    const key = `${span.project} ${String(startMs).padStart(16, '0')}`;
    const row = rows.get(key) ?? { ...zeros(), project: span.project, startMs };
    for (const name of SUMS) row[name] += span[name];
    for (const name of PEAKS) row[name] = Math.max(row[name], span[name]);
    rows.set(key, row);
  }
  return [...rows].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
}
