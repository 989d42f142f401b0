/** An account's tier follows the payment service's events: each once, none out of order, nothing of a customer kept. */
import { billingEvent, type BillingEvent } from '@leanvibe/protocol/http/plans';
import { applyBilling, erasePlan, exportPlan, type Applied } from '@leanvibe/relay/internal/plans/billing';
import { PLANS, quotaOf } from '@leanvibe/relay/internal/plans/tiers';
import { describe, expect, test } from 'vitest';
import { createVirtualClock } from '../../../help/clock.js';
import { openTestDatabases } from '../../../help/relay-db.js';
import { chance } from '../../../help/store-things.js';

const ACCOUNT = '0b9c5a4e-7f0d-4b0a-9f57-0a4f6f3d2c11';
let events = 0;

function eventOf(
  type: string,
  created: number,
  more: { readonly sub?: string; readonly status?: string; readonly metadata?: Record<string, string> } = {},
): BillingEvent {
  const { sub = 'sub_A', status = 'active', metadata = { account: ACCOUNT, tier: 'team' } } = more;
  const object = { id: sub, object: 'subscription', status, metadata, customer: 'cus_Secret' };
  return billingEvent.parse({ id: `evt_${++events}`, type: `customer.subscription.${type}`, created, livemode: false, data: { object } });
}

describe('tiers', () => {
  test('grow in every quota, and a word that is no tier allows what free does', () => {
    expect(PLANS.map(({ tier }) => tier)).toEqual(['free', 'team', 'enterprise']);
    for (const quota of ['mailboxes', 'bytes', 'devices', 'appendsPerMinute'] as const)
      expect(PLANS.map((plan) => plan[quota])).toEqual(PLANS.map((plan) => plan[quota]).toSorted((a, b) => a - b));
    expect(quotaOf('team')).toEqual(PLANS[1]);
    for (const word of ['', 'TEAM', '__proto__', 'constructor']) expect(quotaOf(word)).toEqual(PLANS[0]);
  });
});

for (const databases of openTestDatabases())
  describe(databases.name, () => {
    async function shop() {
      const db = await databases.open();
      const tiers: string[] = [];
      const setTier = (_: unknown, account: string, tier: string): Promise<boolean> => {
        if (account === ACCOUNT) tiers.push(tier);
        return Promise.resolve(account === ACCOUNT);
      };
      const deps = { db, clock: createVirtualClock(), random: chance, setTier };
      const tell = (event: BillingEvent): Promise<Applied> => applyBilling(deps, event);
      return { db, tell, tiers };
    }

    test('a subscription raises the tier, its end takes it back', async () => {
      const { tell, tiers } = await shop();
      expect(await tell(eventOf('created', 100))).toBe('applied');
      expect(await tell(eventOf('updated', 200, { metadata: { account: ACCOUNT, tier: 'enterprise' } }))).toBe('applied');
      expect(await tell(eventOf('updated', 300, { status: 'unpaid' }))).toBe('applied');
      expect(await tell(eventOf('updated', 400))).toBe('applied');
      expect(await tell(eventOf('deleted', 500, { status: 'canceled' }))).toBe('applied');
      expect(tiers).toEqual(['team', 'enterprise', 'free', 'team', 'free']);
    });

    test('the same event is applied once, told ten times at once', async () => {
      const { tell, tiers } = await shop();
      const event = eventOf('created', 100);
      const answers = await Promise.all(Array.from({ length: 10 }, () => tell(event)));
      expect(answers.filter((answer) => answer === 'applied')).toHaveLength(1);
      expect(answers.filter((answer) => answer === 'seen')).toHaveLength(9);
      expect(tiers).toEqual(['team']);
    });

    test('events out of order end where those in order do', async () => {
      const { tell, tiers } = await shop();
      expect(await tell(eventOf('deleted', 500))).toBe('applied');
      expect(await tell(eventOf('created', 100))).toBe('older');
      expect(await tell(eventOf('updated', 300))).toBe('older');
      expect(tiers.at(-1)).toBe('free');
    });

    test('the late end of a subscription that was replaced ends nothing', async () => {
      const { tell, tiers } = await shop();
      await tell(eventOf('created', 100));
      await tell(eventOf('created', 200, { sub: 'sub_B', metadata: { account: ACCOUNT, tier: 'enterprise' } }));
      expect(await tell(eventOf('deleted', 300))).toBe('other-subscription');
      expect(tiers.at(-1)).toBe('enterprise');
    });

    test('what names no account, no tier, or is about something else changes nothing', async () => {
      const { db, tell, tiers } = await shop();
      for (const metadata of [
        {},
        { account: ACCOUNT },
        { tier: 'team' },
        { account: ACCOUNT, tier: 'root' },
        { account: "' or 1=1", tier: 'team' },
      ])
        expect(await tell(eventOf('created', 100, { metadata }))).toBe('not-about-a-tier');
      expect(await tell({ ...eventOf('created', 100), type: 'invoice.paid' })).toBe('not-about-a-tier');
      expect(await tell(eventOf('created', 100, { metadata: { account: ACCOUNT.replace('0', '1'), tier: 'team' } }))).toBe(
        'no-such-account',
      );
      expect(tiers).toEqual([]);
      expect(await db.sql.selectFrom('accountPlan').selectAll().execute()).toEqual([]);
    });

    test('neither customer nor subscription can be read from what is kept; export and erasure know all of it', async () => {
      const { db, tell } = await shop();
      await tell(eventOf('created', 100));
      const kept = JSON.stringify([
        await db.sql.selectFrom('accountPlan').selectAll().execute(),
        await db.sql.selectFrom('billingEvent').selectAll().execute(),
      ]);
      for (const secret of ['cus_', 'sub_']) expect(kept).not.toContain(secret);
      expect(await exportPlan(db.sql, ACCOUNT)).toMatchObject({ tier: 'team', eventMs: 100_000 });
      expect(await erasePlan(db.sql, ACCOUNT)).toBe(1);
      expect(await exportPlan(db.sql, ACCOUNT)).toBeNull();
    });
  });
