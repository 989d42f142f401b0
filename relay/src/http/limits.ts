/** Rates of requests, per address and per account, told to the client as the IETF draft has it (draft-ietf-httpapi-ratelimit-headers-10). */
import type { Allowance, LimitKind, Limiter } from '../ports/limiter.js';
import { Refusal } from './problem.js';
import type { RouteLimit } from './route.js';

const MINUTE_MS = 60_000;

/** For whoever makes the limiter. */
export const HTTP_LIMITS = [
  { kind: 'http-default', points: 100, perMs: MINUTE_MS },
  { kind: 'http-metrics', points: 1_000, perMs: MINUTE_MS },
  { kind: 'http-auth', points: 10, perMs: MINUTE_MS },
] as const satisfies readonly LimitKind[];

/** Takes one and writes the headers of whichever allowance is the tighter one so far; throws `too-many` when there is none left. */
export async function takeRate(limiter: Limiter, limit: RouteLimit, key: string, headers: Headers): Promise<void> {
  if (limit === 'none') return;
  const taken = await limiter.take(`http-${limit}`, key);
  const before = /r=(\d+)/.exec(headers.get('ratelimit') ?? '')?.[1];
  if (before === undefined || taken.remaining < Number(before) || !taken.ok) tell(headers, limit, taken);
  if (taken.ok) return;
  const seconds = Math.max(1, Math.ceil(taken.resetMs / 1_000));
  throw new Refusal('too-many', `try again in ${seconds} s`, { 'retry-after': String(seconds) });
}

function tell(headers: Headers, limit: RouteLimit, { remaining, resetMs, limit: quota }: Allowance): void {
  headers.set('ratelimit-policy', `"${limit}";q=${quota};w=${MINUTE_MS / 1_000}`);
  headers.set('ratelimit', `"${limit}";r=${Math.max(0, remaining)};t=${Math.ceil(resetMs / 1_000)}`);
}
