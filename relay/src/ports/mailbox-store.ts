/** What sync asks of the relay's storage: the store port of `core`, with a mailbox in the place of a space, and the mailboxes themselves. */
import type { Batch, Placed, Store } from '@leanvibe/core/ports/store';
import type { MailboxId, StoreId } from '@leanvibe/protocol/ids';

export interface MailboxKeys {
  /** Ed25519 public keys, 64 hex digits each. */
  readonly readKey: string;
  readonly appendKey: string;
}

export interface MailboxState extends MailboxKeys {
  readonly mailbox: MailboxId;
  /** The owning account. */
  readonly account: string;
  readonly pastReadKeys: readonly string[];
  /** Accounts that may rekey; the owner always may. */
  readonly listed: readonly string[];
  readonly bytes: number;
  readonly entries: number;
  /** 0 once it is being taken apart: then there is no way back. */
  readonly deletedMs: number | null;
}

/** One run of one database. Under another `name` it may lack what was acknowledged: what was read of one is not to be written into another (C33). */
export interface DatabaseRun {
  readonly name: string;
  /** As it is now: a restored backup has a new one. */
  readonly storeId: StoreId;
}

/**
 * `Store` over mailboxes: `SpaceId` arguments are mailbox ids; `commit` is one transaction that locks each mailbox row it appends to, drops known
 * entry ids and assigns head + 1 … (C31). Commits of several callers are grouped into one transaction. Several processes may commit to one mailbox at
 * once: rows of a lane become visible in position order and without gaps. `prune` keeps the bytes for 30 days (`unprune` gives them back) and answers
 * rows with `sealed: null`. Throws `NoMailbox`, `StoreFull` when the disk is full, `StoreBroken` when the database is gone for longer than its retries.
 */
export interface MailboxStore extends Store {
  /** The database that answers now. */
  run(): Promise<DatabaseRun>;
  /** `commit`, where the transaction itself finds that run: else nothing is kept and it throws `OtherRun`. */
  commitIn(run: string, batch: Batch): Promise<readonly Placed[]>;
  /** `taken`: by whomever; an id deleted less than 30 days ago is. `too-many`: the account would have more than `most`, deleted ones included. */
  make(mailbox: MailboxId, account: string, keys: MailboxKeys, most: number): Promise<'made' | 'taken' | 'too-many'>;
  /** Null when there is none; deleted ones are answered with `deletedMs`. */
  state(mailbox: MailboxId): Promise<MailboxState | null>;
  /** The present read key joins the past ones; nothing happens when `expected` is no longer the present read key (then false). */
  rekey(mailbox: MailboxId, expected: string, next: MailboxKeys): Promise<boolean>;
  /**
   * Read keys of epochs before, newest first, which open announcements; the present one is none. At most `PAST_KEPT` are kept: what the owner tells
   * displaces the oldest, what a listed account tells displaces none and fills no more than half.
   */
  addPast(mailbox: MailboxId, readKeys: readonly string[], by: 'owner' | 'listed'): Promise<void>;
  /** False when `LISTED_MAX` are listed already. */
  setListed(mailbox: MailboxId, account: string, listed: boolean): Promise<boolean>;
  remove(mailbox: MailboxId): Promise<void>;
  unremove(mailbox: MailboxId): Promise<void>;
  unprune(mailbox: MailboxId, sinceMs: number): Promise<number>;
  /** What may have changed of mailboxes somebody is connected to (C33); those that are not there are left out. */
  glances(mailboxes: readonly MailboxId[]): Promise<ReadonlyMap<MailboxId, Glance>>;
  /** Mailboxes and bytes an account owns, deleted ones included until they are gone. */
  usage(account: string): Promise<{ readonly mailboxes: number; readonly bytes: number }>;
  /** Mailboxes an account owns and has not deleted, at most `limit`, newest first: of those nobody has heard yet. */
  owned(account: string, limit: number): Promise<readonly { readonly mailbox: MailboxId; readonly readKey: string }[]>;
  /** Drops bytes pruned, and mailboxes deleted, more than `keepMs` ago; answers how many of each. */
  retire(keepMs: number): Promise<{ readonly entries: number; readonly mailboxes: number }>;
}

/** Past read keys of one mailbox, and accounts it lists: all of them are read whenever it is opened. */
export const PAST_KEPT = 512;
export const LISTED_MAX = 1_024;

/** Appending to a mailbox that was never made, or was deleted: nothing of the batch was kept. */
export class NoMailbox extends Error {
  override readonly name = 'NoMailbox';
}

/** The database was restarted or replaced since that run: nothing of the batch was kept, and it is worth nothing any more. */
export class OtherRun extends Error {
  override readonly name = 'OtherRun';
}

/** Highest positions by lane. */
export type LaneHeads = readonly [number, number, number];

export interface Glance extends MailboxKeys {
  readonly heads: LaneHeads;
  readonly deleted: boolean;
}
