/** The whole check: every row against its sum and its chain, every body against its entry id, in slices that let commits pass. */
import { nodeHashing } from '@leanvibe/core/crypto/node/hashing';
import type { Database } from 'better-sqlite3';
import type { DamagedEntry, VerifyReport } from './messages.js';
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

interface Row {
  readonly position: number;
  readonly entry: Buffer;
  readonly prefix: Buffer;
  readonly peer: Buffer | null;
  readonly body: number | null;
  readonly sum: number;
  readonly bytes: Buffer | null;
}

interface LaneRow {
  readonly id: Buffer;
  readonly space: number;
  readonly lane: number;
  readonly position: number;
  readonly prefix: Buffer;
  readonly bytes: number;
  readonly sum: number;
}

export async function walkStore(db: Database, { goOn, onProgress }: Walker): Promise<VerifyReport> {
  const lanes = db.prepare<[], LaneRow>('SELECT s.id, h.* FROM heads h JOIN spaces s ON s.ref = h.space WHERE h.space <> 0').all();
  const slice = db.prepare<[number, number, number], Row>(
    `SELECT l.position, l.entry, l.prefix, p.id AS peer, l.body, l.sum, b.bytes FROM log l
     LEFT JOIN peers p ON p.ref = l.peer LEFT JOIN bodies b ON b.ref = l.body
     WHERE l.space = ? AND l.lane = ? AND l.position > ? ORDER BY l.position`,
  );
  const damaged: DamagedEntry[] = [];
  const total = { entries: 0, bytes: 0, records: 0, recordBytes: 0, brokenRows: 0 };
  for (const lane of lanes) {
    if (headSum(lane.id, lane.lane, lane.position, lane.prefix, lane.bytes) !== lane.sum) total.brokenRows += 1;
    let at = 0;
    let prefix: Buffer = Buffer.alloc(32);
    for (let more = true; more && goOn(); ) {
      more = false;
      let bytes = 0;
      let rows = 0;
      for (const row of slice.iterate(lane.space, lane.lane, at)) {
        const chained = row.position === at + 1 && sha256(Buffer.concat([prefix, row.entry])).equals(row.prefix);
        if (!chained || logSum(lane.id, lane.lane, row.position, row.entry, row.prefix, row.peer) !== row.sum) total.brokenRows += 1;
        if (row.body !== null && (row.bytes === null || !sha256(row.bytes).equals(row.entry))) {
          damaged.push({ space: lane.id.toString('hex'), entryId: row.entry.toString('hex'), lane: lane.lane, position: row.position });
        }
        at = row.position;
        prefix = row.prefix;
        total.entries += 1;
        total.bytes += row.bytes?.length ?? 0;
        bytes += row.bytes?.length ?? 0;
        rows += 1;
        more = rows >= SLICE_ROWS || bytes >= SLICE_BYTES;
        if (more) break;
      }
      onProgress(total.entries);
      await pause();
    }
    if (goOn() && at < lane.position) total.brokenRows += lane.position - at;
  }
  await walkRecords(db, goOn, total);
  const structure = goOn() ? structureOf(db) : [];
  return { ...total, damaged, structure, complete: goOn() };
}

async function walkRecords(
  db: Database,
  goOn: () => boolean,
  total: { records: number; recordBytes: number; brokenRows: number },
): Promise<void> {
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
