/** Mailboxes as an operator sees them, sealed as they are: how much, whose, and what may still be brought back. */
import type { MailboxId } from '@leanvibe/protocol/ids';
import { unpruneMailbox, unremoveMailbox } from '../mailbox/mailboxes.js';
import { quotaOf } from '../plans/tiers.js';
import type { Desk } from './desk.js';

export interface MailboxRow {
  readonly mailbox: string;
  readonly account: string;
  readonly entries: number;
  readonly bytes: number;
  readonly prunedBytes: number;
  readonly madeMs: number;
  readonly deletedMs: number | null;
}

const COLUMNS = ['mailbox', 'account', 'entries', 'bytes', 'prunedBytes', 'madeMs', 'deletedMs'] as const;

/** The largest first. */
export async function listMailboxes({ db }: Pick<Desk, 'db'>, account: string | null, limit: number): Promise<readonly MailboxRow[]> {
  const all = db.sql.selectFrom('mailbox').select(COLUMNS).orderBy('bytes', 'desc').orderBy('mailbox').limit(limit);
  return await (account === null ? all : all.where('account', '=', account)).execute();
}

async function find({ db }: Pick<Desk, 'db'>, mailbox: string): Promise<MailboxRow | null> {
  return (await db.sql.selectFrom('mailbox').select(COLUMNS).where('mailbox', '=', mailbox).executeTakeFirst()) ?? null;
}

/** Within thirty days of its deletion. `gone`: it is not here any more; `there`: it was not deleted. */
export async function unremove(desk: Desk, mailbox: MailboxId): Promise<'back' | 'there' | 'gone'> {
  const before = await find(desk, mailbox);
  if (before === null || before.deletedMs === 0) return 'gone';
  if (before.deletedMs === null) return 'there';
  await unremoveMailbox(desk, mailbox);
  desk.note('mailbox.unremove', before.account, mailbox);
  desk.hint({ type: 'made', account: before.account });
  return 'back';
}

/** What was pruned since then and is still kept is shown again; answers how many entries, null when there is no such mailbox. */
export async function unprune(desk: Desk, mailbox: MailboxId, sinceMs: number): Promise<number | null> {
  const before = await find(desk, mailbox);
  if (before === null) return null;
  const entries = await unpruneMailbox(desk, mailbox, sinceMs);
  desk.note('mailbox.unprune', before.account, mailbox);
  desk.hint({ type: 'mailbox', mailbox, change: 'grown' });
  return entries;
}

export interface QuotaUse {
  readonly account: string;
  readonly tier: string;
  readonly bytes: number;
  readonly bytesMax: number;
  readonly mailboxes: number;
  readonly mailboxesMax: number;
}

/** Who uses how much of what the tier allows, those nearest to full first. */
export async function quotas({ db }: Pick<Desk, 'db'>, limit: number): Promise<readonly QuotaUse[]> {
  const rows = await db.sql
    .selectFrom('mailbox')
    .innerJoin('account', 'account.account', 'mailbox.account')
    .select(({ fn }) => [
      'account.account',
      'account.tier',
      fn.countAll<number>().as('mailboxes'),
      fn.sum<number>('mailbox.bytes').as('bytes'),
    ])
    .groupBy(['account.account', 'account.tier'])
    .execute();
  const used = rows.map(({ account, bytes, mailboxes, tier }) => {
    const quota = quotaOf(tier);
    return { account, tier, bytes: Number(bytes), bytesMax: quota.bytes, mailboxes: Number(mailboxes), mailboxesMax: quota.mailboxes };
  });
  return used.toSorted((a, b) => b.bytes / b.bytesMax - a.bytes / a.bytesMax).slice(0, limit);
}
