/** The whole check: every row against its sum and its chain, every body against its entry id, in slices that let commits pass. */
import { nodeHashing } from '@leanvibe/core/crypto/node/hashing';
import type { Database } from 'better-sqlite3';
import { beforeOf, blockOf, firstOf, isLost, type PackedId } from './block.js';
import { STORED_ROWS, type StoredRow } from './log-rows.js';
import { merged } from './merge.js';
import type { DamagedEntry, VerifyReport } from './messages.js';
import { createPacked, DamagedBlock, nextPrefix } from './packed.js';
import { headSum, logSum, recordSum } from './sums.js';

interface Walker {
  /** False stops the walk. */
  readonly goOn: () => boolean;
  readonly onProgress: (entries: number) => void;
}

/** One slice holds up commits for a few milliseconds at most. */
const SLICE_ROWS = 256;
const SLICE_BYTES = 2 * 1024 * 1024;

const sha256 = (bytes: Uint8Array): Buffer => Buffer.from(nodeHashing.sha256(bytes));
const pause = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

interface LaneRow {
  readonly id: Buffer;
  readonly space: number;
  readonly lane: number;
  readonly position: number;
  readonly prefix: Buffer;
  readonly bytes: number;
  readonly sum: number;
}

interface Total {
  entries: number;
  bytes: number;
  records: number;
  recordBytes: number;
  brokenRows: number;
}

export async function walkStore(db: Database, { goOn, onProgress }: Walker): Promise<VerifyReport> {
  const lanes = db.prepare<[], LaneRow>('SELECT s.id, h.* FROM heads h JOIN spaces s ON s.ref = h.space WHERE h.space <> 0').all();
  const damaged: DamagedEntry[] = [];
  const total: Total = { entries: 0, bytes: 0, records: 0, recordBytes: 0, brokenRows: 0 };
  const slices = createSlices(db, total, damaged);
  for (const lane of lanes) {
    if (headSum(lane.id, lane.lane, lane.position, lane.prefix, lane.bytes) !== lane.sum) total.brokenRows += 1;
    let at: Link = { position: 0, prefix: Buffer.alloc(32) };
    for (let more = true; more && goOn(); ) {
      [at, more] = slices(lane, at);
      onProgress(total.entries);
      await pause();
    }
    if (!goOn()) continue;
    if (at.position < lane.position) total.brokenRows += lane.position - at.position;
    else if (at.position === lane.position && !at.prefix.equals(lane.prefix)) total.brokenRows += 1;
  }
  await walkRecords(db, goOn, total);
  const structure = goOn() ? structureOf(db) : [];
  return { ...total, damaged, structure, complete: goOn() };
}

interface Link {
  readonly position: number;
  readonly prefix: Buffer;
}

/** Walks one slice of a lane from a link of its chain; answers the last link of the slice and whether more may follow. */
function createSlices(db: Database, total: Total, damaged: DamagedEntry[]): (lane: LaneRow, from: Link) => [Link, boolean] {
  const packed = createPacked(db);
  const slice = db.prepare<[number, number, number], StoredRow>(
    `${STORED_ROWS} WHERE l.space = ? AND l.lane = ? AND l.position > ? ORDER BY l.position`,
  );

  function linkOf(lane: LaneRow, before: Link, row: StoredRow | PackedId): Link {
    const { position } = row;
    const follows = position === before.position + 1;
    // Rows of a damaged block are missing, and what follows a gap can be checked by its own sum only.
    if (!follows) total.brokenRows += Math.max(1, position - before.position - 1);
    if (!('prefix' in row)) {
      const started = position !== firstOf(blockOf(position)) || !follows || startsWith(lane, position, before.prefix);
      if (!started) total.brokenRows += 1;
      return { position, prefix: follows ? nextPrefix(before.prefix, row.entry) : (prefixAt(lane, position) ?? before.prefix) };
    }
    const chained = !follows || nextPrefix(before.prefix, row.entry).equals(row.prefix);
    if (!chained || logSum(lane.id, lane.lane, position, row.entry, row.prefix, row.peer) !== row.sum) total.brokenRows += 1;
    const whole = row.bytes !== null && sha256(row.bytes).equals(row.entry);
    if (!whole && (row.body !== null || isLost(position)))
      damaged.push({ space: lane.id.toString('hex'), entryId: row.entry.toString('hex'), lane: lane.lane, position });
    return { position, prefix: row.prefix };
  }

  function startsWith({ space, lane }: LaneRow, position: number, prefix: Buffer): boolean {
    const rows = packed.load(space, lane, blockOf(position));
    return rows !== null && beforeOf(rows).equals(prefix);
  }

  function prefixAt({ space, lane }: LaneRow, position: number): Buffer | null {
    try {
      return packed.prefixAt(space, lane, position);
    } catch (error) {
      if (error instanceof DamagedBlock) return null; // it is counted where it is met
      throw error;
    }
  }

  return (lane, from) => {
    let link = from;
    let bytes = 0;
    let rows = 0;
    for (const row of merged(
      slice.iterate(lane.space, lane.lane, from.position),
      packed.after(lane.space, lane.lane, from.position, () => undefined),
    )) {
      link = linkOf(lane, link, row);
      const size = 'prefix' in row ? (row.bytes?.length ?? 0) : 0;
      total.entries += 1;
      total.bytes += size;
      bytes += size;
      rows += 1;
      if (rows >= SLICE_ROWS || bytes >= SLICE_BYTES) return [link, true];
    }
    return [link, false];
  };
}

async function walkRecords(db: Database, goOn: () => boolean, total: Total): Promise<void> {
  const slice = db.prepare<[Buffer, Buffer], { tab: Buffer; key: Buffer; value: Buffer; sum: number }>(
    'SELECT tab, key, value, sum FROM records WHERE (tab, key) > (?, ?) ORDER BY tab, key',
  );
  let tab: Buffer = Buffer.alloc(0);
  let key: Buffer = Buffer.alloc(0);
  for (let more = true; more && goOn(); ) {
    more = false;
    let bytes = 0;
    let rows = 0;
    for (const row of slice.iterate(tab, key)) {
      if (recordSum(row.tab, row.key, row.value) !== row.sum) total.brokenRows += 1;
      total.records += 1;
      total.recordBytes += row.value.length;
      tab = row.tab;
      key = row.key;
      bytes += row.value.length;
      rows += 1;
      more = rows >= SLICE_ROWS * 4 || bytes >= SLICE_BYTES;
      if (more) break;
    }
    await pause();
  }
}

/** SQLite's own check of every page and index; it holds up commits while it runs (about 1 s per GB). */
function structureOf(db: Database): readonly string[] {
  const rows: unknown = db.pragma('integrity_check(20)');
  const said = Array.isArray(rows)
    ? rows.map((row: unknown) => String((row as Record<string, unknown>)['integrity_check']))
    : [String(rows)];
  return said.length === 1 && said[0] === 'ok' ? [] : said;
}
