/** Rates by kind and key: one fixed window each, counted in Redis where copies share it, else in this process. */
import type { LoggerDep } from '@leanvibe/core/ports/logger';
import { Redis } from 'ioredis';
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import type { Allowance, Limiter, LimitKind } from '../ports/limiter.js';

export interface LimiterDeps extends LoggerDep {
  /** Called each time Redis was asked in vain, and this process's own count was taken. */
  readonly alone?: (kind: string) => void;
}

export interface LimiterOptions {
  readonly kinds: readonly LimitKind[];
  /** `redis://…`, `rediss://…` or the path of a socket; absent: each process counts for itself. */
  readonly redisUrl?: string;
  /** Before every key in Redis; default `leanvibe`. */
  readonly prefix?: string;
}

interface Counter {
  consume(key: string, points: number): Promise<RateLimiterRes>;
  delete(key: string): Promise<boolean>;
}

interface Kind extends LimitKind {
  readonly own: Counter;
  readonly shared: Counter | null;
}

/** An answer later than this is no answer: a request waits for it. */
const ANSWER_MS_MAX = 500;
const RECONNECT_MS_MAX = 2_000;

/** Windows are whole seconds in Redis; shorter ones are refused as a mistake of the program. */
export function createLimiter({ kinds, redisUrl, prefix = 'leanvibe' }: LimiterOptions, deps: LimiterDeps): Limiter {
  const redis = redisUrl === undefined ? null : connect(redisUrl, deps);
  const byName = new Map(kinds.map((kind) => [kind.kind, kindOf(kind, redis, prefix)]));
  let alone = false;

  function named(kind: string): Kind {
    const found = byName.get(kind);
    if (found === undefined) throw new Error(`impossible: no rate is set for ${kind}`);
    return found;
  }

  /** Asks Redis, and this process when Redis does not answer. */
  async function ask<T>(kind: Kind, question: (counter: Counter) => Promise<T>): Promise<T> {
    if (kind.shared === null) return await question(kind.own);
    try {
      const answer = await question(kind.shared);
      alone = false;
      return answer;
    } catch (error) {
      if (error instanceof RateLimiterRes) throw error;
      deps.alone?.(kind.kind);
      if (!alone) deps.logger.log('warn', 'limiter-alone', { kind: kind.kind });
      alone = true; // said once a time, counted each time
      return await question(kind.own);
    }
  }

  return {
    async take(name, key, points = 1) {
      const kind = named(name);
      try {
        return allowance(kind, true, await ask(kind, (counter) => counter.consume(key, points)));
      } catch (error) {
        if (error instanceof RateLimiterRes) return allowance(kind, false, error);
        throw error;
      }
    },
    async forgive(name, key) {
      const kind = named(name);
      await ask(kind, (counter) => counter.delete(key));
      if (kind.shared !== null) await kind.own.delete(key);
    },
    close() {
      redis?.disconnect();
      return Promise.resolve();
    },
  };
}

function kindOf(kind: LimitKind, redis: Redis | null, prefix: string): Kind {
  if (kind.perMs < 1_000 || kind.perMs % 1_000 !== 0) throw new Error(`the window of ${kind.kind} is no whole seconds: ${kind.perMs} ms`);
  const rate = { points: kind.points, duration: kind.perMs / 1_000, keyPrefix: `${prefix}:rate:${kind.kind}` };
  const shared = redis === null ? null : new RateLimiterRedis({ ...rate, storeClient: redis, rejectIfRedisNotReady: true });
  return { ...kind, own: new RateLimiterMemory(rate), shared };
}

function allowance({ points }: LimitKind, ok: boolean, { remainingPoints, msBeforeNext }: RateLimiterRes): Allowance {
  return { ok, remaining: remainingPoints, resetMs: Math.max(0, msBeforeNext), limit: points };
}

function connect(url: string, { logger }: LimiterDeps): Redis {
  const redis = new Redis(url, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    connectTimeout: 5_000,
    commandTimeout: ANSWER_MS_MAX,
    retryStrategy: (times) => Math.min(RECONNECT_MS_MAX, 50 * 2 ** Math.min(times, 6)),
  });
  redis.on('error', (error: Error) => logger.log('debug', 'limiter-line-error', { error: error.name }));
  return redis;
}
