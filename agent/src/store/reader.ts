/** Reads on the calling thread through a connection of its own: a point read costs microseconds, and nothing uncommitted is ever seen. */
import type { Hashing } from '@leanvibe/core/ports/crypto';
import type { Head, Lane, LogRow, Store } from '@leanvibe/core/ports/store';
import { type AnyId, type DeviceId, type EntryId, type Hash, idBytes, makeId, type SpaceId } from '@leanvibe/protocol/ids';
import Sqlite, { type Database } from 'better-sqlite3';
import { afterPrefix, keyBytes, keyText } from './keytext.js';
import { logSum, recordSum } from './sums.js';

/** What a read found wrong. An `entry` can be refilled; anything else needs the store opened anew, which salvages it. */
export type Damage =
  | { readonly kind: 'entry'; readonly space: SpaceId; readonly entryId: EntryId; readonly lane: Lane; readonly position: number }
  | { readonly kind: 'row'; readonly space: SpaceId; readonly lane: Lane; readonly position: number }
  | { readonly kind: 'record'; readonly table: string };

/** Thrown by a read that met a row whose own sum is wrong. */
export class DamagedRow extends Error {
  override readonly name = 'DamagedRow';
}

export type Reader = Pick<
  Store,
  'head' | 'prefixHash' | 'rows' | 'entry' | 'has' | 'pruned' | 'ids' | 'spaces' | 'get' | 'scan' | 'size'
> & {
  readonly close: () => void;
};

/** Between two slices the loop turns, so that a long read never holds it more than a few milliseconds. */
const SLICE_ROWS = 64;
const SLICE_BYTES = 128 * 1024;
const EMPTY: Head = { position: 0, prefixHash: makeId<Hash>(new Uint8Array(32)) };

interface StoredRow {
  readonly lane: Lane;
  readonly position: number;
  readonly entry: Buffer;
  readonly prefix: Buffer;
  readonly peer: Buffer | null;
  readonly body: number | null;
  readonly sum: number;
  readonly bytes: Buffer | null;
}

const COLUMNS = 'l.lane, l.position, l.entry, l.prefix, p.id AS peer, l.body, l.sum';
const JOINED = `SELECT ${COLUMNS}, b.bytes FROM log l LEFT JOIN peers p ON p.ref = l.peer LEFT JOIN bodies b ON b.ref = l.body`;

/** `makeId` for Buffers: the same words, ten times as fast. */
function hexId<Id extends AnyId>(bytes: Buffer): Id {
  return bytes.length === 32 ? (bytes.toString('hex') as Id) : makeId<Id>(bytes);
}

const pause = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const plain = (buffer: Buffer): Uint8Array => new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);

/** Reads throw what SQLite throws, or `DamagedRow`. */
export function openReader(path: string, hashing: Hashing, onDamage: (damage: Damage) => void): Reader {
  const db = new Sqlite(path, { readonly: true });
  const run = statements(db);
  const refs = new Map<SpaceId, number>();
  let lastSpace: { readonly space: SpaceId; readonly bytes: Uint8Array } | null = null;

  /** Reads come in runs of one space. */
  function bytesOf(space: SpaceId): Uint8Array {
    if (lastSpace?.space !== space) lastSpace = { space, bytes: idBytes(space) };
    return lastSpace.bytes;
  }

  function refOf(space: SpaceId): number | undefined {
    const known = refs.get(space) ?? run.space.get(idBytes(space));
    if (known !== undefined) refs.set(space, known);
    return known;
  }

  /** Identity of the row, its bytes not looked at. */
  function proven(space: SpaceId, row: Omit<StoredRow, 'bytes'>): Omit<StoredRow, 'bytes'> {
    if (logSum(bytesOf(space), row.lane, row.position, row.entry, row.prefix, row.peer) === row.sum) return row;
    onDamage({ kind: 'row', space, lane: row.lane, position: row.position });
    throw new DamagedRow('a log row is damaged');
  }

  function toRow(space: SpaceId, row: StoredRow): LogRow & { readonly lane: Lane } {
    proven(space, row);
    const entryId = hexId<EntryId>(row.entry);
    const bytes = row.bytes === null ? null : plain(row.bytes);
    const whole = bytes !== null && row.entry.equals(hashing.sha256(bytes));
    if (row.body !== null && !whole) onDamage({ kind: 'entry', space, entryId, lane: row.lane, position: row.position });
    const from = row.peer === null ? null : hexId<DeviceId>(row.peer);
    return { lane: row.lane, position: row.position, prefixHash: hexId<Hash>(row.prefix), entryId, sealed: whole ? bytes : null, from };
  }

  function record(table: string, row: { readonly key: Buffer; readonly value: Buffer; readonly sum: number }): Uint8Array {
    if (recordSum(keyBytes(table), row.key, row.value) === row.sum) return plain(row.value);
    onDamage({ kind: 'record', table });
    throw new DamagedRow('a record is damaged');
  }

  return {
    head: async (space, lane) => {
      const ref = refOf(space);
      const row = ref === undefined ? undefined : run.head.get(ref, lane);
      return row === undefined ? EMPTY : { position: row.position, prefixHash: hexId<Hash>(row.prefix) };
    },
    prefixHash: async (space, lane, position) => {
      if (position === 0) return EMPTY.prefixHash;
      const ref = refOf(space);
      const row = ref === undefined ? undefined : run.rowAt.get(ref, lane, position);
      return row === undefined ? null : hexId<Hash>(proven(space, row).prefix);
    },
    rows: async (space, lane, after, limits) => {
      const found: LogRow[] = [];
      const ref = refOf(space);
      if (ref === undefined) return found;
      let total = 0;
      for (let at = after, more = true; more; ) {
        more = false;
        let slice = 0;
        for (const stored of run.rows.iterate(ref, lane, at)) {
          const size = stored.bytes?.length ?? 0;
          if (found.length > 0 && total + size > limits.bytes) return found;
          const { lane: _lane, ...row } = toRow(space, stored);
          found.push(row);
          total += size;
          slice += size;
          at = row.position;
          if (found.length >= limits.rows) return found;
          more = slice >= SLICE_BYTES || found.length % SLICE_ROWS === 0;
          if (more) break;
        }
        if (more) await pause();
      }
      return found;
    },
    entry: async (space, entryId) => {
      const ref = refOf(space);
      const row = ref === undefined ? undefined : run.entry.get(ref, idBytes(entryId));
      return row === undefined ? null : toRow(space, row);
    },
    has: async (space, entryIds) => {
      const ref = refOf(space);
      const found: boolean[] = [];
      for (const entryId of entryIds) {
        found.push(ref !== undefined && run.has.get(ref, idBytes(entryId)) !== undefined);
        if (found.length % SLICE_ROWS === 0) await pause();
      }
      return found;
    },
    pruned: async (space, entryIds) => {
      const ref = refOf(space);
      return entryIds.map((entryId) => ref !== undefined && run.pruned.get(ref, idBytes(entryId)) === 1);
    },
    ids: async (space, lane) => {
      const found: EntryId[] = [];
      const ref = refOf(space);
      if (ref === undefined) return found;
      for (let at = 0; ; await pause()) {
        const rows = run.slice.all(ref, lane, at, SLICE_ROWS);
        for (const row of rows) found.push(hexId<EntryId>(proven(space, row).entry));
        if (rows.length < SLICE_ROWS) return found;
        at = rows.at(-1)?.position ?? at;
      }
    },
    spaces: async () => run.spaces.all().map((id) => hexId<SpaceId>(id)),
    get: async (table, key) => {
      const bytes = keyBytes(key);
      const row = run.get.get(keyBytes(table), bytes);
      return row === undefined ? null : record(table, { ...row, key: bytes });
    },
    scan: async (table, prefix, after, limit) => {
      const found: { readonly key: string; readonly value: Uint8Array }[] = [];
      const tab = keyBytes(table);
      const start = keyBytes(prefix);
      const bound = afterPrefix(start);
      // `after` itself is passed over; a prefix that is itself a key is not.
      let from = after !== null && after >= prefix ? { key: keyBytes(after), inclusive: 0 } : { key: start, inclusive: 1 };
      while (found.length < limit) {
        const want = Math.min(limit - found.length, SLICE_ROWS);
        const rows =
          bound === null
            ? run.scanAll.iterate(tab, from.key, from.inclusive, from.key, want)
            : run.scan.iterate(tab, from.key, from.inclusive, from.key, bound, want);
        let slice = 0;
        let count = 0;
        for (const row of rows) {
          found.push({ key: keyText(row.key), value: record(table, row) });
          from = { key: row.key, inclusive: 0 };
          count += 1;
          slice += row.value.length;
          if (slice >= SLICE_BYTES) break;
        }
        if (count < want && slice < SLICE_BYTES) break;
        if (found.length < limit) await pause();
      }
      return found;
    },
    size: async () => run.size.get() ?? { entries: 0, bytes: 0 },
    close: () => db.close(),
  };
}

interface RecordRow {
  readonly key: Buffer;
  readonly value: Buffer;
  readonly sum: number;
}

function statements(db: Database) {
  const scan = (bound: string): string =>
    `SELECT key, value, sum FROM records WHERE tab = ? AND key >= ? AND (? OR key > ?) ${bound} ORDER BY key LIMIT ?`;
  return {
    space: db.prepare<[Uint8Array], number>('SELECT ref FROM spaces WHERE id = ?').pluck(),
    head: db.prepare<[number, Lane], { position: number; prefix: Buffer }>(
      'SELECT position, prefix FROM heads WHERE space = ? AND lane = ?',
    ),
    rowAt: db.prepare<[number, Lane, number], Omit<StoredRow, 'bytes'>>(
      `SELECT ${COLUMNS} FROM log l LEFT JOIN peers p ON p.ref = l.peer WHERE l.space = ? AND l.lane = ? AND l.position = ?`,
    ),
    rows: db.prepare<[number, Lane, number], StoredRow>(
      `${JOINED} WHERE l.space = ? AND l.lane = ? AND l.position > ? ORDER BY l.position`,
    ),
    entry: db.prepare<[number, Uint8Array], StoredRow>(`${JOINED} WHERE l.space = ? AND l.entry = ?`),
    has: db.prepare<[number, Uint8Array], number>('SELECT 1 FROM log WHERE space = ? AND entry = ?').pluck(),
    pruned: db.prepare<[number, Uint8Array], number>('SELECT body IS NULL FROM log WHERE space = ? AND entry = ?').pluck(),
    slice: db.prepare<[number, Lane, number, number], Omit<StoredRow, 'bytes'>>(
      `SELECT ${COLUMNS} FROM log l LEFT JOIN peers p ON p.ref = l.peer WHERE l.space = ? AND l.lane = ? AND l.position > ? ORDER BY l.position LIMIT ?`,
    ),
    spaces: db.prepare<[], Buffer>('SELECT id FROM spaces ORDER BY id').pluck(),
    get: db.prepare<[Buffer, Buffer], { value: Buffer; sum: number }>('SELECT value, sum FROM records WHERE tab = ? AND key = ?'),
    scan: db.prepare<[Buffer, Buffer, number, Buffer, Buffer, number], RecordRow>(scan('AND key < ?')),
    scanAll: db.prepare<[Buffer, Buffer, number, Buffer, number], RecordRow>(scan('')),
    size: db.prepare<[], { entries: number; bytes: number }>(
      'SELECT coalesce(sum(position), 0) AS entries, coalesce(sum(bytes), 0) AS bytes FROM heads WHERE space <> 0',
    ),
  };
}
