/** Reads an account's own trail, and lets go of what is too old. */
import type { ClockDep } from '@leanvibe/core/ports/clock';
import type { DatabaseDep } from '../db/database.js';
import type { Place } from '../http/cursor.js';
import type { AuditTable } from './tables.js';

export const AUDIT_KEPT_MS = 365 * 86_400_000;

/** The newest first; at most `limit` before `before`. */
export async function listAudit({ db }: DatabaseDep, account: string, before: Place | null, limit: number): Promise<readonly AuditTable[]> {
  let rows = db.sql.selectFrom('audit').selectAll().where('account', '=', account);
  if (before !== null)
    rows = rows.where((eb) => eb.or([eb('atMs', '<', before.ms), eb.and([eb('atMs', '=', before.ms), eb('audit', '<', before.id)])]));
  return rows.orderBy('atMs', 'desc').orderBy('audit', 'desc').limit(limit).execute();
}

export async function sweepAudit({ db, clock }: DatabaseDep & ClockDep): Promise<number> {
  const gone = await db.sql
    .deleteFrom('audit')
    .where('atMs', '<', clock.nowMs() - AUDIT_KEPT_MS)
    .executeTakeFirst();
  return Number(gone.numDeletedRows);
}
