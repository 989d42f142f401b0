/** Moves an account between tiers when the payment service says so: each event once, none out of order, no customer kept. */
import type { ClockDep } from '@leanvibe/core/ports/clock';
import type { RandomDep } from '@leanvibe/core/ports/random';
import { tier as tierWord, type BillingEvent, type Tier } from '@leanvibe/protocol/http/plans';
import { createHash } from 'node:crypto';
import type { DatabaseDep, Session } from '../db/database.js';
import { transact } from '../db/transact.js';
import type { AccountPlanTable } from './tables.js';

/** Payment services send an event again for three days. */
const EVENT_KEPT_MS = 30 * 86_400_000;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export interface TierChange {
  readonly account: string;
  readonly tier: Tier;
  /** SHA-256 of the subscription's id, hex. */
  readonly subscription: string;
  readonly eventMs: number;
  /** The subscription ended, or is not paid. */
  readonly ends: boolean;
}

/** Subscriptions in these states are paid for, or are about to be asked for again. */
const PAID: ReadonlySet<string> = new Set(['active', 'trialing', 'past_due']);

/**
 * What an event says about a tier, from the metadata `account` (UUID) and `tier` that the checkout put on the subscription; null for events about
 * anything else, and for metadata that name no account or no tier.
 */
export function tierChangeOf(event: BillingEvent): TierChange | null {
  if (!/^customer\.subscription\.(created|updated|resumed|paused|deleted)$/.test(event.type)) return null;
  const { id, object, status, metadata } = event.data.object;
  const [account, tier] = [metadata?.['account'] ?? '', tierWord.safeParse(metadata?.['tier'])];
  if (object !== 'subscription' || !UUID.test(account) || !tier.success) return null;
  const ends = event.type.endsWith('.deleted') || !PAID.has(status ?? '');
  const subscription = createHash('sha256').update(id).digest('hex');
  return { account, tier: ends ? 'free' : tier.data, subscription, eventMs: event.created * 1000, ends };
}

export type Applied = 'applied' | 'seen' | 'not-about-a-tier' | 'older' | 'other-subscription' | 'no-such-account';

export interface BillingDeps extends DatabaseDep, ClockDep, RandomDep {
  /** Writes the tier into the account's record; false when there is no such account. */
  readonly setTier: (session: Session, account: string, tier: Tier) => Promise<boolean>;
}

/** Applies an event whose signature was checked. */
export async function applyBilling(deps: BillingDeps, event: BillingEvent): Promise<Applied> {
  const nowMs = deps.clock.nowMs();
  let before: Applied = 'seen';
  return transact(deps.db, deps, async (session) => {
    const [fresh] = await session
      .insertInto('billingEvent')
      .values({ event: event.id, receivedMs: nowMs })
      .onConflict((conflict) => conflict.column('event').doNothing())
      .returning('event')
      .execute();
    // Done over after its answer was lost, it has seen its own event.
    if (fresh === undefined) return before;
    await session
      .deleteFrom('billingEvent')
      .where('receivedMs', '<', nowMs - EVENT_KEPT_MS)
      .execute();
    const change = tierChangeOf(event);
    before = change === null ? 'not-about-a-tier' : await move(deps, session, change);
    return before;
  });
}

/** Events come in any order: the row is held while it is compared. */
async function move(deps: BillingDeps, session: Session, change: TierChange): Promise<Applied> {
  const { account, tier, subscription, eventMs } = change;
  const held = await session
    .insertInto('accountPlan')
    .values({ account, tier: 'free', subscription: '', eventMs: 0 })
    .onConflict((conflict) => conflict.column('account').doUpdateSet((eb) => ({ eventMs: eb.ref('accountPlan.eventMs') })))
    .returningAll()
    .executeTakeFirstOrThrow();
  const stands = stillStands(held, change);
  if (stands !== null) return stands;
  if (!(await deps.setTier(session, account, tier))) {
    await session.deleteFrom('accountPlan').where('account', '=', account).execute();
    return 'no-such-account';
  }
  await session.updateTable('accountPlan').set({ tier, subscription, eventMs }).where('account', '=', account).execute();
  return 'applied';
}

/** Why what is held stands; null when the change moves it. An end that comes before its beginning is kept too, so that the late beginning is older. */
function stillStands(held: AccountPlanTable, change: TierChange): Applied | null {
  const older = change.eventMs < held.eventMs;
  if (held.subscription === change.subscription) return older ? 'older' : null;
  if (held.subscription === '') return null;
  // A subscription that was replaced ends after its successor began: its end says nothing about the account.
  if (change.ends) return 'other-subscription';
  return older && held.tier !== 'free' ? 'older' : null;
}

/** The tier bought last, for the account's export; null when nothing was. */
export async function exportPlan(session: Session, account: string): Promise<AccountPlanTable | null> {
  return (await session.selectFrom('accountPlan').selectAll().where('account', '=', account).executeTakeFirst()) ?? null;
}

/** Answers how many rows went. Events applied are kept by their own ids, which name nobody. */
export async function erasePlan(session: Session, account: string): Promise<number> {
  return Number((await session.deleteFrom('accountPlan').where('account', '=', account).executeTakeFirst()).numDeletedRows);
}
