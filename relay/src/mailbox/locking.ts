/** The lock under which positions are given: the mailbox's own row, which carries where each lane ends. */
import type { Hash } from '@leanvibe/protocol/ids';
import type { Dialect, Session } from '../db/database.js';
import { inChunks } from './chunks.js';
import type { Counted } from './placing.js';

const COLUMNS = ['mailbox', 'deletedMs', 'bytes', 'prunedBytes', 'entries', 'head0', 'head1', 'head2', 'hash0', 'hash1', 'hash2'] as const;

/** Whoever counts what an account has, to let it have more, waits here for the others who do. */
export async function lockAccount(dialect: Dialect, sql: Session, account: string): Promise<void> {
  const query = sql.selectFrom('account').select('account').where('account', '=', account);
  await (dialect === 'postgres' ? query.forUpdate() : query).execute();
}

/**
 * Locks the rows that exist, in the order of their ids: two transactions that lock the same ones wait for each other and never both.
 * SQLite's write transactions exclude each other from their first word, so that there is nothing to lock.
 */
export async function lockMailboxes(dialect: Dialect, sql: Session, ids: readonly string[]): Promise<readonly Counted[]> {
  const locked: Counted[] = [];
  for (const some of inChunks([...ids].sort(), 10_000)) {
    const query = sql.selectFrom('mailbox').select(COLUMNS).where('mailbox', 'in', some).orderBy('mailbox');
    for (const row of await (dialect === 'postgres' ? query.forUpdate() : query).execute())
      locked.push({
        mailbox: row.mailbox,
        deleted: row.deletedMs !== null,
        heads: [row.head0, row.head1, row.head2],
        hashes: [row.hash0 as Hash, row.hash1 as Hash, row.hash2 as Hash],
        bytes: row.bytes,
        prunedBytes: row.prunedBytes,
        entries: row.entries,
      });
  }
  return locked;
}
