/** What accounts have stored and how fast devices append: asked of the database seldom, kept between by counting. */
import type { Clock } from '@leanvibe/core/ports/clock';
import type { MailboxStore } from '../ports/mailbox-store.js';

export interface Meter {
  /** Bytes the account's mailboxes take, at most a few seconds old but for other copies. */
  bytes(account: string): Promise<number>;
  added(account: string, bytes: number): void;
  mailboxes(account: string): Promise<number>;
}

const FRESH_MS = 5_000;
const ACCOUNTS_MAX = 10_000;

export function createMeter(clock: Clock, store: MailboxStore): Meter {
  const known = new Map<string, { atMs: number; bytes: number }>();
  return {
    async bytes(account) {
      const now = clock.nowMs();
      const before = known.get(account);
      if (before !== undefined && now - before.atMs < FRESH_MS) return before.bytes;
      const { bytes } = await store.usage(account);
      if (known.size >= ACCOUNTS_MAX) known.clear();
      known.set(account, { atMs: now, bytes });
      return bytes;
    },
    added(account, bytes) {
      const one = known.get(account);
      if (one !== undefined) one.bytes += bytes;
    },
    mailboxes: async (account) => (await store.usage(account)).mailboxes,
  };
}

export interface Pace {
  /** Resolves when so many may go on; in order. */
  take(count: number): Promise<void>;
}

/** A bucket that holds ten seconds' worth: bursts pass, a flood waits unacknowledged. */
export function createPace(clock: Clock, perMinute: number): Pace {
  const perMs = perMinute / 60_000;
  const room = Math.max(perMs * 10_000, 1_024);
  let left = room;
  let atMs = clock.nowMs();
  let line: Promise<void> = Promise.resolve();
  const pay = async (count: number): Promise<void> => {
    const now = clock.nowMs();
    left = Math.min(room, left + Math.max(0, now - atMs) * perMs) - count;
    atMs = now;
    if (left < 0) await new Promise<void>((resolve) => clock.after(Math.ceil(-left / perMs), resolve));
  };
  return {
    take(count) {
      line = line.then(() => pay(count));
      return line;
    },
  };
}
