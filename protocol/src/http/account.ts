/** An account: what is held of it, who did what with it, and its end. */
import { z } from 'zod';
import { code, password } from './auth.js';
import { id, timeMs } from './base.js';

export const account = z
  .strictObject({
    account: id,
    email: z.string(),
    madeMs: timeMs,
    tier: z.string(),
    quota: z.strictObject({ mailboxes: z.int(), bytes: z.int(), devices: z.int(), appendsPerMinute: z.int() }),
    mfa: z.boolean(),
    recoveryCodesLeft: z.int(),
    /** When it was agreed that counters are kept; null: not agreed, and none are taken. */
    consentMs: timeMs.nullable(),
    /** When it was deleted; null: it was not. Thirty days later everything of it goes. */
    deletedMs: timeMs.nullable(),
  })
  .meta({ id: 'Account' });

export type Account = z.infer<typeof account>;

export const consentRequest = z.strictObject({ metrics: z.boolean() });
export const deleteRequest = z.strictObject({ password, code: code.optional() });

/** `receipt` can be asked for at /api/v1/receipts/{receipt} when everything is gone. */
export const deletion = z.strictObject({ receipt: id, deletedMs: timeMs, erasedMs: timeMs });

/** `rows`: how many went, by room. */
export const receipt = z.strictObject({ receipt: id, erasedMs: timeMs, rows: z.record(z.string(), z.int()) });

export const auditEntry = z
  .strictObject({
    id,
    atMs: timeMs,
    act: z.string(),
    device: id.nullable(),
    subject: z.string().nullable(),
    outcome: z.enum(['done', 'refused']),
    /** The same address is the same word; which address it is cannot be told from it. */
    address: z.string().nullable(),
  })
  .meta({ id: 'AuditEntry' });
