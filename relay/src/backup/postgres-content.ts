/** What a PostgreSQL database holds, table by table, counted and summed by the server itself. */
import type { Client } from 'pg';
import type { Content } from './manifest.js';

/** Text of a value must not depend on who asks. */
const STEADY = ["bytea_output = 'hex'", "datestyle = 'ISO'", 'extra_float_digits = 1', "timezone = 'UTC'"];

/** Run it inside a transaction. Sums of 60 hash bits of each row: the order of rows does not matter, and no table is held in memory. */
export async function postgresContent(client: Client): Promise<Content> {
  for (const setting of STEADY) await client.query(`set local ${setting}`);
  const names = (
    await client.query<{ readonly name: string }>(
      `select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where n.nspname = 'public' and c.relkind in ('r', 'p') and not c.relispartition order by 1`,
    )
  ).rows.map(({ name }) => name);
  const tables: Record<string, Content['tables'][string]> = {};
  for (const name of names) {
    const { rows } = await client.query<{ readonly rows: string; readonly hash: string }>(
      `select count(*)::text as rows, coalesce(sum(('x' || substr(md5(t::text), 1, 15))::bit(60)::bigint), 0)::text as hash
       from public."${name.replaceAll('"', '""')}" t`,
    );
    tables[name] = { rows: Number(rows[0]?.rows ?? 0), hash: rows[0]?.hash ?? '' };
  }
  const steps = names.includes('migration')
    ? (await client.query<{ readonly name: string }>('select name from public.migration order by name collate "C"')).rows.map(
        ({ name }) => name,
      )
    : [];
  return { steps, tables };
}
