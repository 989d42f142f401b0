/** What batches do to the rows of locked mailboxes: positions, chained prefix hashes, and what is written in the end. No database in here. */
import type { Hashing } from '@leanvibe/core/ports/crypto';
import type { NewEntry, Placed } from '@leanvibe/core/ports/store';
import { type EntryId, type Hash, idBytes, makeId } from '@leanvibe/protocol/ids';
import { NoMailbox } from '../ports/mailbox-store.js';
import type { Outcome } from './group.js';
import type { OwnBatch } from './own-batch.js';

/** A mailbox row as it was locked, and as it becomes. */
export interface Counted {
  readonly mailbox: string;
  readonly deleted: boolean;
  readonly heads: [number, number, number];
  readonly hashes: [Hash, Hash, Hash];
  bytes: number;
  prunedBytes: number;
  entries: number;
}

/** A row that was there before, or that this transaction makes. */
export interface Row {
  readonly mailbox: string;
  readonly lane: 0 | 1 | 2;
  readonly position: number;
  readonly entryId: EntryId;
  readonly prefixHash: Hash;
  readonly before: Hash;
  readonly isNew: boolean;
  size: number;
  from: string | null;
  pruned: boolean;
  /** Whether the bytes are kept, pruned or not. */
  held: boolean;
  /** Bytes this transaction writes; null when it writes none. */
  sealed: Uint8Array | null;
  /** Pruned or given back by this transaction. */
  changed: boolean;
}

export interface Placing {
  /** Applies one batch to the end, or nothing of it. */
  apply(batch: OwnBatch): Outcome;
  made(): readonly Row[];
  /** Rows of before whose `pruned` changed hands. */
  changed(): readonly Row[];
  /** Rows of before that get bytes. */
  refilled(): readonly Row[];
  mailboxes(): readonly Counted[];
}

/** The key of an entry among several mailboxes. */
export function nameOf(mailbox: string, entryId: string): string {
  return mailbox + entryId;
}

export function createPlacing(hashing: Hashing, locked: readonly Counted[], known: readonly Row[]): Placing {
  const mailboxes = new Map(locked.map((row) => [row.mailbox, row]));
  const rows = new Map(known.map((row) => [nameOf(row.mailbox, row.entryId), row]));
  const touched = new Set<Counted>();

  function append(to: Counted, entry: NewEntry): Placed {
    const there = rows.get(nameOf(entry.space, entry.entryId));
    if (there !== undefined) return placedOf(there, false);
    const before = to.hashes[entry.lane];
    const prefixHash = makeId<Hash>(hashing.sha256(idBytes(before), idBytes(entry.entryId)));
    const position = to.heads[entry.lane] + 1;
    const { lane, entryId, sealed, from } = entry;
    const fate = { pruned: false, held: true, sealed, changed: false, isNew: true };
    const row: Row = { mailbox: to.mailbox, lane, position, entryId, prefixHash, before, size: sealed.length, from, ...fate };
    rows.set(nameOf(entry.space, entryId), row);
    to.heads[lane] = position;
    to.hashes[lane] = prefixHash;
    to.entries += 1;
    to.bytes += row.size;
    touched.add(to);
    return placedOf(row, true);
  }

  function prune(to: Counted, row: Row): void {
    if (row.pruned) return;
    row.pruned = true;
    row.from = null;
    row.changed = true;
    to.prunedBytes += row.size;
    touched.add(to);
  }

  function refill(to: Counted, row: Row, sealed: Uint8Array): void {
    if (!row.pruned) return;
    row.pruned = false;
    row.changed = true;
    touched.add(to);
    if (row.held) {
      to.prunedBytes -= row.size;
      return;
    }
    row.held = true;
    row.sealed = sealed;
    row.size = sealed.length;
    to.bytes += row.size;
  }

  function each(
    asked: readonly { readonly space: string; readonly entryId: string }[],
    act: (to: Counted, row: Row, at: number) => void,
  ): void {
    asked.forEach(({ space, entryId }, at) => {
      const [to, row] = [mailboxes.get(space), rows.get(nameOf(space, entryId))];
      if (to !== undefined && row !== undefined) act(to, row, at);
    });
  }

  const all = (): readonly Row[] => [...rows.values()];
  return {
    apply(batch) {
      const shut = batch.entries.find(({ space }) => mailboxes.get(space)?.deleted !== false);
      if (shut !== undefined) return { error: new NoMailbox(`there is no mailbox ${shut.space.slice(0, 8)}… to append to`) };
      const placed = batch.entries.map((entry) => append(mailboxes.get(entry.space) as Counted, entry));
      each(batch.prune, prune);
      each(batch.refill, (to, row, at) => refill(to, row, batch.refill[at]?.sealed ?? new Uint8Array(0)));
      return { placed };
    },
    made: () => all().filter((row) => row.isNew),
    changed: () => all().filter((row) => !row.isNew && row.changed),
    refilled: () => all().filter((row) => !row.isNew && row.sealed !== null),
    mailboxes: () => [...touched],
  };
}

function placedOf({ entryId, position, prefixHash, before }: Row, fresh: boolean): Placed {
  return { entryId, position, prefixHash, before, fresh };
}
