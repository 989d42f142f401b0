/** Reads an account's own trail, and says how long it is kept. */
import type { DatabaseDep } from '../db/database.js';
import type { MonthlyTable } from '../db/months.js';
import type { Place } from '../http/cursor.js';
import type { AuditTable } from './tables.js';

/** A year is kept, to the hour in which it is looked at. */
export const AUDIT_MONTHS: readonly MonthlyTable[] = [{ table: 'audit', column: 'atMs', keptDays: 365 }];

/** The newest first; at most `limit` before `before`. */
export async function listAudit({ db }: DatabaseDep, account: string, before: Place | null, limit: number): Promise<readonly AuditTable[]> {
  let rows = db.sql.selectFrom('audit').selectAll().where('account', '=', account);
  if (before !== null)
    rows = rows.where((eb) => eb.or([eb('atMs', '<', before.ms), eb.and([eb('atMs', '=', before.ms), eb('audit', '<', before.id)])]));
  return rows.orderBy('atMs', 'desc').orderBy('audit', 'desc').limit(limit).execute();
}
