/** An account as its owner sees it. */
import type { Account } from '@leanvibe/protocol/http/account';
import type { DatabaseDep } from '../db/database.js';
import type { SignedIn } from '../http/who.js';

export async function showAccount({ db }: DatabaseDep, { account, quota }: SignedIn): Promise<Account> {
  const row = await db.sql.selectFrom('account').selectAll().where('account', '=', account).executeTakeFirstOrThrow();
  const { codes } = await db.sql
    .selectFrom('recoveryCode')
    .select((eb) => eb.fn.countAll<number | string>().as('codes'))
    .where('account', '=', account)
    .executeTakeFirstOrThrow();
  const { email, madeMs, consentMs, deletedMs } = row;
  const { tier, mailboxes, bytes, devices, appendsPerMinute } = quota;
  return {
    account,
    email,
    madeMs,
    tier,
    quota: { mailboxes, bytes, devices, appendsPerMinute },
    mfa: row.totp !== null,
    recoveryCodesLeft: Number(codes),
    consentMs,
    deletedMs,
  };
}
