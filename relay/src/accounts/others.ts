/** What other rooms ask of accounts: which tier, and who agreed to be counted. */
import type { Dialect, Session } from '../db/database.js';
import type { Consents } from '../metrics/consent.js';

/** False when there is no such account. */
export async function setTier(sql: Session, account: string, tier: string): Promise<boolean> {
  const set = await sql.updateTable('account').set({ tier }).where('account', '=', account).executeTakeFirst();
  return Number(set.numUpdatedRows) === 1;
}

export function createConsents(dialect: Dialect): Consents {
  return {
    async hold(sql, account) {
      const asked = sql
        .selectFrom('account')
        .select('account')
        .where('account', '=', account)
        .where('deletedMs', 'is', null)
        .where('consentMs', 'is not', null);
      const row = await (dialect === 'postgres' ? asked.forShare() : asked).executeTakeFirst();
      return row !== undefined;
    },
    all: (sql) => sql.selectFrom('account').select('account').where('deletedMs', 'is', null).where('consentMs', 'is not', null).$asScalar(),
  };
}
