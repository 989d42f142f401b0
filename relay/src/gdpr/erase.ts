/** The end of an account: thirty days in which it can come back, then nothing of it but a receipt. */
import type { ClockDep } from '@leanvibe/core/ports/clock';
import type { LoggerDep } from '@leanvibe/core/ports/logger';
import type { RandomDep } from '@leanvibe/core/ports/random';
import { newUuid } from '../accounts/secrets.js';
import type { DatabaseDep, Session } from '../db/database.js';
import { transact } from '../db/transact.js';
import type { AuditDep } from '../ports/audit.js';
import type { Eraser } from './rooms.js';

export const DELETED_KEPT_MS = 30 * 86_400_000;

export type EraseDeps = DatabaseDep & ClockDep & RandomDep;

/** Answers the receipt. Deleting what is deleted already answers the same again. */
export async function markDeleted(
  { db, clock, random }: EraseDeps,
  account: string,
): Promise<{ readonly receipt: string; readonly deletedMs: number }> {
  await db.sql
    .updateTable('account')
    .set({ deletedMs: clock.nowMs(), receipt: newUuid(random) })
    .where('account', '=', account)
    .where('deletedMs', 'is', null)
    .execute();
  const row = await db.sql.selectFrom('account').select(['receipt', 'deletedMs']).where('account', '=', account).executeTakeFirstOrThrow();
  return { receipt: row.receipt ?? '', deletedMs: row.deletedMs ?? 0 };
}

/** False when it was not deleted, or is gone. */
export async function restoreAccount({ db }: DatabaseDep, account: string): Promise<boolean> {
  const back = await db.sql
    .updateTable('account')
    .set({ deletedMs: null, receipt: null })
    .where('account', '=', account)
    .where('deletedMs', 'is not', null)
    .executeTakeFirst();
  return Number(back.numUpdatedRows) === 1;
}

/** One transaction for each account whose thirty days are over; answers the addresses of those that went. What fails is logged and tried at the next call. */
export async function eraseExpired(deps: EraseDeps & LoggerDep & AuditDep, erasers: readonly Eraser[]): Promise<readonly string[]> {
  const { db, clock, logger, audit } = deps;
  const before = clock.nowMs() - DELETED_KEPT_MS;
  // What is still being written of it would come after its end.
  await audit.flush();
  const due = await db.sql.selectFrom('account').select('account').where('deletedMs', '<=', before).execute();
  const gone: string[] = [];
  for (const { account } of due) {
    try {
      const email = await transact(db, deps, (sql) => erase(deps, sql, account, before, erasers));
      if (email !== null) gone.push(email);
    } catch (error) {
      logger.log('error', 'erase-failed', { why: error instanceof Error ? error.name : 'unknown' });
    }
  }
  return gone;
}

async function erase(
  { clock }: ClockDep,
  sql: Session,
  account: string,
  before: number,
  erasers: readonly Eraser[],
): Promise<string | null> {
  // The row goes first: whoever restores the account now either came before this, or finds nothing.
  const row = await sql
    .deleteFrom('account')
    .where('account', '=', account)
    .where('deletedMs', '<=', before)
    .returning(['receipt', 'email'])
    .executeTakeFirst();
  if (row === undefined) return null;
  const pending = await sql.deleteFrom('pending').where('email', '=', row.email).executeTakeFirst();
  const rows: Record<string, number> = { account: 1 + Number(pending.numDeletedRows) };
  for (const { room, erase: eraseRoom } of erasers) rows[room] = (rows[room] ?? 0) + (await eraseRoom(sql, account));
  if (row.receipt !== null)
    await sql
      .insertInto('receipt')
      .values({ receipt: row.receipt, erasedMs: clock.nowMs(), rows: JSON.stringify(rows) })
      .execute();
  return row.email;
}
