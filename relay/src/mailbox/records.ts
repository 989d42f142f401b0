/** The small records of the store port. */
import type { Session } from '../db/database.js';
import { inChunks } from './chunks.js';
import { afterPrefix, keyBytes, keyText } from './key-bytes.js';
import type { OwnRecord } from './own-batch.js';

const STATEMENT_BYTES_MAX = 8 * 1024 * 1024;

/** In the order given: the last word on a key holds. Keys are written in their order, so that copies lock them alike. */
export async function writeRecords(sql: Session, records: readonly OwnRecord[]): Promise<void> {
  const last = new Map(records.map((record) => [`${record.name} ${Buffer.from(record.key).toString('hex')}`, record]));
  const sorted = [...last].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, record]) => record);
  const put = sorted.flatMap(({ name, key, value }) => (value === null ? [] : [{ name, key, value }]));
  for (const some of inChunks(put, 5_000, (record) => record.value.length, STATEMENT_BYTES_MAX))
    await sql
      .insertInto('record')
      .values(some)
      .onConflict((on) => on.columns(['name', 'key']).doUpdateSet((set) => ({ value: set.ref('excluded.value') })))
      .execute();
  const removed = sorted.filter((record) => record.value === null);
  for (const name of new Set(removed.map((record) => record.name)))
    for (const some of inChunks(
      removed.filter((record) => record.name === name),
      5_000,
    ))
      await sql
        .deleteFrom('record')
        .where('name', '=', name)
        .where(
          'key',
          'in',
          some.map((record) => record.key),
        )
        .execute();
}

export async function readRecord(sql: Session, name: string, key: string): Promise<Uint8Array | null> {
  const query = sql.selectFrom('record').select('value').where('name', '=', name).where('key', '=', keyBytes(key));
  return (await query.executeTakeFirst())?.value ?? null;
}

export async function scanRecords(
  sql: Session,
  name: string,
  prefix: string,
  after: string | null,
  limit: number,
): Promise<readonly { readonly key: string; readonly value: Uint8Array }[]> {
  const from = keyBytes(prefix);
  const end = afterPrefix(from);
  let query = sql.selectFrom('record').select(['key', 'value']).where('name', '=', name).where('key', '>=', from);
  if (end !== null) query = query.where('key', '<', end);
  if (after !== null) query = query.where('key', '>', keyBytes(after));
  const rows = await query.orderBy('key').limit(limit).execute();
  return rows.map(({ key, value }) => ({ key: keyText(key), value }));
}
