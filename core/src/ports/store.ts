/**
 * The store port: one log of sealed entries per (space, lane), and small opaque records, committed together.
 * Asynchronous everywhere, so that SQLite, IndexedDB, memory and a Swift host serve alike. A store reads nothing of what it holds.
 */
import type { DeviceId, EntryId, Hash, SpaceId, StoreId } from '@leanvibe/protocol/ids';

/** C26: 0 announcements; 1 links, checkpoints, attestations; 2 changes and parts. */
export type Lane = 0 | 1 | 2;
export const LANES: readonly Lane[] = [0, 1, 2];

/** Where a lane ends: position 0 with 32 zero bytes while empty. Positions are dense from 1. */
export interface Head {
  readonly position: number;
  /** prefixHash_n = SHA-256(prefixHash_{n-1} ‖ entryId_n). */
  readonly prefixHash: Hash;
}

export interface LogRow extends Head {
  readonly entryId: EntryId;
  /** Null once the bytes were pruned; the row itself stays for ever. */
  readonly sealed: Uint8Array | null;
  /** The peer that handed it to us, null when made here. Null too from pruning on, and refilling does not give it back. */
  readonly from: DeviceId | null;
}

export interface NewEntry {
  readonly space: SpaceId;
  readonly lane: Lane;
  readonly entryId: EntryId;
  readonly sealed: Uint8Array;
  readonly from: DeviceId | null;
}

/** A record's place: tables are fixed words of the engine, keys are opaque text compared by code unit, at most 512 characters. */
export interface RecordKey {
  readonly table: string;
  readonly key: string;
}

export interface Batch {
  /** Appended in order; an entryId the space already holds (in any lane, pruned or not) is dropped and keeps its first position. */
  readonly entries?: readonly NewEntry[];
  readonly put?: readonly (RecordKey & { readonly value: Uint8Array })[];
  readonly remove?: readonly RecordKey[];
  /** Drops the bytes and `from`, keeps the rows. */
  readonly prune?: readonly { readonly space: SpaceId; readonly entryId: EntryId }[];
  /** Gives bytes back to rows that lost them (damage or pruning). */
  readonly refill?: readonly { readonly space: SpaceId; readonly entryId: EntryId; readonly sealed: Uint8Array }[];
}

export interface RowLimits {
  readonly rows: number;
  readonly bytes: number;
  /** What this peer handed over beyond this position is wanted without its bytes: `sealed` is null there, and counts as nothing. */
  readonly bare?: Bare | null;
}

export interface Bare {
  readonly from: DeviceId;
  readonly above: number;
}

/** The ids behind a position, so many at most. */
export interface IdRange {
  readonly after: number;
  readonly rows: number;
}

export function isBare(bare: Bare | null | undefined, row: { readonly from: DeviceId | null; readonly position: number }): boolean {
  return bare !== undefined && bare !== null && row.from === bare.from && row.position > bare.above;
}

export interface Placed extends Head {
  readonly entryId: EntryId;
  /** False when the store held it before. */
  readonly fresh: boolean;
  /** The prefixHash just before this position. */
  readonly before: Hash;
}

export interface Store {
  /** Drawn when the store was made or restored; never reused. */
  readonly id: StoreId;
  /** All or nothing, and on disk when it resolves. Throws `StoreFull` or `StoreBroken`; then nothing was kept. Answers one `Placed` per entry, in order. */
  commit(batch: Batch): Promise<readonly Placed[]>;
  head(space: SpaceId, lane: Lane): Promise<Head>;
  /** The prefixHash at a position; null above the head. Position 0 answers 32 zero bytes. */
  prefixHash(space: SpaceId, lane: Lane, position: number): Promise<Hash | null>;
  /** Rows after a position, in order, until either limit is reached; at least one row if there is any. */
  rows(space: SpaceId, lane: Lane, after: number, limits: RowLimits): Promise<readonly LogRow[]>;
  /** One row by entry id, with its lane. */
  entry(space: SpaceId, entryId: EntryId): Promise<(LogRow & { readonly lane: Lane }) | null>;
  /** For each id, whether the space has a row for it. */
  has(space: SpaceId, entryIds: readonly EntryId[]): Promise<readonly boolean[]>;
  /** For each id, whether its bytes were pruned: a row that merely lost them is not. */
  pruned(space: SpaceId, entryIds: readonly EntryId[]): Promise<readonly boolean[]>;
  /** Entry ids of a lane in position order: all of them, or those of a range. */
  ids(space: SpaceId, lane: Lane, range?: IdRange): Promise<readonly EntryId[]>;
  spaces(): Promise<readonly SpaceId[]>;
  get(table: string, key: string): Promise<Uint8Array | null>;
  /** Records whose key starts with `prefix` and is greater than `after`, in key order. */
  scan(
    table: string,
    prefix: string,
    after: string | null,
    limit: number,
  ): Promise<readonly { readonly key: string; readonly value: Uint8Array }[]>;
  /** Row and byte counts of all logs, for people to read. */
  size(): Promise<{ readonly entries: number; readonly bytes: number }>;
  close(): Promise<void>;
}

export interface StoreDep {
  readonly store: Store;
}

/** The disk is full: nothing was kept, and reading goes on. */
export class StoreFull extends Error {
  override readonly name = 'StoreFull';
}

/** The store cannot be written or read any more: nothing was kept. */
export class StoreBroken extends Error {
  override readonly name = 'StoreBroken';
}
