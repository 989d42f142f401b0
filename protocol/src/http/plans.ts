/** Plans over HTTP: a tier is a set of quotas and nothing else. */
import { z } from 'zod';

export const tier = z.enum(['free', 'team', 'enterprise']);
export type Tier = z.infer<typeof tier>;

export const plan = z.strictObject({
  tier: tier,
  mailboxes: z.int(),
  /** Bytes of entries in mailboxes the account owns. */
  bytes: z.int(),
  devices: z.int(),
  /** Entries a device may append a minute. */
  appendsPerMinute: z.int(),
});
export type Plan = z.infer<typeof plan>;

export const plans = z.strictObject({ plans: z.array(plan) });
export type Plans = z.infer<typeof plans>;

/** A billing event, as much of it as a tier needs; everything else a payment service sends is passed over. */
export const billingEvent = z.object({
  id: z.string().regex(/^[A-Za-z0-9_]{1,255}$/),
  type: z.string().max(100),
  /** Seconds since 1970. */
  created: z.int().min(0),
  data: z.object({
    object: z.object({
      id: z.string().max(255),
      object: z.string().max(100),
      status: z.string().max(100).nullish(),
      subscription: z.string().max(255).nullish(),
      metadata: z.record(z.string().max(100), z.string().max(500)).nullish(),
    }),
  }),
});
export type BillingEvent = z.infer<typeof billingEvent>;

/** `applied` is false for an event seen before, one that is not about a tier, or one older than what was applied. */
export const billingAnswer = z.strictObject({ received: z.literal(true), applied: z.boolean() });
export type BillingAnswer = z.infer<typeof billingAnswer>;
