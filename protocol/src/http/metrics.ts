/** Aggregated metrics over HTTP: what a device may count, what comes back; numbers and random ids, never a word. */
import { z } from 'zod';
import { BATCH_SAMPLES_MAX, COUNTER_MAX, CPU_PERCENT_MAX, FEEDBACK_LATENCY_MS_MAX, HOUR_MS, MEMORY_MB_MAX } from './metric-limits.js';

/** A project as the relay knows it: 128 random bits in hex, unlinkable to any document. */
export const projectId = z.string().regex(/^[0-9a-f]{32}$/, 'expected 32 lowercase hex digits');

function counted(most: number): z.ZodDefault<z.ZodInt> {
  return z.int().min(0).max(most).default(0);
}

/** Counters of one project in one hour of one device; absent ones are 0, absent gauges were not measured. */
export const sample = z.strictObject({
  project: projectId,
  /** Start of the hour, ms since 1970. */
  hourMs: z.int().min(0).multipleOf(HOUR_MS),
  suggestionsMade: counted(COUNTER_MAX.suggestionsMade),
  suggestionsAccepted: counted(COUNTER_MAX.suggestionsAccepted),
  suggestionsRejected: counted(COUNTER_MAX.suggestionsRejected),
  filesProcessed: counted(COUNTER_MAX.filesProcessed),
  tokens: counted(COUNTER_MAX.tokens),
  syncBytes: counted(COUNTER_MAX.syncBytes),
  /** Mean over the hour, whole MiB and whole per cent. */
  memoryMb: z.int().min(0).max(MEMORY_MB_MAX).optional(),
  cpuPercent: z.int().min(0).max(CPU_PERCENT_MAX).optional(),
});
export type Sample = z.infer<typeof sample>;

/** Names the batch in the `Idempotency-Key` header: the same batch sent twice counts once. */
export const idempotencyKey = z.string().regex(/^[A-Za-z0-9_-]{16,64}$/, 'expected 16 to 64 letters, digits, - or _');

export const batch = z.strictObject({ samples: z.array(sample).min(1).max(BATCH_SAMPLES_MAX) });
export type Batch = z.infer<typeof batch>;

/** `counted` is false when this batch was counted before. */
export const batchAnswer = z.strictObject({ counted: z.boolean(), samples: z.int() });
export type BatchAnswer = z.infer<typeof batchAnswer>;

/** 1 accepted, 0 rejected; the suggestion's id in the path is random like a project's. */
export const feedback = z.strictObject({
  project: projectId,
  verdict: z.int().min(0).max(1),
  /** From shown to decided, ms. */
  latencyMs: z.int().min(0).max(FEEDBACK_LATENCY_MS_MAX),
});
export type Feedback = z.infer<typeof feedback>;
export const feedbackAnswer = z.strictObject({ counted: z.boolean() });
export type FeedbackAnswer = z.infer<typeof feedbackAnswer>;

const gauge = z.strictObject({ mean: z.number(), max: z.number() });

const totals = {
  suggestionsMade: z.number(),
  suggestionsAccepted: z.number(),
  suggestionsRejected: z.number(),
  filesProcessed: z.number(),
  tokens: z.number(),
  syncBytes: z.number(),
};

/** One hour or day; those nobody reported are absent: a gap is not a zero. */
export const point = z.strictObject({
  startMs: z.int(),
  ...totals,
  memoryMb: gauge.nullable(),
  cpuPercent: gauge.nullable(),
  feedback: z.strictObject({ accepted: z.number(), rejected: z.number(), latencyMsMean: z.number() }).nullable(),
});
export type Point = z.infer<typeof point>;

export const timeframe = z.enum(['24h', '7d', '30d', '90d']);
export type Timeframe = z.infer<typeof timeframe>;

export const series = z.strictObject({
  project: projectId,
  timeframe: timeframe,
  step: z.enum(['hour', 'day']),
  /** First bucket, and the end of the last. */
  fromMs: z.int(),
  toMs: z.int(),
  points: z.array(point),
});
export type Series = z.infer<typeof series>;

const own = z.strictObject({ projects: z.int(), fromMs: z.int(), ...totals });

/** Means over everyone who takes part; rounded, old by design, and only while at least 20 people do. */
export const fleet = z.strictObject({
  /** Rounded down to tens. */
  peopleAtLeast: z.int(),
  computedMs: z.int(),
  days: z.int(),
  mean: z.strictObject(totals),
});
export type Fleet = z.infer<typeof fleet>;

export const summary = z.strictObject({ own: own, fleet: fleet.nullable() });
export type Summary = z.infer<typeof summary>;
