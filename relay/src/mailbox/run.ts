/** Which database answers: one that was put in the place of another may lack what that one acknowledged (C33). */
import type { StoreId } from '@leanvibe/protocol/ids';
import { sql as raw } from 'kysely';
import type { Dialect, Session } from '../db/database.js';
import type { DatabaseRun } from '../ports/mailbox-store.js';

interface Row {
  readonly storeId: string;
  readonly name: string;
}

/**
 * One statement, so that it is of one server also behind a pooler. A server of PostgreSQL that runs without a break has lost nothing it committed:
 * its start, to the microsecond, its address and the table itself name that run. A SQLite file cannot be replaced under who has it open.
 */
export async function readRun(dialect: Dialect, sql: Session): Promise<DatabaseRun> {
  const query =
    dialect === 'postgres'
      ? raw<Row>`select "value" as "storeId",
          concat_ws(' ', "value", extract(epoch from pg_postmaster_start_time()), inet_server_addr(), inet_server_port(), tableoid) as "name"
        from "meta" where "name" = 'storeId'`
      : raw<Row>`select "value" as "storeId", "value" as "name" from "meta" where "name" = 'storeId'`;
  const [row] = (await query.execute(sql)).rows;
  if (row === undefined) throw new Error('this database has no store id: it is not the one this relay was started on; restart the relay');
  return { name: row.name, storeId: row.storeId as StoreId };
}
