/** The memory store's log of one space: three lanes of rows and one index of entry ids. */
import { concat } from '@leanvibe/protocol/bytes';
import { type EntryId, type Hash, idBytes, makeId } from '@leanvibe/protocol/ids';
import type { Hashing } from '../ports/crypto.js';
import { type Head, type IdRange, isBare, type Lane, type LogRow, type NewEntry, type Placed, type RowLimits } from '../ports/store.js';

export const EMPTY_HEAD: Head = { position: 0, prefixHash: makeId<Hash>(new Uint8Array(32)) };

interface Place {
  readonly lane: Lane;
  readonly position: number;
}

export interface SpaceLog {
  append(entry: NewEntry): Placed;
  /** Replaces the bytes of a row that exists; null drops them, and with them who handed them over. */
  setSealed(entryId: EntryId, sealed: Uint8Array | null): void;
  head(lane: Lane): Head;
  /** The head that was at a position; null above the present one. */
  headAt(lane: Lane, position: number): Head | null;
  rows(lane: Lane, after: number, limits: RowLimits): readonly LogRow[];
  find(entryId: EntryId): (LogRow & { readonly lane: Lane }) | null;
  has(entryId: EntryId): boolean;
  ids(lane: Lane, range?: IdRange): readonly EntryId[];
  size(): { readonly entries: number; readonly bytes: number };
  clone(): SpaceLog;
}

/** prefixHash_n = SHA-256(prefixHash_{n-1} ‖ entryId_n). */
export function nextPrefixHash(hashing: Hashing, before: Hash, entryId: EntryId): Hash {
  return makeId<Hash>(hashing.sha256(concat(idBytes(before), idBytes(entryId))));
}

function copyRow(row: LogRow): LogRow {
  return { ...row, sealed: row.sealed === null ? null : row.sealed.slice() };
}

export function createSpaceLog(hashing: Hashing, from: readonly (readonly LogRow[])[] = [[], [], []]): SpaceLog {
  const lanes = from.map((rows) => [...rows]); // rows and their bytes never change once inside, so copies of a log share them
  const places = new Map<EntryId, Place>();
  lanes.forEach((rows, lane) => rows.forEach((row) => places.set(row.entryId, { lane: lane as Lane, position: row.position })));

  const laneRows = (lane: Lane): LogRow[] => lanes[lane] as LogRow[];
  const headAt = (lane: Lane, position: number): Head | null => {
    if (position === 0) return EMPTY_HEAD;
    const row = laneRows(lane)[position - 1];
    return row === undefined ? null : { position, prefixHash: row.prefixHash };
  };
  const head = (lane: Lane): Head => headAt(lane, laneRows(lane).length) as Head;
  const placed = (place: Place, entryId: EntryId, fresh: boolean): Placed => {
    const at = headAt(place.lane, place.position) as Head;
    const before = headAt(place.lane, place.position - 1) as Head;
    return { ...at, entryId, fresh, before: before.prefixHash };
  };

  return {
    append(entry) {
      const known = places.get(entry.entryId);
      if (known !== undefined) return placed(known, entry.entryId, false);
      const before = head(entry.lane);
      const place = { lane: entry.lane, position: before.position + 1 };
      const prefixHash = nextPrefixHash(hashing, before.prefixHash, entry.entryId);
      laneRows(entry.lane).push({ position: place.position, prefixHash, entryId: entry.entryId, sealed: entry.sealed, from: entry.from });
      places.set(entry.entryId, place);
      return placed(place, entry.entryId, true);
    },
    setSealed(entryId, sealed) {
      const place = places.get(entryId);
      if (place === undefined) return;
      const rows = laneRows(place.lane);
      const row = rows[place.position - 1] as LogRow;
      rows[place.position - 1] = { ...row, sealed, from: sealed === null ? null : row.from };
    },
    head,
    headAt,
    rows(lane, after, limits) {
      const found: LogRow[] = [];
      let bytes = 0;
      for (const whole of laneRows(lane).slice(after, after + Math.max(1, limits.rows))) {
        const row = isBare(limits.bare, whole) ? { ...whole, sealed: null } : whole;
        bytes += row.sealed?.length ?? 0;
        if (found.length > 0 && bytes > limits.bytes) break;
        found.push(copyRow(row));
      }
      return found;
    },
    find(entryId) {
      const place = places.get(entryId);
      return place === undefined ? null : { ...copyRow(laneRows(place.lane)[place.position - 1] as LogRow), lane: place.lane };
    },
    has: (entryId) => places.has(entryId),
    ids(lane, range) {
      const rows = range === undefined ? laneRows(lane) : laneRows(lane).slice(range.after, range.after + range.rows);
      return rows.map((row) => row.entryId);
    },
    size() {
      let bytes = 0;
      for (const rows of lanes) for (const row of rows) bytes += row.sealed?.length ?? 0;
      return { entries: places.size, bytes };
    },
    clone: () => createSpaceLog(hashing, lanes),
  };
}
