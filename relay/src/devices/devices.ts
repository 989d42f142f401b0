/** Pairing, naming and revoking devices. */
import type { ClockDep } from '@leanvibe/core/ports/clock';
import type { RandomDep } from '@leanvibe/core/ports/random';
import type { Device, DeviceKind, Paired } from '@leanvibe/protocol/http/devices';
import { newToken, newUuid, tokenHash } from '../accounts/secrets.js';
import type { DatabaseDep, Session } from '../db/database.js';
import { transact } from '../db/transact.js';
import { Refusal } from '../http/problem.js';
import type { Place } from '../http/cursor.js';
import type { Quota } from '../ports/caller.js';
import { DEVICE_PREFIX } from './doorman.js';
import type { DeviceTable } from './tables.js';

export interface DeviceDeps extends DatabaseDep, ClockDep, RandomDep {
  readonly quotaOf: (tier: string) => Quota;
}

export interface NewDevice {
  readonly account: string;
  readonly kind: DeviceKind;
  readonly label: string;
  readonly publicKey: string | null;
  readonly pairedBy: string | null;
  /** The sign-in it is paired with; null: it is paired by a device. */
  readonly session: string | null;
}

/** Throws `quota-reached`, and `forbidden` when the account, the sign-in or the pairing device has just gone. */
export async function pairDevice(deps: DeviceDeps, { account, kind, label, publicKey, pairedBy, session }: NewDevice): Promise<Paired> {
  const { db, clock, random, quotaOf } = deps;
  const token = newToken(random, DEVICE_PREFIX);
  const row: DeviceTable = {
    device: newUuid(random),
    account,
    kind,
    label,
    tokenHash: tokenHash(token),
    publicKey,
    madeMs: clock.nowMs(),
    revokedMs: null,
    pairedBy,
  };
  await transact(db, deps, async (sql) => {
    // Others who pair for it wait, so that the count below stays true; who revokes does, so that nothing is paired behind that.
    const held = await holdAccount(sql, account);
    // Done over after its answer was lost: it is there.
    if (await isLive(sql, account, row.device)) return;
    const byWhom = (pairedBy === null || (await isLive(sql, account, pairedBy))) && (session === null || (await isSignedIn(sql, session)));
    if (held === undefined || held.deletedMs !== null || !byWhom) throw new Refusal('forbidden', 'this account, sign-in or device is gone');
    const { devices } = await sql
      .selectFrom('device')
      .select((eb) => eb.fn.countAll<number | string>().as('devices'))
      .where('account', '=', account)
      .where('revokedMs', 'is', null)
      .executeTakeFirstOrThrow();
    const quota = quotaOf(held.tier);
    if (Number(devices) >= quota.devices)
      throw new Refusal('quota-reached', `this account has its ${quota.devices} devices; revoke one, or change the plan`);
    await sql.insertInto('device').values(row).execute();
  });
  return { device: shown(row), token };
}

/** Holds the account's row until the transaction ends. */
async function holdAccount(
  sql: Session,
  account: string,
): Promise<{ readonly tier: string; readonly deletedMs: number | null } | undefined> {
  return await sql
    .updateTable('account')
    .set((eb) => ({ tier: eb.ref('tier') }))
    .where('account', '=', account)
    .returning(['tier', 'deletedMs'])
    .executeTakeFirst();
}

async function isSignedIn(sql: Session, session: string): Promise<boolean> {
  const row = await sql
    .selectFrom('session')
    .select('session')
    .where('session', '=', session)
    .where('endedMs', 'is', null)
    .executeTakeFirst();
  return row !== undefined;
}

async function isLive(sql: Session, account: string, device: string): Promise<boolean> {
  const row = await sql
    .selectFrom('device')
    .select('device')
    .where('device', '=', device)
    .where('account', '=', account)
    .where('revokedMs', 'is', null)
    .executeTakeFirst();
  return row !== undefined;
}

/** Live ones, the oldest first; at most `limit` after `after`. */
export async function listDevices(
  { db }: DatabaseDep,
  account: string,
  after: Place | null,
  limit: number,
): Promise<readonly DeviceTable[]> {
  let rows = db.sql.selectFrom('device').selectAll().where('account', '=', account).where('revokedMs', 'is', null);
  if (after !== null)
    rows = rows.where((eb) => eb.or([eb('madeMs', '>', after.ms), eb.and([eb('madeMs', '=', after.ms), eb('device', '>', after.id)])]));
  return rows.orderBy('madeMs').orderBy('device').limit(limit).execute();
}

/** Null when the account has no such device. */
export async function renameDevice({ db }: DatabaseDep, account: string, device: string, label: string): Promise<Device | null> {
  const row = await db.sql
    .updateTable('device')
    .set({ label })
    .where('account', '=', account)
    .where('device', '=', device)
    .where('revokedMs', 'is', null)
    .returningAll()
    .executeTakeFirst();
  return row === undefined ? null : shown(row);
}

/**
 * Answers the devices revoked, none when the account has no such device. Whoever stole a device's token may have paired more with it, so those it
 * paired, and those they paired, go with it unless `keepPaired`.
 */
export async function revokeDevice(
  deps: DatabaseDep & ClockDep & RandomDep,
  account: string,
  device: string,
  keepPaired: boolean,
): Promise<readonly string[]> {
  // Of all tries: after a lost answer the next one finds nothing left to revoke, and these are to be told all the same.
  const revoked = new Set<string>();
  await transact(deps.db, deps, async (sql) => {
    await holdAccount(sql, account);
    for (let ids = [device]; ids.length > 0; ) {
      const gone = await sql
        .updateTable('device')
        .set({ revokedMs: deps.clock.nowMs() })
        .where('account', '=', account)
        .where('device', 'in', ids)
        .where('revokedMs', 'is', null)
        .returning('device')
        .execute();
      for (const row of gone) revoked.add(row.device);
      const next = keepPaired
        ? []
        : await sql
            .selectFrom('device')
            .select('device')
            .where('account', '=', account)
            .where('pairedBy', 'in', ids)
            .where('revokedMs', 'is', null)
            .execute();
      ids = next.map((row) => row.device);
    }
  });
  return [...revoked];
}

export async function revokeAllDevices(deps: DatabaseDep & ClockDep & RandomDep, account: string): Promise<void> {
  await transact(deps.db, deps, async (sql) => {
    await holdAccount(sql, account);
    const all = sql.updateTable('device').set({ revokedMs: deps.clock.nowMs() });
    await all.where('account', '=', account).where('revokedMs', 'is', null).execute();
  });
}

export function shown({ device, kind, label, madeMs, pairedBy, publicKey }: DeviceTable): Device {
  return { device, kind, label, madeMs, pairedBy, publicKey };
}
