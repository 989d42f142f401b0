/** Entries looked up by mailbox and id, many at a time. */
import type { EntryId, Hash } from '@leanvibe/protocol/ids';
import { sql as raw } from 'kysely';
import type { Session } from '../db/database.js';
import { inChunks } from './chunks.js';
import { type Row, nameOf } from './placing.js';

interface Found {
  readonly mailbox: string;
  readonly entryId: EntryId;
  readonly lane: 0 | 1 | 2;
  readonly position: number;
  readonly prefixHash: Hash;
  readonly before: Hash | null;
  readonly size: number;
  readonly fromDevice: string | null;
  readonly prunedMs: number | null;
  readonly held: boolean | number;
}

type Named = { readonly space: string; readonly entryId: string };

const ZERO = '0'.repeat(64) as Hash;

/** The rows there are, each once, in no order. */
export async function knownRows(sql: Session, named: readonly Named[]): Promise<readonly Row[]> {
  const once = [...new Map(named.map((one) => [nameOf(one.space, one.entryId), one])).values()];
  const rows: Row[] = [];
  for (const some of inChunks(once, 4_000)) {
    const values = raw.join(some.map(({ space, entryId }) => raw`(${space}, ${entryId})`));
    // Cross joins keep SQLite from walking the log and looking into the list.
    const { rows: found } = await raw<Found>`
      select e."mailbox", e."entryId", e."lane", e."position", e."prefixHash", e."size", e."fromDevice", e."prunedMs",
        e."sealed" is not null as "held", p."prefixHash" as "before"
      from (values ${values}) as v cross join "entry" as e
        left join "entry" as p on p."mailbox" = e."mailbox" and p."lane" = e."lane" and p."position" = e."position" - 1
      where e."mailbox" = v.column1 and e."entryId" = v.column2`.execute(sql);
    for (const { before, fromDevice, prunedMs, held, ...row } of found)
      rows.push({
        ...row,
        before: before ?? ZERO,
        isNew: false,
        from: fromDevice,
        pruned: prunedMs !== null,
        held: Boolean(held),
        sealed: null,
        changed: false,
      });
  }
  return rows;
}
