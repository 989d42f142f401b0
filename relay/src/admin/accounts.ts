/** Accounts and their devices as an operator sees and changes them; passwords and tokens cannot be seen here either. */
import type { Tier } from '@leanvibe/protocol/http/plans';
import { setTier } from '../accounts/others.js';
import type { Sql } from '../db/database.js';
import { revokeDevice } from '../devices/devices.js';
import { markDeleted, restoreAccount } from '../gdpr/erase.js';
import { readUsage } from '../mailbox/mailboxes.js';
import type { Desk } from './desk.js';

export interface AccountRow {
  readonly account: string;
  readonly email: string;
  readonly tier: string;
  readonly madeMs: number;
  readonly lockedMs: number | null;
  readonly deletedMs: number | null;
}

export interface AccountStory extends AccountRow {
  readonly mailboxes: number;
  readonly bytes: number;
}

const COLUMNS = ['account', 'email', 'tier', 'madeMs', 'lockedMs', 'deletedMs'] as const;

/** The newest first. */
export async function listAccounts(sql: Sql, limit: number): Promise<readonly AccountRow[]> {
  return await sql.selectFrom('account').select(COLUMNS).orderBy('madeMs', 'desc').orderBy('account').limit(limit).execute();
}

/** By id or by address; null when there is none. */
export async function findAccount({ db }: Pick<Desk, 'db'>, named: string): Promise<AccountStory | null> {
  const by = named.includes('@') ? 'email' : 'account';
  const row = await db.sql.selectFrom('account').select(COLUMNS).where(by, '=', named.toLowerCase()).executeTakeFirst();
  if (row === undefined) return null;
  const { bytes, mailboxes } = await readUsage(db, row.account);
  return { ...row, mailboxes: Number(mailboxes), bytes: Number(bytes) };
}

/** Sign-ins end; devices keep their tokens, which admit nowhere until it is unlocked. */
export async function lockAccount(desk: Desk, account: string, locked: boolean): Promise<void> {
  const nowMs = desk.clock.nowMs();
  await desk.db.sql
    .updateTable('account')
    .set({ lockedMs: locked ? nowMs : null })
    .where('account', '=', account)
    .execute();
  if (locked) await endSessions(desk, account);
  desk.note(locked ? 'account.lock' : 'account.unlock', account, null);
  if (locked) desk.hint({ type: 'revoked', account, device: null });
}

/** As the person itself would: kept thirty days, then everything goes. Answers the receipt. */
export async function deleteAccount(desk: Desk, account: string): Promise<string> {
  const { receipt } = await markDeleted(desk, account);
  await endSessions(desk, account);
  desk.note('account.delete', account, receipt);
  desk.hint({ type: 'revoked', account, device: null });
  return receipt;
}

export async function undeleteAccount(desk: Desk, account: string): Promise<boolean> {
  const back = await restoreAccount(desk, account);
  if (back) desk.note('account.restore', account, null);
  return back;
}

export async function changeTier(desk: Desk, account: string, tier: Tier): Promise<void> {
  await setTier(desk.db.sql, account, tier);
  desk.note('account.tier', account, tier);
}

async function endSessions({ clock, db }: Desk, account: string): Promise<void> {
  const ended = db.sql.updateTable('session').set({ endedMs: clock.nowMs() });
  await ended.where('account', '=', account).where('endedMs', 'is', null).execute();
}

export interface DeviceRow {
  readonly device: string;
  readonly kind: string;
  readonly label: string;
  readonly madeMs: number;
  readonly revokedMs: number | null;
}

export async function listDevicesOf({ db }: Pick<Desk, 'db'>, account: string): Promise<readonly DeviceRow[]> {
  const columns = ['device', 'kind', 'label', 'madeMs', 'revokedMs'] as const;
  return await db.sql.selectFrom('device').select(columns).where('account', '=', account).orderBy('madeMs').orderBy('device').execute();
}

/** With those it paired; answers all of them, none when there is no such device. */
export async function revokeOne(desk: Desk, device: string): Promise<readonly string[]> {
  const row = await desk.db.sql.selectFrom('device').select('account').where('device', '=', device).executeTakeFirst();
  if (row === undefined) return [];
  const revoked = await revokeDevice(desk, row.account, device, false);
  for (const one of revoked) {
    desk.note('device.revoke', row.account, one);
    desk.hint({ type: 'revoked', account: row.account, device: one });
  }
  return revoked;
}
