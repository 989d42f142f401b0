/** Reading around damage: from both ends of each tree towards the broken page, keeping only what proves itself. */
import { nodeHashing } from '@leanvibe/core/crypto/node/hashing';
import type { Database } from 'better-sqlite3';
import { isLost } from './block.js';
import { readPacked, type SalvagedPacked } from './salvage-packed.js';
import { one, until } from './salvage-until.js';
import { readMeta } from './schema.js';
import { bodySum, logSum, recordSum } from './sums.js';

export interface SalvagedRow {
  readonly space: Buffer;
  readonly lane: number;
  readonly entry: Buffer;
  readonly peer: Buffer | null;
  /** Null when pruned, or when the bytes no longer hash to the entry id. */
  readonly sealed: Buffer | null;
  readonly pruned: boolean;
}

export interface OrphanRow {
  readonly space: Buffer;
  readonly lane: number;
  readonly entry: Buffer;
  readonly sealed: Buffer;
}

export interface SalvagedRecord {
  readonly table: Buffer;
  readonly key: Buffer;
  readonly value: Buffer;
}

const sha256 = (bytes: Uint8Array): Buffer => Buffer.from(nodeHashing.sha256(bytes));

/** Ids live twice, in the table and in its index: whichever makes a row's sum come out right is the true one. */
function readIds(db: Database, table: 'spaces' | 'peers'): Map<number, readonly Buffer[]> {
  const known = new Map<number, readonly Buffer[]>();
  const note = (row: { ref: number; id: Buffer }): void => {
    if (row.id.length === 32) known.set(row.ref, [...(known.get(row.ref) ?? []), row.id]);
  };
  for (const sql of [
    `SELECT ref, id FROM ${table} NOT INDEXED`,
    `SELECT ref, id FROM ${table} NOT INDEXED ORDER BY ref DESC`,
    `SELECT ref, id FROM ${table} INDEXED BY sqlite_autoindex_${table}_1 ORDER BY id`,
  ]) {
    for (const row of until(() => db.prepare<[], { ref: number; id: Buffer }>(sql).iterate())) note(row);
  }
  return known;
}

export function readSpaces(db: Database): Map<number, readonly Buffer[]> {
  return readIds(db, 'spaces');
}

interface StoredRow {
  readonly space: number;
  readonly lane: number;
  readonly position: number;
  readonly entry: Buffer;
  readonly prefix: Buffer;
  readonly peer: number | null;
  readonly body: number | null;
  readonly sum: number;
}

/** The version of a store from which on pruned rows are packed; before, they are rows of the log without a body. */
const PACKS_FROM = 3;

/** Every log row that proves itself, lane by lane in order; null for one that is known to be lost. */
export function* readLog(db: Database, spaces: ReadonlyMap<number, readonly Buffer[]>): Generator<SalvagedRow | null> {
  const peers = readIds(db, 'peers');
  const body = db.prepare<[number], Buffer>('SELECT bytes FROM bodies WHERE ref = ?').pluck();
  const at = db.prepare<[number, number, number], StoredRow>('SELECT * FROM log WHERE space = ? AND lane = ? AND position = ?');
  const packed = readPacked(db, spaces);
  const packs = (one(() => readMeta(db, 'schema'))?.readUInt32LE(0) ?? PACKS_FROM) >= PACKS_FROM;
  for (const [ref, ids] of [...spaces].sort(([a], [b]) => a - b)) {
    for (const lane of [0, 1, 2]) {
      for (const { position, row } of laneRows(db, at, packed, ref, lane)) {
        yield row === null ? prunedRow(packed, ref, lane, position) : prove(row, ids, peers, packs, (from) => one(() => body.get(from)));
      }
    }
  }
}

function prunedRow(packed: SalvagedPacked, ref: number, lane: number, position: number): SalvagedRow | null {
  const found = packed.at(ref, lane, position);
  return found === null ? null : { ...found, lane, peer: null, sealed: null, pruned: true };
}

type At = { get(space: number, lane: number, position: number): StoredRow | undefined };

/** Upwards to the damage, downwards to the damage, then each position between. A row that is not in the log may be packed. */
function* laneRows(
  db: Database,
  at: At,
  packed: SalvagedPacked,
  space: number,
  lane: number,
): Generator<{ readonly position: number; readonly row: StoredRow | null }> {
  const lastPacked = packed.last(space, lane);
  const up = db.prepare<[number, number], StoredRow>('SELECT * FROM log WHERE space = ? AND lane = ? ORDER BY position');
  let last = 0;
  for (const row of until(() => up.iterate(space, lane))) {
    if (row.position <= last) continue;
    const missing = Math.min(row.position - 1, Math.max(last + GAP_MAX, lastPacked));
    for (let position = last + 1; position <= missing; position++) yield { position, row: null };
    last = row.position;
    yield { position: last, row };
  }
  const down = db
    .prepare<[number, number, number], number>(
      'SELECT position FROM log WHERE space = ? AND lane = ? AND position > ? ORDER BY position DESC',
    )
    .pluck();
  let lowest = Number.POSITIVE_INFINITY;
  let highest = last;
  for (const position of until(() => down.iterate(space, lane, last))) {
    highest = Math.max(highest, position);
    lowest = Math.min(lowest, position);
  }
  const told =
    one(() => db.prepare<[number, number], number>('SELECT position FROM heads WHERE space = ? AND lane = ?').pluck().get(space, lane)) ??
    0;
  const end = Math.max(highest, lastPacked, Math.min(told, last + PROBES_MAX));
  for (let position = last + 1; position <= end; position++) yield { position, row: one(() => at.get(space, lane, position)) };
}

/** A damaged row may claim any position. */
const GAP_MAX = 1_000;
/** A damaged head may claim any number of rows. */
const PROBES_MAX = 10_000_000;

/** A row is believed when its sum, or the bytes it names, prove it. */
function prove(
  row: StoredRow,
  spaces: readonly Buffer[],
  peers: ReadonlyMap<number, readonly Buffer[]>,
  packs: boolean,
  body: (ref: number) => Buffer | null,
): SalvagedRow | null {
  const bytes = row.body === null ? null : body(row.body);
  const peersPossible = row.peer === null ? [null] : (peers.get(row.peer) ?? []);
  for (const space of spaces) {
    for (const peer of peersPossible) {
      if (logSum(space, row.lane, row.position, row.entry, row.prefix, peer) !== row.sum) continue;
      const whole = bytes !== null && sha256(bytes).equals(row.entry);
      return {
        space,
        lane: row.lane,
        entry: row.entry,
        peer,
        sealed: whole ? bytes : null,
        pruned: row.body === null && !(packs && isLost(row.position)),
      };
    }
  }
  return null;
}

/** Bodies whose log row was lost: their hash is their id, and they know their space and lane. */
export function* readOrphans(db: Database, spaces: ReadonlyMap<number, readonly Buffer[]>): Generator<OrphanRow> {
  const sound = soundSpaces(spaces);
  const seen = new Set<number>();
  for (const order of ['ASC', 'DESC']) {
    const rows = db.prepare<[], { ref: number; place: number; bytes: Buffer; sum: number }>(
      `SELECT ref, place, bytes, sum FROM bodies ORDER BY ref ${order}`,
    );
    for (const { ref, place, bytes, sum } of until(() => rows.iterate())) {
      if (seen.has(ref)) break;
      seen.add(ref);
      const space = sound.get(place >> 2);
      if (space !== undefined && (place & 3) < 3 && bodySum(place, bytes) === sum)
        yield { space, lane: place & 3, entry: sha256(bytes), sealed: bytes };
    }
  }
}

/** Spaces whose two copies agree: an orphan has no sum to tell which copy is the true one. */
function soundSpaces(spaces: ReadonlyMap<number, readonly Buffer[]>): ReadonlyMap<number, Buffer> {
  const sound = new Map<number, Buffer>();
  for (const [ref, ids] of spaces) {
    const [first] = ids;
    if (first !== undefined && ids.length > 1 && ids.every((id) => id.equals(first))) sound.set(ref, first);
  }
  return sound;
}

/** Records whose sum is right; null for one whose sum is wrong. */
export function* readRecords(db: Database): Generator<SalvagedRecord | null> {
  const seen = new Set<string>();
  for (const order of ['ASC', 'DESC']) {
    const rows = db.prepare<[], { tab: Buffer; key: Buffer; value: Buffer; sum: number }>(
      `SELECT tab, key, value, sum FROM records ORDER BY tab ${order}, key ${order}`,
    );
    for (const row of until(() => rows.iterate())) {
      const name = `${row.tab.length}.${row.tab.toString('latin1')}${row.key.toString('latin1')}`;
      if (seen.has(name)) break;
      seen.add(name);
      yield recordSum(row.tab, row.key, row.value) === row.sum ? { table: row.tab, key: row.key, value: row.value } : null;
    }
  }
}
