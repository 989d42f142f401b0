/** Reading logs: everything from the primary, each answer one statement, so that it is of one moment. */
import type { Head, IdRange, Lane, LogRow, RowLimits } from '@leanvibe/core/ports/store';
import type { DeviceId, EntryId, Hash, SpaceId } from '@leanvibe/protocol/ids';
import { sql as raw } from 'kysely';
import type { Glance } from '../ports/mailbox-store.js';
import type { Sql } from '../db/database.js';
import { inChunks } from './chunks.js';
import { knownRows } from './known.js';

const ZERO = '0'.repeat(64) as Hash;

export async function readHead(sql: Sql, space: SpaceId, lane: Lane): Promise<Head> {
  const row = await sql
    .selectFrom('mailbox')
    .select([`head${lane} as position`, `hash${lane} as prefixHash`])
    .where('mailbox', '=', space)
    .executeTakeFirst();
  return row === undefined ? { position: 0, prefixHash: ZERO } : { position: row.position, prefixHash: row.prefixHash as Hash };
}

export async function readPrefixHash(sql: Sql, space: SpaceId, lane: Lane, position: number): Promise<Hash | null> {
  if (position === 0) return ZERO;
  const query = sql.selectFrom('entry').select('prefixHash').where('mailbox', '=', space).where('lane', '=', lane);
  return ((await query.where('position', '=', position).executeTakeFirst())?.prefixHash as Hash | undefined) ?? null;
}

interface PageRow {
  readonly position: number;
  readonly entryId: EntryId;
  readonly prefixHash: Hash;
  readonly fromDevice: DeviceId | null;
  readonly sealed: Uint8Array | null;
}

/** Sizes are summed first, so that no bytes are read beyond the limit. */
export async function readRows(sql: Sql, space: SpaceId, lane: Lane, after: number, limits: RowLimits): Promise<readonly LogRow[]> {
  const bare = limits.bare ?? null;
  const without =
    bare === null
      ? raw`"prunedMs" is not null`
      : raw`"prunedMs" is not null or ("fromDevice" = ${bare.from} and "position" > ${bare.above})`;
  const { rows } = await raw<PageRow>`
    select e."position", e."entryId", e."prefixHash", e."fromDevice", case when w."without" = 1 then null else e."sealed" end as "sealed"
    from (select "position", "without", sum("counted") over (order by "position") as "upto", row_number() over (order by "position") as "at"
        from (select "position", case when ${without} then 1 else 0 end as "without", case when ${without} then 0 else "size" end as "counted"
          from "entry" where "mailbox" = ${space} and "lane" = ${lane} and "position" > ${after}
          order by "position" limit ${Math.max(1, limits.rows)}) as s) as w
      join "entry" as e on e."mailbox" = ${space} and e."lane" = ${lane} and e."position" = w."position"
    where w."upto" <= ${limits.bytes} or w."at" = 1
    order by e."position"`.execute(sql);
  return rows.map(({ fromDevice, ...row }) => ({ ...row, from: fromDevice }));
}

export async function readEntry(sql: Sql, space: SpaceId, entryId: EntryId): Promise<(LogRow & { readonly lane: Lane }) | null> {
  const row = await sql
    .selectFrom('entry')
    .select(['lane', 'position', 'prefixHash', 'fromDevice', 'prunedMs', 'sealed'])
    .where('mailbox', '=', space)
    .where('entryId', '=', entryId)
    .executeTakeFirst();
  if (row === undefined) return null;
  const { lane, position, prefixHash, fromDevice, prunedMs, sealed } = row;
  const from = fromDevice as DeviceId | null;
  return { lane, position, entryId, prefixHash: prefixHash as Hash, from, sealed: prunedMs === null ? sealed : null };
}

/** Of the ids asked about, those there are, and whether each was pruned. */
export async function readPruned(sql: Sql, space: SpaceId, entryIds: readonly EntryId[]): Promise<ReadonlyMap<EntryId, boolean>> {
  const rows = await knownRows(
    sql,
    entryIds.map((entryId) => ({ space, entryId })),
  );
  return new Map(rows.map((row) => [row.entryId, row.pruned]));
}

export async function readIds(sql: Sql, space: SpaceId, lane: Lane, range?: IdRange): Promise<readonly EntryId[]> {
  const all = sql.selectFrom('entry').select('entryId').where('mailbox', '=', space).where('lane', '=', lane);
  const query = range === undefined ? all : all.where('position', '>', range.after).limit(range.rows);
  return (await query.orderBy('position').execute()).map((row) => row.entryId as EntryId);
}

/** Mailboxes that hold something and were not deleted. */
export async function readSpaces(sql: Sql): Promise<readonly SpaceId[]> {
  const query = sql.selectFrom('mailbox').select('mailbox').where('entries', '>', 0).where('deletedMs', 'is', null);
  return (await query.orderBy('mailbox').execute()).map((row) => row.mailbox as string as SpaceId);
}

export async function readSize(sql: Sql): Promise<{ readonly entries: number; readonly bytes: number }> {
  const { rows } = await raw<{ readonly entries: number; readonly bytes: number }>`
    select coalesce(sum("entries"), 0) as "entries", coalesce(sum("bytes" - "prunedBytes"), 0) as "bytes"
    from "mailbox" where "deletedMs" is null`.execute(sql);
  return rows[0] ?? { entries: 0, bytes: 0 };
}

export async function readGlances(sql: Sql, mailboxes: readonly string[]): Promise<ReadonlyMap<string, Glance>> {
  const glances = new Map<string, Glance>();
  const columns = ['mailbox', 'readKey', 'appendKey', 'deletedMs', 'head0', 'head1', 'head2'] as const;
  for (const some of inChunks(mailboxes, 10_000))
    for (const row of await sql.selectFrom('mailbox').select(columns).where('mailbox', 'in', some).execute()) {
      const { appendKey, deletedMs, readKey } = row;
      glances.set(row.mailbox, { heads: [row.head0, row.head1, row.head2], readKey, appendKey, deleted: deletedMs !== null });
    }
  return glances;
}
