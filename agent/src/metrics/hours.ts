/** Counts of one project by the hour, and the samples they become: numbers and a random id, exactly what a relay may be told. */
import { COUNTER_MAX, COUNTERS, CPU_PERCENT_MAX, HOUR_MS, MEMORY_MB_MAX, type Counter } from '@leanvibe/protocol/http/metric-limits';
import type { Sample } from '@leanvibe/protocol/http/metrics';

export type Counts = Readonly<Partial<Record<Counter, number>>>;

export interface Gauges {
  readonly memoryMb: number;
  /** Per cent of one core. */
  readonly cpuPercent: number;
}

/** One hour of one project; gauges as sums, so that it can be added to. */
export interface Hour {
  readonly counts: Counts;
  readonly gauged: number;
  readonly memorySum: number;
  readonly cpuSum: number;
}

/** By the start of the hour, ms since 1970, in decimal. */
export type Hours = Readonly<Record<string, Hour>>;

export const NO_HOUR: Hour = { counts: {}, gauged: 0, memorySum: 0, cpuSum: 0 };

export function hourOf(timeMs: number): number {
  return timeMs - (timeMs % HOUR_MS);
}

export function addHours(a: Hour, b: Hour): Hour {
  const counts = Object.fromEntries(
    COUNTERS.filter((name) => a.counts[name] !== undefined || b.counts[name] !== undefined).map((name) => [
      name,
      (a.counts[name] ?? 0) + (b.counts[name] ?? 0),
    ]),
  );
  return { counts, gauged: a.gauged + b.gauged, memorySum: a.memorySum + b.memorySum, cpuSum: a.cpuSum + b.cpuSum };
}

/** Counts beyond what a relay believes are told as that bound: the batch would be refused else. */
export function sampleOf(project: string, hourMs: number, { counts, gauged, memorySum, cpuSum }: Hour): Sample {
  const counted = Object.fromEntries(COUNTERS.map((name) => [name, Math.min(COUNTER_MAX[name], Math.round(counts[name] ?? 0))]));
  const gauges =
    gauged === 0
      ? {}
      : {
          memoryMb: Math.min(MEMORY_MB_MAX, Math.round(memorySum / gauged)),
          cpuPercent: Math.min(CPU_PERCENT_MAX, Math.round(cpuSum / gauged)),
        };
  return { project, hourMs, ...(counted as Record<Counter, number>), ...gauges };
}
