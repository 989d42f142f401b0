/** Everything metrics hold of one account: told in full, or erased. */
import type { Session } from '../db/database.js';

const TABLES = ['project', 'metricHour', 'metricDay', 'metricBatch', 'fleetMember'] as const;
/** Rows read at a time; an account may have a hundred thousand hours. */
const PAGE = 1000;

export interface ExportedRow {
  readonly table: (typeof TABLES)[number];
  /** Names and values as stored; bytes in base64. */
  readonly row: Readonly<Record<string, string | number | null>>;
}

/** Row by row, in pages, so that it can be streamed. */
export async function* exportMetrics(session: Session, account: string): AsyncGenerator<ExportedRow> {
  for (const table of TABLES) {
    for (let offset = 0; ; offset += PAGE) {
      const rows = await pageOf(session, table, account, offset);
      for (const row of rows) yield { table, row: plain(row) };
      if (rows.length < PAGE) break;
    }
  }
}

async function pageOf(session: Session, table: ExportedRow['table'], account: string, offset: number): Promise<readonly object[]> {
  switch (table) {
    case 'project':
      return session.selectFrom(table).selectAll().where('account', '=', account).orderBy('project').offset(offset).limit(PAGE).execute();
    case 'metricHour':
    case 'metricDay':
      return session
        .selectFrom(table)
        .selectAll()
        .where('account', '=', account)
        .orderBy('project')
        .orderBy('startMs')
        .offset(offset)
        .limit(PAGE)
        .execute();
    case 'metricBatch':
      return session.selectFrom(table).selectAll().where('account', '=', account).orderBy('batch').offset(offset).limit(PAGE).execute();
    case 'fleetMember':
      return session.selectFrom(table).selectAll().where('account', '=', account).offset(offset).limit(PAGE).execute();
  }
}

function plain(row: object): ExportedRow['row'] {
  const fields = Object.entries(row) as readonly [string, string | number | null | Uint8Array][];
  return Object.fromEntries(
    fields.map(([name, value]) => [name, value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value]),
  );
}

/** Answers how many rows went, by table. Means already published hold nobody's numbers apart and stay. */
export async function eraseMetrics(session: Session, account: string): Promise<Readonly<Record<string, number>>> {
  const gone: Record<string, number> = {};
  for (const table of TABLES) {
    const deleted = await session.deleteFrom(table).where('account', '=', account).executeTakeFirst();
    gone[table] = Number(deleted.numDeletedRows);
  }
  return gone;
}
