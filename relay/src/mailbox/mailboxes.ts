/** Mailboxes themselves: who owns one, which keys open it, and when it was deleted. */
import type { MailboxId } from '@leanvibe/protocol/ids';
import type { Database, Session, Sql } from '../db/database.js';
import { transact } from '../db/transact.js';
import { LISTED_MAX, type MailboxKeys, type MailboxState, PAST_KEPT } from '../ports/mailbox-store.js';
import type { CommitDeps } from './commit.js';
import { lockAccount, lockMailboxes } from './locking.js';

/** Not done over when the database is lost in the middle: the second time it would find its own. */
export async function makeMailbox(
  { db, clock }: CommitDeps,
  mailbox: MailboxId,
  account: string,
  { readKey, appendKey }: MailboxKeys,
  most: number,
): Promise<'made' | 'taken' | 'too-many'> {
  const empty = { bytes: 0, prunedBytes: 0, entries: 0, head0: 0, head1: 0, head2: 0, deletedMs: null };
  const zero = '0'.repeat(64);
  return await db.sql.transaction().execute(async (sql) => {
    await lockAccount(db.dialect, sql, account);
    // Before the quota: who made it, and did not live to hear so, is told.
    if ((await sql.selectFrom('mailbox').select('mailbox').where('mailbox', '=', mailbox).executeTakeFirst()) !== undefined) return 'taken';
    if ((await countMailboxes(sql, account)) >= most) return 'too-many';
    const made = await sql
      .insertInto('mailbox')
      .values({ mailbox, account, readKey, appendKey, madeMs: clock.nowMs(), ...empty, hash0: zero, hash1: zero, hash2: zero })
      .onConflict((on) => on.column('mailbox').doNothing())
      .executeTakeFirst();
    return Number(made.numInsertedOrUpdatedRows ?? 0) === 1 ? 'made' : 'taken';
  });
}

async function countMailboxes(sql: Session, account: string): Promise<number> {
  const query = sql
    .selectFrom('mailbox')
    .select(({ fn }) => fn.countAll<number>().as('mailboxes'))
    .where('account', '=', account);
  return (await query.executeTakeFirstOrThrow()).mailboxes;
}

/** Keys that end between the two statements are present and past at once, which opens nothing they would not open a moment before. */
export async function readState({ sql }: Database, mailbox: MailboxId): Promise<MailboxState | null> {
  const row = await sql
    .selectFrom('mailbox')
    .select(['account', 'readKey', 'appendKey', 'bytes', 'entries', 'deletedMs'])
    .where('mailbox', '=', mailbox)
    .executeTakeFirst();
  if (row === undefined) return null;
  const [past, listed] = await Promise.all([pastOf(sql, mailbox), listedOf(sql, mailbox)]);
  return { mailbox, ...row, pastReadKeys: past, listed };
}

async function pastOf(sql: Session, mailbox: string): Promise<readonly string[]> {
  const query = sql.selectFrom('pastKey').select('readKey').where('mailbox', '=', mailbox);
  return (await query.orderBy('endedMs').orderBy('readKey').execute()).map((row) => row.readKey);
}

async function listedOf(sql: Sql, mailbox: string): Promise<readonly string[]> {
  const query = sql.selectFrom('listed').select('account').where('mailbox', '=', mailbox);
  return (await query.orderBy('account').execute()).map((row) => row.account);
}

/** Not done over when the database is lost in the middle: the second time it would find its own keys and answer no. */
export async function rekeyMailbox({ db, clock }: CommitDeps, mailbox: MailboxId, expected: string, next: MailboxKeys): Promise<boolean> {
  return await db.sql.transaction().execute(async (sql) => {
    const [locked] = await lockMailboxes(db.dialect, sql, [mailbox]);
    if (locked === undefined || locked.deleted) return false;
    const { readKey, appendKey } = next;
    const changed = await sql
      .updateTable('mailbox')
      .set({ readKey, appendKey })
      .where('mailbox', '=', mailbox)
      .where('readKey', '=', expected)
      .executeTakeFirst();
    if (Number(changed.numUpdatedRows) !== 1) return false;
    if (expected !== readKey)
      await sql
        .insertInto('pastKey')
        .values({ mailbox, readKey: expected, endedMs: clock.nowMs() })
        .onConflict((on) => on.doNothing())
        .execute();
    await dropOldest(sql, mailbox);
    return true;
  });
}

export async function setListed(deps: CommitDeps, mailbox: MailboxId, account: string, listed: boolean): Promise<boolean> {
  return await transact(deps.db, deps, async (sql) => {
    const locked = await lockMailboxes(deps.db.dialect, sql, [mailbox]);
    await sql.deleteFrom('listed').where('mailbox', '=', mailbox).where('account', '=', account).execute();
    if (!listed || locked.length === 0) return true;
    const query = sql
      .selectFrom('listed')
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .where('mailbox', '=', mailbox);
    if ((await query.executeTakeFirstOrThrow()).count >= LISTED_MAX) return false;
    await sql.insertInto('listed').values({ mailbox, account }).execute();
    return true;
  });
}

export async function removeMailbox({ db, clock }: CommitDeps, mailbox: MailboxId): Promise<void> {
  const query = db.sql.updateTable('mailbox').set({ deletedMs: clock.nowMs() });
  await query.where('mailbox', '=', mailbox).where('deletedMs', 'is', null).execute();
}

/** Nothing happens once it is being taken apart (`deletedMs` 0). */
export async function unremoveMailbox({ db }: CommitDeps, mailbox: MailboxId): Promise<void> {
  await db.sql.updateTable('mailbox').set({ deletedMs: null }).where('mailbox', '=', mailbox).where('deletedMs', '>', 0).execute();
}

export async function readUsage({ sql }: Database, account: string): Promise<{ readonly mailboxes: number; readonly bytes: number }> {
  const row = await sql
    .selectFrom('mailbox')
    .select(({ fn }) => [fn.countAll<number>().as('mailboxes'), fn.sum<number | null>('bytes').as('bytes')])
    .where('account', '=', account)
    .executeTakeFirst();
  return { mailboxes: row?.mailboxes ?? 0, bytes: row?.bytes ?? 0 };
}

/** The bytes of what was pruned since then are shown again; answers how many entries. */
export async function unpruneMailbox(deps: CommitDeps, mailbox: MailboxId, sinceMs: number): Promise<number> {
  return await transact(deps.db, deps, async (sql) => {
    const [locked] = await lockMailboxes(deps.db.dialect, sql, [mailbox]);
    if (locked === undefined) return 0;
    const back = await sql
      .updateTable('entry')
      .set({ prunedMs: null })
      .where('mailbox', '=', mailbox)
      .where('prunedMs', '>=', sinceMs)
      .where('sealed', 'is not', null)
      .returning('size')
      .execute();
    const prunedBytes = locked.prunedBytes - back.reduce((sum, row) => sum + row.size, 0);
    await sql.updateTable('mailbox').set({ prunedBytes }).where('mailbox', '=', mailbox).execute();
    return back.length;
  });
}

export async function readOwned(
  { sql }: Database,
  account: string,
  limit: number,
): Promise<readonly { readonly mailbox: MailboxId; readonly readKey: string }[]> {
  const rows = await sql
    .selectFrom('mailbox')
    .select(['mailbox', 'readKey'])
    .where('account', '=', account)
    .where('deletedMs', 'is', null)
    .orderBy('madeMs', 'desc')
    .orderBy('mailbox')
    .limit(limit)
    .execute();
  return rows.map(({ mailbox, readKey }) => ({ mailbox: mailbox as MailboxId, readKey }));
}

/** See `MailboxStore.addPast`. What is told again counts as told now. */
export async function addPast(deps: CommitDeps, mailbox: string, readKeys: readonly string[], by: 'owner' | 'listed'): Promise<void> {
  if (readKeys.length === 0) return;
  const { clock, db } = deps;
  await transact(db, deps, async (sql) => {
    if ((await lockMailboxes(db.dialect, sql, [mailbox])).length === 0) return;
    const nowMs = clock.nowMs();
    const room = by === 'owner' ? PAST_KEPT : Math.max(0, PAST_KEPT / 2 - (await pastOf(sql, mailbox)).length);
    const rows = [...new Set(readKeys)].slice(0, room).map((readKey, at) => ({ mailbox, readKey, endedMs: nowMs - at }));
    if (rows.length === 0) return;
    await sql
      .insertInto('pastKey')
      .values(rows)
      .onConflict((on) => {
        const known = on.columns(['mailbox', 'readKey']);
        return by === 'owner' ? known.doUpdateSet((set) => ({ endedMs: set.ref('excluded.endedMs') })) : known.doNothing();
      })
      .execute();
    await dropOldest(sql, mailbox);
  });
}

/** What nobody asks about any more is not kept for ever. */
async function dropOldest(sql: Session, mailbox: string): Promise<void> {
  const kept = await pastOf(sql, mailbox);
  const old = kept.slice(0, Math.max(0, kept.length - PAST_KEPT));
  if (old.length > 0) await sql.deleteFrom('pastKey').where('mailbox', '=', mailbox).where('readKey', 'in', old).execute();
}
