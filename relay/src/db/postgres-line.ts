/** One borrowed line to PostgreSQL: breaks into `DatabaseGone`, or into another line where nothing can be done twice by that. */
import type { PostgresPoolClient, PostgresQueryResult } from 'kysely';
import type { PoolClient } from 'pg';
import { DatabaseGone, isLost } from './errors.js';

/** What may be said again on another line when this one broke, outside a transaction. */
const REPEATABLE = /^\s*(select|begin|start transaction)\b/i;
const BEGINS = /^\s*(begin|start transaction)\b/i;
const ENDS = /^\s*(commit|rollback)\s*;?\s*$/i;

type Query = <Row>(sql: string, parameters: readonly unknown[]) => Promise<PostgresQueryResult<Row>>;

export function createLine(first: PoolClient, take: () => Promise<PoolClient>): PostgresPoolClient {
  let client: PoolClient | null = first;
  let inside = false;

  async function once<Row>(sql: string, parameters: readonly unknown[]): Promise<PostgresQueryResult<Row>> {
    // Rolling back on a lost line is what the server has done already.
    if (client === null && ENDS.test(sql)) return { command: 'ROLLBACK', rowCount: 0, rows: [] };
    if (client === null) throw new DatabaseGone('the database was lost', { perhapsDone: true });
    const answer = (await client.query(sql, [...parameters])) as unknown as PostgresQueryResult<Row>;
    if (BEGINS.test(sql)) inside = true;
    else if (ENDS.test(sql)) inside = false;
    return answer;
  }

  const query: Query = async (sql, parameters) => {
    try {
      return await once(sql, parameters);
    } catch (error) {
      if (client === null || !isLost(error)) throw error;
      client.release(true);
      client = null;
      if (inside || !REPEATABLE.test(sql))
        throw new DatabaseGone('the database was lost while it worked', { perhapsDone: true, cause: error });
      client = await take();
      return await once(sql, parameters);
    }
  };
  return {
    query: query as PostgresPoolClient['query'],
    release(destroy) {
      client?.release(destroy);
      client = null;
    },
  };
}
