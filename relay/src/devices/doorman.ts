/** Admits devices by their tokens. What it admitted it remembers for some seconds, and forgets at once what it hears was revoked. */
import type { ClockDep } from '@leanvibe/core/ports/clock';
import type { DatabaseDep } from '../db/database.js';
import type { BusDep } from '../ports/bus.js';
import type { Caller, Doorman, Quota } from '../ports/caller.js';
import { tokenHash } from '../accounts/secrets.js';

export const DEVICE_PREFIX = 'lvd';
/** How long a revocation may go unheard when a hint was lost. */
const REMEMBER_MS = 5_000;
const REMEMBERED_MAX = 50_000;

export interface DoormanDeps extends DatabaseDep, BusDep, ClockDep {
  readonly quotaOf: (tier: string) => Quota;
}

export interface KeepingDoorman extends Doorman {
  /** To be called after a revocation was committed by this very process, which does not hear its own hints. */
  forget(account: string, device: string | null): void;
  close(): void;
}

export function createDoorman({ db, bus, clock, quotaOf }: DoormanDeps): KeepingDoorman {
  const remembered = new Map<string, { readonly caller: Caller; readonly readMs: number }>();
  // Goes up with each revocation: what was read before it may not be remembered after it.
  let revocations = 0;
  const forget = (account: string, device: string | null): void => {
    revocations++;
    for (const [hash, { caller }] of remembered) {
      if (caller.account === account && (device === null || caller.device === device)) remembered.delete(hash);
    }
  };
  const unsubscribe = bus.subscribe((hint) => {
    if (hint.type === 'revoked') forget(hint.account, hint.device);
  });
  return {
    async admit(deviceToken) {
      // Looked up by its hash: how far a wrong token agrees with a right one shows nowhere.
      const hash = tokenHash(deviceToken);
      const known = remembered.get(hash);
      const nowMs = clock.nowMs();
      if (known !== undefined && Math.abs(nowMs - known.readMs) < REMEMBER_MS && bus.connected()) return known.caller;
      remembered.delete(hash);
      const before = revocations;
      const row = await db.sql
        .selectFrom('device')
        .innerJoin('account', 'account.account', 'device.account')
        .select(['device.account', 'device.device', 'device.kind', 'account.tier'])
        .where('device.tokenHash', '=', hash)
        .where('device.revokedMs', 'is', null)
        .where('account.deletedMs', 'is', null)
        .where('account.lockedMs', 'is', null)
        .executeTakeFirst();
      if (row === undefined) return null;
      const caller: Caller = { account: row.account, device: row.device, kind: row.kind, quota: quotaOf(row.tier) };
      if (before === revocations && remembered.size < REMEMBERED_MAX) remembered.set(hash, { caller, readMs: nowMs });
      else if (remembered.size >= REMEMBERED_MAX) remembered.clear();
      return caller;
    },
    async quota(account) {
      const row = await db.sql
        .selectFrom('account')
        .select('tier')
        .where('account', '=', account)
        .where('deletedMs', 'is', null)
        .where('lockedMs', 'is', null)
        .executeTakeFirst();
      return row === undefined ? null : quotaOf(row.tier);
    },
    forget,
    close: unsubscribe,
  };
}
