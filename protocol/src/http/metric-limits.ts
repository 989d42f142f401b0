/** Bounds of aggregated metrics, apart from the schemas: whoever counts needs them without the library that checks. */

/** One hour; samples are named by the start of theirs. */
export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;
/** How long the relay keeps metrics. */
export const METRICS_KEPT_DAYS = 90;
/** A sample may be this old: a machine that was offline for a month still reports. */
export const SAMPLE_AGE_MS_MAX = 30 * DAY_MS;
/** A sample may be this far ahead of the relay's clock. */
export const SAMPLE_AHEAD_MS_MAX = 10 * 60_000;
/** Samples of one batch: a month of hours in a handful of requests. */
export const BATCH_SAMPLES_MAX = 500;

/** The most one device can honestly count in one hour; more is a fault, and the batch is refused. */
export const COUNTER_MAX = {
  suggestionsMade: 100_000,
  suggestionsAccepted: 100_000,
  suggestionsRejected: 100_000,
  filesProcessed: 10_000_000,
  tokens: 1_000_000_000,
  /** 100 GB: a quarter of a gigabit all hour. */
  syncBytes: 100_000_000_000,
} as const;

/** 1 TiB, in MiB. */
export const MEMORY_MB_MAX = 1_048_576;
/** Per cent of one core; 256 cores. */
export const CPU_PERCENT_MAX = 25_600;
export const FEEDBACK_LATENCY_MS_MAX = DAY_MS;

export type Counter = keyof typeof COUNTER_MAX;
export const COUNTERS = Object.keys(COUNTER_MAX) as readonly Counter[];
