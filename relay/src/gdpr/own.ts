/** What accounts, devices and the audit trail hold of a person, told and erased. */
import type { Session } from '../db/database.js';
import type { Eraser, Exporter } from './rooms.js';

const PAGE = 500;

export const ownExporters: readonly Exporter[] = [
  {
    room: 'account',
    async *rows(sql, account) {
      const columns = ['account', 'email', 'madeMs', 'passwordMs', 'tier', 'consentMs', 'lockedMs', 'deletedMs', 'receipt'] as const;
      yield* await sql.selectFrom('account').select(columns).where('account', '=', account).execute();
    },
  },
  {
    room: 'sessions',
    rows: (sql, account) =>
      paged((after) =>
        sql
          .selectFrom('session')
          .selectAll()
          .where('account', '=', account)
          .where('session', '>', after)
          .orderBy('session')
          .limit(PAGE)
          .execute()
          .then((rows) => rows.map((row) => ({ key: row.session, row }))),
      ),
  },
  {
    room: 'devices',
    rows: (sql, account) =>
      paged((after) =>
        sql
          .selectFrom('device')
          .select(['device', 'kind', 'label', 'publicKey', 'madeMs', 'revokedMs', 'pairedBy'])
          .where('account', '=', account)
          .where('device', '>', after)
          .orderBy('device')
          .limit(PAGE)
          .execute()
          .then((rows) => rows.map((row) => ({ key: row.device, row }))),
      ),
  },
  {
    room: 'audit',
    rows: (sql, account) =>
      paged((after) =>
        sql
          .selectFrom('audit')
          .select(['audit', 'atMs', 'device', 'act', 'subject', 'outcome', 'address'])
          .where('account', '=', account)
          .where('audit', '>', after)
          .orderBy('audit')
          .limit(PAGE)
          .execute()
          .then((rows) => rows.map((row) => ({ key: row.audit, row }))),
      ),
  },
];

async function* paged(read: (after: string) => Promise<readonly { readonly key: string; readonly row: object }[]>): AsyncGenerator<object> {
  for (let after = ''; ; ) {
    const rows = await read(after);
    for (const { row } of rows) yield row;
    if (rows.length < PAGE) return;
    after = rows.at(-1)?.key ?? '';
  }
}

/** The account's own row goes first and is counted by whoever calls. */
export const ownErasers: readonly Eraser[] = [
  {
    room: 'sessions',
    async erase(sql, account) {
      const sessions = sql.selectFrom('session').select('session').where('account', '=', account);
      const refresh = await sql.deleteFrom('refresh').where('session', 'in', sessions).executeTakeFirst();
      return Number(refresh.numDeletedRows) + (await drop(sql, 'session', account));
    },
  },
  {
    room: 'proofs',
    erase: async (sql, account) => (await drop(sql, 'recoveryCode', account)) + (await drop(sql, 'reset', account)),
  },
  { room: 'devices', erase: (sql, account) => drop(sql, 'device', account) },
  { room: 'audit', erase: (sql, account) => drop(sql, 'audit', account) },
];

async function drop(sql: Session, table: 'session' | 'recoveryCode' | 'reset' | 'device' | 'audit', account: string): Promise<number> {
  const gone = await sql.deleteFrom(table).where('account', '=', account).executeTakeFirst();
  return Number(gone.numDeletedRows);
}
