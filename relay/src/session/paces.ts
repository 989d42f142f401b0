/** How fast those who are connected go on: each key has one bucket on this copy, whoever shares it, which outlives their connections. */
import type { Clock } from '@leanvibe/core/ports/clock';

export interface Rate {
  readonly perMinute: number;
  /** What may come at once after a rest. */
  readonly room: number;
}

/** One connection's turn at a bucket. */
export interface Pace {
  /** Resolves with true when so many may go on, in the order they came; with false once it was stopped. */
  take(count: number): Promise<boolean>;
  /** How many wait here. */
  waiting(): number;
  /** Whoever waits here goes, and leaves to others what they would have taken. */
  stop(): void;
}

export interface Paces {
  of(key: string, rate: Rate): Pace;
}

/** Full buckets nobody is at are forgotten when there are so many, and then twice as many as were left. */
const SWEEP_MIN = 1_024;

interface Bucket {
  left: number;
  atMs: number;
  users: number;
  rate: Rate;
}

export function createPaces(clock: Clock): Paces {
  const buckets = new Map<string, Bucket>();
  let sweepAt = SWEEP_MIN;

  const fill = (bucket: Bucket): void => {
    const now = clock.nowMs();
    const { perMinute, room } = bucket.rate;
    bucket.left = Math.min(room, bucket.left + (Math.max(0, now - bucket.atMs) * perMinute) / 60_000);
    bucket.atMs = now;
  };
  const sweep = (): void => {
    for (const [key, bucket] of buckets) {
      fill(bucket);
      if (bucket.users === 0 && bucket.left >= bucket.rate.room) buckets.delete(key);
    }
    sweepAt = Math.max(SWEEP_MIN, 2 * buckets.size);
  };
  return {
    of(key, rate) {
      if (buckets.size >= sweepAt) sweep();
      const bucket = buckets.get(key) ?? { left: rate.room, atMs: clock.nowMs(), users: 0, rate };
      buckets.set(key, bucket);
      bucket.rate = rate; // of the tier as it is now
      bucket.users++;
      return paceAt(clock, bucket, () => fill(bucket));
    },
  };
}

function paceAt(clock: Clock, bucket: Bucket, fill: () => void): Pace {
  const leaving = new Set<() => void>();
  let stopped = false;
  return {
    take(count) {
      if (stopped) return Promise.resolve(false);
      fill();
      bucket.left -= count;
      if (bucket.left >= 0) return Promise.resolve(true);
      // What is owed when one comes is how long it waits: nobody overtakes.
      return new Promise((resolve) => {
        const cancel = clock.after(Math.ceil((-bucket.left * 60_000) / bucket.rate.perMinute), () => {
          leaving.delete(leave);
          resolve(true);
        });
        const leave = (): void => {
          cancel();
          bucket.left += count;
          resolve(false);
        };
        leaving.add(leave);
      });
    },
    waiting: () => leaving.size,
    stop() {
      if (stopped) return;
      stopped = true;
      bucket.users--;
      for (const leave of leaving) leave();
      leaving.clear();
    },
  };
}
