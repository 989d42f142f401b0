/** Mailboxes, their keys, and the log of each: what sync stores, and all of it (leak budget C32). */

/** One mailbox: a random id, the account that made it, and the public keys that open it now. */
export interface MailboxTable {
  /** 32 bytes, hex. */
  readonly mailbox: string;
  /** The owning account. */
  readonly account: string;
  /** Ed25519 public keys, hex: whoever proves the first may read, the second append. */
  readonly readKey: string;
  readonly appendKey: string;
  readonly madeMs: number;
  /** Bytes of entries held, pruned ones whose bytes are still kept included. */
  readonly bytes: number;
  /** Of these, the bytes of pruned entries. */
  readonly prunedBytes: number;
  readonly entries: number;
  /** Where each lane ends: written with its rows, under the lock that appending takes on this row. */
  readonly head0: number;
  readonly head1: number;
  readonly head2: number;
  readonly hash0: string;
  readonly hash1: string;
  readonly hash2: string;
  /** When it was deleted; everything of it goes 30 days later. */
  readonly deletedMs: number | null;
}

/** Read keys a mailbox had before: they open announcements only (C31). */
export interface PastKeyTable {
  readonly mailbox: string;
  readonly readKey: string;
  readonly endedMs: number;
}

/** Accounts the owner lets rekey and prune. */
export interface ListedTable {
  readonly mailbox: string;
  readonly account: string;
}

/** One row of a mailbox's lane; rows stay for ever, their bytes until 30 days after they were pruned. */
export interface EntryTable {
  readonly mailbox: string;
  readonly lane: 0 | 1 | 2;
  /** Dense from 1, assigned under a lock on the mailbox; never a sequence. */
  readonly position: number;
  readonly entryId: string;
  readonly prefixHash: string;
  /** Of the sealed bytes, also when they are no longer kept. */
  readonly size: number;
  readonly sealed: Uint8Array | null;
  /** The relay's own name of the device that brought it; null once pruned. */
  readonly fromDevice: string | null;
  /** Set when it was pruned. Readers are then given the row without bytes. */
  readonly prunedMs: number | null;
}

/** Small records of the store port: cursors and holes of conversations, and devices to be forgotten with their accounts. */
export interface RecordTable {
  readonly name: string;
  /** UTF-16, high byte first: compares as the strings do, and holds what a database's text may not. */
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/** One row each: `storeId`, `schema`. */
export interface MetaTable {
  readonly name: string;
  readonly value: string;
}

export interface MailboxTables {
  readonly mailbox: MailboxTable;
  readonly pastKey: PastKeyTable;
  readonly listed: ListedTable;
  readonly entry: EntryTable;
  readonly record: RecordTable;
  readonly meta: MetaTable;
}
