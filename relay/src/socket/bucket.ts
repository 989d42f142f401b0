/** So many at once, and so many a second after that. */
import type { Clock } from '@leanvibe/core/ports/clock';

export interface Bucket {
  /** False once more were taken than there were. */
  take(count: number): boolean;
}

export function createBucket(clock: Clock, room: number, perSecond: number): Bucket {
  let left = room;
  let atMs = clock.nowMs();
  return {
    take(count) {
      const now = clock.nowMs();
      left = Math.min(room, left + (Math.max(0, now - atMs) * perSecond) / 1_000) - count;
      atMs = now;
      return left >= 0;
    },
  };
}
