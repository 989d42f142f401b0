/** Writes what a placing came to: new rows, pruned and refilled ones, and the counts and heads of their mailboxes. */
import { sql as raw } from 'kysely';
import type { Session } from '../db/database.js';
import { inChunks } from './chunks.js';
import type { Counted, Placing } from './placing.js';

/** A statement is held whole in memory on both sides. */
const STATEMENT_BYTES_MAX = 8 * 1024 * 1024;

export async function writeRows(sql: Session, placing: Placing, nowMs: number): Promise<void> {
  for (const rows of inChunks(placing.made(), 3_000, (row) => row.size, STATEMENT_BYTES_MAX))
    await sql
      .insertInto('entry')
      .values(
        rows.map(({ mailbox, lane, position, entryId, prefixHash, size, sealed, from, pruned }) => {
          const prunedMs = pruned ? nowMs : null;
          return { mailbox, lane, position, entryId, prefixHash, size, sealed, fromDevice: from, prunedMs };
        }),
      )
      .execute();
  for (const rows of inChunks(placing.changed(), 4_000)) {
    const values = raw.join(rows.map(({ mailbox, entryId, pruned }) => raw`(${mailbox}, ${entryId}, ${pruned ? nowMs : null})`));
    await raw`
      update "entry" set "prunedMs" = cast(v.column3 as bigint), "fromDevice" = null
      from (values ${values}) as v where "entry"."mailbox" = v.column1 and "entry"."entryId" = v.column2`.execute(sql);
  }
  for (const { mailbox, entryId, sealed, size } of placing.refilled())
    await sql.updateTable('entry').set({ sealed, size }).where('mailbox', '=', mailbox).where('entryId', '=', entryId).execute();
}

export async function writeMailboxes(sql: Session, rows: readonly Counted[]): Promise<void> {
  for (const some of inChunks(rows, 2_000)) {
    const values = raw.join(
      some.map(
        ({ mailbox, bytes, prunedBytes, entries, heads, hashes }) =>
          raw`(${raw.join([mailbox, bytes, prunedBytes, entries, ...heads, ...hashes])})`,
      ),
    );
    await raw`
      update "mailbox" set "bytes" = cast(v.column2 as bigint), "prunedBytes" = cast(v.column3 as bigint), "entries" = cast(v.column4 as bigint),
        "head0" = cast(v.column5 as bigint), "head1" = cast(v.column6 as bigint), "head2" = cast(v.column7 as bigint),
        "hash0" = v.column8, "hash1" = v.column9, "hash2" = v.column10
      from (values ${values}) as v where "mailbox"."mailbox" = v.column1`.execute(sql);
  }
}
