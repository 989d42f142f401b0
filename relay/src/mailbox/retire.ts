/** Lets go of what was pruned or deleted long enough ago: in pieces, so that nobody waits long for a lock, and resumable after any of them. */
import { sql as raw } from 'kysely';
import { transact } from '../db/transact.js';
import { inChunks } from './chunks.js';
import type { CommitDeps } from './commit.js';
import { lockMailboxes } from './locking.js';
import { dropTraces, forgetDevices } from './traces.js';
import { writeMailboxes } from './writing.js';

const ENTRIES_AT_ONCE = 500;
const MAILBOXES_AT_ONCE = 20;

export async function retire(deps: CommitDeps, keepMs: number): Promise<{ readonly entries: number; readonly mailboxes: number }> {
  const beforeMs = deps.clock.nowMs() - keepMs;
  let entries = 0;
  let dropped: number;
  do {
    dropped = await dropBytes(deps, beforeMs);
    entries += dropped;
  } while (dropped > 0);
  let mailboxes = 0;
  for (;;) {
    const some = await markDeleted(deps, beforeMs);
    if (some.length === 0) break;
    for (const mailbox of some) await takeApart(deps, mailbox);
    mailboxes += some.length;
  }
  await forgetDevices(deps);
  return { entries, mailboxes };
}

/** Rows keep their place and id; only their bytes go. Answers how many did. */
async function dropBytes(deps: CommitDeps, beforeMs: number): Promise<number> {
  const { db } = deps;
  const due = await db.sql
    .selectFrom('entry')
    .select(['mailbox', 'entryId'])
    .where('prunedMs', '<=', beforeMs)
    .where('sealed', 'is not', null)
    .orderBy('prunedMs')
    .limit(ENTRIES_AT_ONCE)
    .execute();
  if (due.length === 0) return 0;
  return await transact(db, deps, async (sql) => {
    const locked = await lockMailboxes(db.dialect, sql, [...new Set(due.map((row) => row.mailbox))]);
    const values = raw.join(due.map(({ mailbox, entryId }) => raw`(${mailbox}, ${entryId})`));
    const { rows } = await raw<{ readonly mailbox: string; readonly size: number }>`
      update "entry" set "sealed" = null from (values ${values}) as v
      where "entry"."mailbox" = v.column1 and "entry"."entryId" = v.column2 and "prunedMs" <= ${beforeMs} and "sealed" is not null
      returning "mailbox", "size"`.execute(sql);
    for (const { mailbox, size } of rows) {
      const counted = locked.find((row) => row.mailbox === mailbox);
      if (counted === undefined) continue;
      counted.bytes -= size;
      counted.prunedBytes -= size;
    }
    await writeMailboxes(sql, locked);
    return rows.length;
  });
}

/** Marks some as being taken apart, from where there is no way back; those a stopped process left half done come again. */
async function markDeleted({ db }: CommitDeps, beforeMs: number): Promise<readonly string[]> {
  const due = db.sql.selectFrom('mailbox').select('mailbox').where('deletedMs', '<=', beforeMs).orderBy('mailbox').limit(MAILBOXES_AT_ONCE);
  const marked = db.sql.updateTable('mailbox').set({ deletedMs: 0 }).where('deletedMs', '<=', beforeMs).where('mailbox', 'in', due);
  return (await marked.returning('mailbox').execute()).map((row) => row.mailbox);
}

async function takeApart({ db }: CommitDeps, mailbox: string): Promise<void> {
  const ids = await db.sql.selectFrom('entry').select('entryId').where('mailbox', '=', mailbox).execute();
  for (const some of inChunks(ids, ENTRIES_AT_ONCE))
    await db.sql
      .deleteFrom('entry')
      .where('mailbox', '=', mailbox)
      .where(
        'entryId',
        'in',
        some.map((row) => row.entryId),
      )
      .execute();
  await db.sql.transaction().execute(async (sql) => {
    await dropTraces(sql, mailbox);
    for (const table of ['pastKey', 'listed', 'mailbox'] as const) await sql.deleteFrom(table).where('mailbox', '=', mailbox).execute();
  });
}
