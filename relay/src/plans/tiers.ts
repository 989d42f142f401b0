/** Every tier and what it allows, in one table; a tier is quotas and nothing else. */
import type { Plan, Tier } from '@leanvibe/protocol/http/plans';
import { tier as tierWord } from '@leanvibe/protocol/http/plans';
import type { Quota } from '../ports/caller.js';

const GB = 1_000_000_000;

const TIERS: Readonly<Record<Tier, Omit<Plan, 'tier'>>> = {
  free: { mailboxes: 20, bytes: GB, devices: 10, appendsPerMinute: 600 },
  team: { mailboxes: 500, bytes: 50 * GB, devices: 100, appendsPerMinute: 3_000 },
  enterprise: { mailboxes: 10_000, bytes: 1_000 * GB, devices: 5_000, appendsPerMinute: 12_000 },
};

/** Tiers from the smallest up. */
export const PLANS: readonly Plan[] = tierWord.options.map((tier) => ({ tier, ...TIERS[tier] }));

/** What an account of this tier may use; a word that is no tier allows what `free` does. */
export function quotaOf(tier: string): Quota {
  const known = tierWord.safeParse(tier);
  const name = known.success ? known.data : 'free';
  return { tier: name, ...TIERS[name] };
}
