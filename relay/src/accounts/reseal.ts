/** After the relay's secret was rotated: secrets of authenticators that lie sealed by the former one are sealed anew by the present, so that the former can be forgotten. */
import type { LoggerDep } from '@leanvibe/core/ports/logger';
import type { DatabaseDep } from '../db/database.js';
import type { SecretsDep } from './secrets.js';

export type ResealDeps = DatabaseDep & LoggerDep & SecretsDep;

const PAGE = 200;

/** Afterwards none is left that only the former secret opens, but for what older copies still write. May be called again, and by several copies at once. */
export async function reseal(deps: ResealDeps): Promise<void> {
  let [authenticators, unreadable] = [0, 0];
  for (let after = ''; ; ) {
    const rows = await deps.db.sql
      .selectFrom('account')
      .select(['account', 'totp', 'totpNext'])
      .where('account', '>', after)
      .where((eb) => eb.or([eb('totp', 'is not', null), eb('totpNext', 'is not', null)]))
      .orderBy('account')
      .limit(PAGE)
      .execute();
    for (const row of rows)
      for (const column of ['totp', 'totpNext'] as const) {
        const how = await resealOne(deps, row.account, column, row[column]);
        if (how === 'done') authenticators++;
        if (how === 'unreadable') unreadable++;
      }
    if (rows.length < PAGE) break;
    after = rows.at(-1)?.account ?? '';
  }
  deps.logger.log(unreadable === 0 ? 'info' : 'warn', 'secrets-resealed', { authenticators, unreadable });
}

async function resealOne(
  { db, secrets }: ResealDeps,
  account: string,
  column: 'totp' | 'totpNext',
  sealed: Uint8Array | null,
): Promise<'nothing to do' | 'done' | 'unreadable'> {
  const label = `totp ${account}`;
  if (sealed === null || secrets.openNow(label, sealed) !== null) return 'nothing to do';
  const opened = secrets.open(label, sealed);
  if (opened === null) return 'unreadable';
  // Only what was read: who set up anew meanwhile has a secret of the present already.
  await db.sql
    .updateTable('account')
    .set({ [column]: secrets.seal(label, opened) })
    .where('account', '=', account)
    .where(column, '=', sealed)
    .execute();
  return 'done';
}
