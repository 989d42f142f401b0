/** Plans over HTTP, and the payment service's webhook where one is configured. */
import type { LoggerDep } from '@leanvibe/core/ports/logger';
import { billingAnswer, billingEvent, plans } from '@leanvibe/protocol/http/plans';
import { z } from 'zod';
import { Refusal } from '../http/problem.js';
import { defineRoute, type Route } from '../http/route.js';
import type { AuditDep } from '../ports/audit.js';
import { applyBilling, tierChangeOf, type BillingDeps } from './billing.js';
import { checkSignature } from './signature.js';
import { PLANS } from './tiers.js';

export interface PlanRouteDeps extends BillingDeps, LoggerDep, AuditDep {
  /** Signing secrets of the webhook, the present one and, while it is rolled over, the one before; the webhook is not there when empty. */
  readonly billingSecrets: readonly string[];
  readonly count: (reason: string) => void;
}

/** A billing event with everything a payment service expands in it. */
const WEBHOOK_BYTES_MAX = 256 * 1024;

export function planRoutes(deps: PlanRouteDeps): readonly Route[] {
  return [
    defineRoute(
      {
        method: 'get',
        path: '/api/v1/plans',
        tag: 'plans',
        summary: 'Every tier and its quotas',
        auth: 'none',
        limit: 'default',
        answer: { status: 200, schema: plans },
      },
      () => Promise.resolve({ plans: [...PLANS] }),
    ),
    webhook(deps),
  ];
}

function webhook(deps: PlanRouteDeps): Route {
  return defineRoute(
    {
      method: 'post',
      path: '/billing/webhook',
      tag: 'plans',
      summary: 'Events of the payment service; signed, and there only where it is configured',
      auth: 'none',
      limit: 'metrics',
      headers: z.object({ 'stripe-signature': z.string().optional() }),
      body: 'bytes',
      bodyBytesMax: WEBHOOK_BYTES_MAX,
      answer: { status: 200, schema: billingAnswer },
      refusals: ['bad-request', 'not-found'],
    },
    async ({ headers, bytes, address }) => {
      if (deps.billingSecrets.length === 0) throw new Refusal('not-found', 'billing is not configured here');
      const verdict = checkSignature(headers['stripe-signature'] ?? null, bytes, deps.billingSecrets, deps.clock.nowMs());
      if (verdict !== 'ok') {
        deps.count(`billing-signature-${verdict}`);
        deps.logger.log('warn', 'billing-refused', { reason: verdict });
        throw new Refusal('bad-request', 'the signature is not one of ours, or is older than five minutes');
      }
      const event = billingEvent.safeParse(eventOf(bytes));
      if (!event.success) {
        deps.count('billing-event-malformed');
        throw new Refusal('invalid', 'the event has no id, type, time or object');
      }
      const applied = await applyBilling(deps, event.data);
      deps.logger.log('info', 'billing-event', { type: event.data.type, result: applied });
      const change = tierChangeOf(event.data);
      if (applied === 'applied' && change !== null)
        deps.audit.note({ account: change.account, device: null, act: 'plan.change', subject: change.tier, outcome: 'done', address });
      return { received: true, applied: applied === 'applied' } as const;
    },
  );
}

function eventOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as unknown;
  } catch {
    return null;
  }
}
