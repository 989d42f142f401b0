/** What accounts have stored, asked of the database seldom and kept between by counting, and how fast their devices go on. */
import type { Clock } from '@leanvibe/core/ports/clock';
import type { Caller, Quota } from '../ports/caller.js';
import type { MailboxStore } from '../ports/mailbox-store.js';
import { createPaces, type Pace, type Rate } from './paces.js';

export interface Meter {
  /** Bytes the account's mailboxes take, at most a few seconds old but for other copies. */
  bytes(account: string): Promise<number>;
  added(account: string, bytes: number): void;
  /** For one connection of this device, until all three are stopped. */
  paces(caller: Caller): CallerPaces;
}

export interface CallerPaces {
  /** Entries appended, by a device. */
  readonly appends: Pace;
  /** Mailboxes opened, by a device. */
  readonly opens: Pace;
  /** What leaves a row in the audit trail or among the keys of a mailbox, by an account. */
  readonly acts: Pace;
}

const FRESH_MS = 5_000;
const ACCOUNTS_MAX = 10_000;
/** Everything a connection may hold open, twice in a row. */
const OPENS: Rate = { perMinute: 1_200, room: 2 * 4_096 };

/** Ten seconds' worth of entries pass at once; a flood waits unacknowledged. */
function appendRate({ appendsPerMinute: perMinute }: Quota): Rate {
  return { perMinute, room: Math.max(perMinute / 6, 1_024) };
}

/** New keys for every mailbox of the account pass at once. */
function actRate({ mailboxes }: Quota): Rate {
  return { perMinute: Math.max(30, mailboxes / 10), room: 256 + mailboxes };
}

export function createMeter(clock: Clock, store: MailboxStore): Meter {
  const paces = createPaces(clock);
  const known = new Map<string, { atMs: number; bytes: number }>();
  return {
    async bytes(account) {
      const now = clock.nowMs();
      const before = known.get(account);
      if (before !== undefined && Math.abs(now - before.atMs) < FRESH_MS) return before.bytes;
      const { bytes } = await store.usage(account);
      if (known.size >= ACCOUNTS_MAX) known.clear();
      known.set(account, { atMs: now, bytes });
      return bytes;
    },
    added(account, bytes) {
      const one = known.get(account);
      if (one !== undefined) one.bytes += bytes;
    },
    paces: ({ account, device, quota }) => ({
      appends: paces.of(`append ${device}`, appendRate(quota)),
      opens: paces.of(`open ${device}`, OPENS),
      acts: paces.of(`act ${account}`, actRate(quota)),
    }),
  };
}
