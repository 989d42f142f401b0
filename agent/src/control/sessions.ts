/** Signing a browser in: a key that works once, then a cookie that only reads the status page. */
import { createHash, randomBytes } from 'node:crypto';
import type { ClockDep } from '@leanvibe/core/ports/clock';

export interface Sessions {
  /** A key for one sign-in. */
  key(): { readonly key: string; readonly expiresAtMs: number };
  /** Spends a key; the session's secret, or null when the key is unknown, spent or old. */
  redeem(key: string): string | null;
  holds(session: string): boolean;
}

/** Long enough to come back to a terminal and click. */
const KEY_MS = 15 * 60_000;
const SESSION_MS = 12 * 3_600_000;
const KEYS_MAX = 32;
const SESSIONS_MAX = 64;

/** Kept hashed: a look-up by hash tells nothing of the secret by its time. */
export function createSessions({ clock }: ClockDep): Sessions {
  const keys = new Map<string, number>();
  const sessions = new Map<string, number>();
  const hashed = (secret: string): string => createHash('sha256').update(secret).digest('hex');
  const keep = (table: Map<string, number>, secret: string, untilMs: number, most: number): void => {
    table.set(hashed(secret), untilMs);
    const oldest = table.keys().next();
    if (table.size > most && oldest.done !== true) table.delete(oldest.value);
  };
  const live = (table: Map<string, number>, secret: string): boolean => (table.get(hashed(secret)) ?? 0) > clock.nowMs();
  return {
    key() {
      const key = randomBytes(24).toString('base64url');
      const expiresAtMs = clock.nowMs() + KEY_MS;
      keep(keys, key, expiresAtMs, KEYS_MAX);
      return { key, expiresAtMs };
    },
    redeem(key) {
      const good = live(keys, key);
      keys.delete(hashed(key));
      if (!good) return null;
      const session = randomBytes(32).toString('base64url');
      keep(sessions, session, clock.nowMs() + SESSION_MS, SESSIONS_MAX);
      return session;
    },
    holds: (session) => live(sessions, session),
  };
}
