/** What the relay says of how it is: to probes, to load balancers, and to anybody who opens its status page. */
import { z } from 'zod';

export const live = z.strictObject({ status: z.literal('live') }).meta({ id: 'Live' });

export const finding = z
  .strictObject({
    dependency: z.enum(['database', 'bus', 'disk', 'memory']),
    /** Without it the copy is not ready. */
    needed: z.boolean(),
    ok: z.boolean(),
    detail: z.string(),
    tookMs: z.number().min(0),
  })
  .meta({ id: 'Finding' });

export const readiness = z
  .strictObject({
    status: z.enum(['ready', 'degraded', 'not-ready']),
    /** Why it is not ready or degraded; empty when all is well. */
    reasons: z.array(z.string()),
    draining: z.boolean(),
  })
  .meta({ id: 'Readiness' });

export const health = z
  .strictObject({
    ...readiness.shape,
    version: z.string(),
    uptimeSeconds: z.int().min(0),
    checks: z.array(finding),
  })
  .meta({ id: 'Health' });

export const partState = z.enum(['working', 'slow', 'down']);

export const status = z
  .strictObject({
    overall: partState,
    parts: z.array(z.strictObject({ name: z.string(), state: partState, words: z.string() })),
    /** ISO 8601. */
    at: z.string(),
  })
  .meta({ id: 'Status' });

export type Finding = Readonly<z.infer<typeof finding>>;
export type Readiness = Readonly<z.infer<typeof readiness>>;
export type HealthView = Readonly<z.infer<typeof health>>;
export type PartState = z.infer<typeof partState>;
export type Status = Readonly<z.infer<typeof status>>;
