/** Token buckets by key: how much one host may make us do, with a bounded table of hosts. */
import type { ClockDep } from '@leanvibe/core/ports/clock';

export interface Buckets {
  /** True when `key` still has a token, which is then spent. */
  take(key: string): boolean;
}

export interface BucketLimits {
  readonly perSecond: number;
  readonly burst: number;
  /** Keys remembered; the one used longest ago is forgotten first and starts full again. */
  readonly keysMax: number;
}

export function createBuckets({ clock }: ClockDep, { perSecond, burst, keysMax }: BucketLimits): Buckets {
  const byKey = new Map<string, { tokens: number; atMs: number }>();
  return {
    take: (key) => {
      const nowMs = clock.nowMs();
      const held = byKey.get(key) ?? { tokens: burst, atMs: nowMs };
      // The clock may jump back; a negative span must not take tokens away.
      const tokens = Math.min(burst, held.tokens + (Math.max(0, nowMs - held.atMs) / 1000) * perSecond);
      byKey.delete(key);
      byKey.set(key, { tokens: tokens >= 1 ? tokens - 1 : tokens, atMs: nowMs });
      const oldest = byKey.keys().next();
      if (byKey.size > keysMax && oldest.done !== true) byKey.delete(oldest.value);
      return tokens >= 1;
    },
  };
}
