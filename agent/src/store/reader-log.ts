/** Reads of logs, packed rows among them. Each slice of a read sees one moment of the store: a row may move while it is sought. */
import type { Hashing } from '@leanvibe/core/ports/crypto';
import { type Bare, type Head, isBare, type Lane, type LogRow, type RowLimits, type Store } from '@leanvibe/core/ports/store';
import { type AnyId, type DeviceId, type EntryId, type Hash, idBytes, makeId, type SpaceId } from '@leanvibe/protocol/ids';
import type { Database } from 'better-sqlite3';
import { isLost, type PackedId } from './block.js';
import { type Damage, DamagedRow } from './damage.js';
import { HELD_ROWS, type HeldRow, SOME_STORED_ROWS, STORED_ROWS, type StoredRow } from './log-rows.js';
import { merged } from './merge.js';
import { createPacked, nextPrefix, type PackedAt } from './packed.js';
import { logSum } from './sums.js';

export type LogReader = Pick<Store, 'head' | 'prefixHash' | 'rows' | 'entry' | 'has' | 'pruned' | 'ids' | 'spaces' | 'size'>;

/** Between two slices the loop turns, so that a long read never holds it more than a few milliseconds. */
export const SLICE_ROWS = 64;
export const SLICE_BYTES = 128 * 1024;
/** Blocks whose ids are learned in one slice: 30 µs each. */
const SLICE_BLOCKS = 16;
const EMPTY: Head = { position: 0, prefixHash: makeId<Hash>(new Uint8Array(32)) };

export const pause = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
export const plain = (buffer: Buffer): Uint8Array => new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);

/** `makeId` for Buffers: the same words, ten times as fast. */
function hexId<Id extends AnyId>(bytes: Buffer): Id {
  return bytes.length === 32 ? (bytes.toString('hex') as Id) : makeId<Id>(bytes);
}

export function createLogReader(db: Database, hashing: Hashing, onDamage: (damage: Damage) => void): LogReader {
  const run = statements(db);
  const packed = createPacked(db, {
    onDamage: (space, lane, position) => onDamage({ kind: 'row', space: hexId<SpaceId>(space), lane: lane as Lane, position }),
  });
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

  const atOnce = db.transaction((look: () => unknown) => look()) as <Value>(look: () => Value) => Value;

  /** Looks when the ids of every packed row are known, at that same moment. */
  async function knowing<Value>(look: () => Value): Promise<Value> {
    for (;;) {
      const seen = atOnce(() => (packed.catchUp(SLICE_BLOCKS) ? { value: look() } : null));
      if (seen !== null) return seen.value;
      await pause();
    }
  }

  async function each(space: SpaceId, entryIds: readonly EntryId[], look: (ref: number, entry: Uint8Array) => boolean): Promise<boolean[]> {
    const found: boolean[] = [];
    const ref = refOf(space);
    if (ref === undefined) return entryIds.map(() => false);
    for (let at = 0; at < entryIds.length; at += SLICE_ROWS) {
      if (at > 0) await pause();
      const slice = entryIds.slice(at, at + SLICE_ROWS);
      found.push(...(await knowing(() => slice.map((entryId) => look(ref, idBytes(entryId))))));
    }
    return found;
  }

  /** Identity of the row, its bytes not looked at. */
  function proven<Row extends HeldRow>(space: SpaceId, row: Row): Row {
    if (logSum(bytesOf(space), row.lane, row.position, row.entry, row.prefix, row.peer) === row.sum) return row;
    onDamage({ kind: 'row', space, lane: row.lane, position: row.position });
    throw new DamagedRow('a log row is damaged');
  }

  function toRow(space: SpaceId, row: StoredRow, bare?: Bare | null): LogRow & { readonly lane: Lane } {
    proven(space, row);
    const entryId = hexId<EntryId>(row.entry);
    const from = row.peer === null ? null : hexId<DeviceId>(row.peer);
    const unread = isBare(bare, { from, position: row.position });
    const bytes = row.bytes === null ? null : plain(row.bytes);
    const whole = bytes !== null && row.entry.equals(hashing.sha256(bytes));
    if (!whole && !unread && (row.body !== null || isLost(row.position)))
      onDamage({ kind: 'entry', space, entryId, lane: row.lane, position: row.position });
    return { lane: row.lane, position: row.position, prefixHash: hexId<Hash>(row.prefix), entryId, sealed: whole ? bytes : null, from };
  }

  function packedPrefix(space: SpaceId, ref: number, { lane, position }: PackedAt): Buffer {
    const prefix = packed.prefixAt(ref, lane, position);
    if (prefix !== null) return prefix;
    onDamage({ kind: 'row', space, lane: lane as Lane, position });
    throw new DamagedRow('a log row before a pruned one is missing');
  }

  function packedRow({ position, entry }: PackedId, prefix: Buffer): LogRow {
    return { position, prefixHash: hexId<Hash>(prefix), entryId: hexId<EntryId>(entry), sealed: null, from: null };
  }

  /** Bytes that are not wanted are not even read. */
  function rowsOf(ref: number, lane: Lane, after: number, bare: Bare | null | undefined): Iterable<StoredRow> {
    if (bare === undefined || bare === null) return run.rows.iterate(ref, lane, after);
    return run.someRows.iterate(idBytes(bare.from), bare.above, ref, lane, after);
  }

  /** One slice of `rows`, put into `found`; true when more may follow. */
  function sliceOf(ref: number, space: SpaceId, lane: Lane, after: number, limits: RowLimits, found: LogRow[]): boolean {
    let [bytes, rows] = [0, 0];
    let last: { readonly position: number; readonly prefix: Buffer } | null = null;
    for (const stored of merged(rowsOf(ref, lane, after, limits.bare), packed.after(ref, lane, after))) {
      const inLog = 'prefix' in stored;
      const size = inLog ? (stored.bytes?.length ?? 0) : 0;
      if (found.length > 0 && bytes + size > limits.bytes) return false;
      const { position, entry } = stored;
      const prefix: Buffer = inLog
        ? stored.prefix
        : last?.position === position - 1
          ? nextPrefix(last.prefix, entry)
          : packedPrefix(space, ref, { lane, position });
      if (inLog) {
        const { lane: _lane, ...row } = toRow(space, stored, limits.bare);
        found.push(row);
      } else found.push(packedRow(stored, prefix));
      last = { position, prefix };
      bytes += size;
      rows += 1;
      if (found.length >= limits.rows) return false;
      if (bytes >= SLICE_BYTES || rows >= SLICE_ROWS) return true;
    }
    return false;
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
      if (ref === undefined) return null;
      const prefix = atOnce(() => packed.prefixAt(ref, lane, position));
      return prefix === null ? null : hexId<Hash>(prefix);
    },
    rows: async (space, lane, after, limits) => {
      const found: LogRow[] = [];
      const ref = refOf(space);
      if (ref === undefined) return found;
      for (let left = limits.bytes; ; await pause()) {
        const [at, had] = [found.at(-1)?.position ?? after, found.length];
        const more = atOnce(() => sliceOf(ref, space, lane, at, { ...limits, bytes: left }, found));
        if (!more) return found;
        for (const row of found.slice(had)) left -= row.sealed?.length ?? 0;
      }
    },
    entry: async (space, entryId) => {
      const ref = refOf(space);
      if (ref === undefined) return null;
      const id = idBytes(entryId);
      return await knowing(() => {
        const row = run.entry.get(ref, id);
        if (row !== undefined) return toRow(space, row);
        const at = packed.find(ref, id);
        return at === null
          ? null
          : { ...packedRow({ ...at, entry: Buffer.from(id) }, packedPrefix(space, ref, at)), lane: at.lane as Lane };
      });
    },
    has: (space, entryIds) => each(space, entryIds, (ref, id) => run.has.get(ref, id) !== undefined || packed.find(ref, id) !== null),
    pruned: (space, entryIds) => each(space, entryIds, (ref, id) => packed.find(ref, id) !== null),
    ids: async (space, lane, range) => {
      const found: EntryId[] = [];
      const ref = refOf(space);
      if (ref === undefined) return found;
      const most = range?.rows ?? Number.POSITIVE_INFINITY;
      for (let at = range?.after ?? 0; ; await pause()) {
        const had = found.length;
        const rows = Math.min(SLICE_ROWS, most - had);
        atOnce(() => {
          for (const row of merged(run.slice.iterate(ref, lane, at, rows), packed.after(ref, lane, at))) {
            found.push(hexId<EntryId>(('prefix' in row ? proven(space, row) : row).entry));
            at = row.position;
            if (found.length - had === rows) break;
          }
        });
        if (found.length - had < SLICE_ROWS || found.length === most) return found;
      }
    },
    spaces: async () => run.spaces.all().map((id) => hexId<SpaceId>(id)),
    size: async () => run.size.get() ?? { entries: 0, bytes: 0 },
  };
}

function statements(db: Database) {
  return {
    space: db.prepare<[Uint8Array], number>('SELECT ref FROM spaces WHERE id = ?').pluck(),
    head: db.prepare<[number, Lane], { position: number; prefix: Buffer }>(
      'SELECT position, prefix FROM heads WHERE space = ? AND lane = ?',
    ),
    rows: db.prepare<[number, Lane, number], StoredRow>(
      `${STORED_ROWS} WHERE l.space = ? AND l.lane = ? AND l.position > ? ORDER BY l.position`,
    ),
    someRows: db.prepare<[Uint8Array, number, number, Lane, number], StoredRow>(
      `${SOME_STORED_ROWS} WHERE l.space = ? AND l.lane = ? AND l.position > ? ORDER BY l.position`,
    ),
    entry: db.prepare<[number, Uint8Array], StoredRow>(`${STORED_ROWS} WHERE l.space = ? AND l.entry = ?`),
    has: db.prepare<[number, Uint8Array], number>('SELECT 1 FROM log WHERE space = ? AND entry = ?').pluck(),
    slice: db.prepare<[number, Lane, number, number], HeldRow>(
      `${HELD_ROWS} WHERE l.space = ? AND l.lane = ? AND l.position > ? ORDER BY l.position LIMIT ?`,
    ),
    spaces: db.prepare<[], Buffer>('SELECT id FROM spaces ORDER BY id').pluck(),
    size: db.prepare<[], { entries: number; bytes: number }>(
      'SELECT coalesce(sum(position), 0) AS entries, coalesce(sum(bytes), 0) AS bytes FROM heads WHERE space <> 0',
    ),
  };
}
