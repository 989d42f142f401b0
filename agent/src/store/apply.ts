/** One batch inside a transaction that somebody else began: appends, records, pruning, refilling. */
import { nodeHashing } from '@leanvibe/core/crypto/node/hashing';
import type { Database } from 'better-sqlite3';
import type { PackedBatch, PackedEntry } from './pack.js';
import type { PlacedRow } from './placed.js';
import { bodySum, headSum, logSum, recordSum } from './sums.js';

export interface Applier {
  /** Throws on any failure; the caller then rolls back and calls `forget`. */
  apply(batch: PackedBatch): readonly PlacedRow[];
  /** Appends a proven row of another store, without its bytes if they are lost; false when it is here already. `flush` must follow. */
  restore(row: Omit<PackedEntry, 'sealed'> & { readonly sealed: Buffer | null }): boolean;
  flush(): void;
  /** Drops everything remembered about rows, which a rollback may have undone. */
  forget(): void;
}

interface Head {
  readonly space: Buffer;
  readonly ref: number;
  readonly lane: number;
  position: number;
  prefix: Buffer;
  bytes: number;
  dirty: boolean;
}

interface RowAt {
  readonly lane: number;
  readonly position: number;
  readonly prefix: Buffer;
  readonly body: number | null;
}

const ZEROS = Buffer.alloc(32);
const sha256 = (bytes: Uint8Array): Buffer => Buffer.from(nodeHashing.sha256(bytes));

export function createApplier(db: Database): Applier {
  const run = statements(db);
  const spaces = new Map<string, number>();
  const peers = new Map<string, number>();
  const heads = new Map<string, Head>();
  let nextBody: number | null = null;

  function intern(known: Map<string, number>, find: (id: Buffer) => number | undefined, add: (id: Buffer) => number, id: Buffer): number {
    const name = id.toString('latin1');
    const ref = known.get(name) ?? find(id) ?? add(id);
    known.set(name, ref);
    return ref;
  }

  const spaceRef = (id: Buffer): number => intern(spaces, run.findSpace, run.addSpace, id);
  const peerRef = (id: Buffer): number => intern(peers, run.findPeer, run.addPeer, id);

  function headOf(space: Buffer, ref: number, lane: number): Head {
    const name = `${ref}.${lane}`;
    const known = heads.get(name) ?? {
      space: Buffer.from(space),
      ref,
      lane,
      ...(run.head(ref, lane) ?? { position: 0, prefix: ZEROS, bytes: 0 }),
      dirty: false,
    };
    heads.set(name, known);
    return known;
  }

  function newBody(head: Head, sealed: Buffer): number {
    nextBody ??= run.lastBody() + 1;
    const ref = nextBody++;
    const place = head.ref * 4 + head.lane;
    run.addBody(ref, place, sealed, bodySum(place, sealed));
    head.bytes += sealed.length;
    head.dirty = true;
    return ref;
  }

  function mustMatch(entry: Buffer, sealed: Buffer): void {
    if (!sha256(sealed).equals(entry)) throw new Error('these bytes do not hash to their entry id');
  }

  function append(entry: PackedEntry): PlacedRow {
    if (entry.lane > 2) throw new RangeError(`there is no lane ${entry.lane}`);
    const ref = spaceRef(entry.space);
    const held = run.find(ref, entry.entry);
    if (held !== undefined) return { position: held.position, fresh: false, prefix: held.prefix, before: before(ref, held) };
    mustMatch(entry.entry, entry.sealed);
    return addRow(ref, entry);
  }

  function addRow(ref: number, { space, lane, entry, from, sealed }: Parameters<Applier['restore']>[0]): PlacedRow {
    const head = headOf(space, ref, lane);
    const last = head.prefix;
    const prefix = sha256(Buffer.concat([last, entry]));
    const position = head.position + 1;
    const body = sealed === null ? null : newBody(head, sealed);
    run.addRow(
      ref,
      lane,
      position,
      entry,
      prefix,
      from === null ? null : peerRef(from),
      body,
      logSum(space, lane, position, entry, prefix, from),
    );
    head.position = position;
    head.prefix = prefix;
    head.dirty = true;
    return { position, fresh: true, prefix, before: last };
  }

  function before(ref: number, row: RowAt): Buffer {
    return row.position === 1 ? ZEROS : (run.prefix(ref, row.lane, row.position - 1) ?? ZEROS);
  }

  function prune(space: Buffer, entry: Buffer): void {
    const ref = run.findSpace(space);
    const row = ref === undefined ? undefined : run.find(ref, entry);
    if (ref === undefined || row === undefined || row.body === null) return;
    dropBody(headOf(space, ref, row.lane), row.body);
    run.setBody(null, ref, row.lane, row.position);
  }

  function dropBody(head: Head, body: number): void {
    head.bytes -= run.bodyBytes(body);
    head.dirty = true;
    run.removeBody(body);
  }

  function refill(space: Buffer, entry: Buffer, sealed: Buffer): void {
    const ref = run.findSpace(space);
    const row = ref === undefined ? undefined : run.find(ref, entry);
    if (ref === undefined || row === undefined) return;
    mustMatch(entry, sealed);
    const head = headOf(space, ref, row.lane);
    if (row.body !== null) dropBody(head, row.body);
    run.setBody(newBody(head, sealed), ref, row.lane, row.position);
  }

  function saveHeads(): void {
    for (const head of heads.values()) {
      if (!head.dirty) continue;
      run.setHead(
        head.ref,
        head.lane,
        head.position,
        head.prefix,
        head.bytes,
        headSum(head.space, head.lane, head.position, head.prefix, head.bytes),
      );
      head.dirty = false;
    }
  }

  return {
    apply(batch) {
      const placed = batch.entries.map(append);
      for (const { table, key, value } of batch.put) run.put(table, key, value, recordSum(table, key, value));
      for (const { table, key } of batch.remove) run.remove(table, key);
      for (const row of batch.prune) prune(row.space, row.entry);
      for (const row of batch.refill) refill(row.space, row.entry, row.sealed);
      saveHeads();
      return placed;
    },
    restore(row) {
      const ref = spaceRef(row.space);
      if (run.find(ref, row.entry) !== undefined) return false;
      addRow(ref, row);
      return true;
    },
    flush: saveHeads,
    forget() {
      spaces.clear();
      peers.clear();
      heads.clear();
      nextBody = null;
    },
  };
}

/** Every statement of writing, prepared once. */
function statements(db: Database) {
  const find = db.prepare<[number, Buffer], RowAt>('SELECT lane, position, prefix, body FROM log WHERE space = ? AND entry = ?');
  const findSpace = db.prepare<[Buffer], number>('SELECT ref FROM spaces WHERE id = ?').pluck();
  const addSpace = db.prepare('INSERT INTO spaces(id) VALUES(?)');
  const findPeer = db.prepare<[Buffer], number>('SELECT ref FROM peers WHERE id = ?').pluck();
  const addPeer = db.prepare('INSERT INTO peers(id) VALUES(?)');
  const head = db.prepare<[number, number], { position: number; prefix: Buffer; bytes: number }>(
    'SELECT position, prefix, bytes FROM heads WHERE space = ? AND lane = ?',
  );
  const setHead = db.prepare('INSERT OR REPLACE INTO heads(space, lane, position, prefix, bytes, sum) VALUES(?, ?, ?, ?, ?, ?)');
  const prefix = db
    .prepare<[number, number, number], Buffer>('SELECT prefix FROM log WHERE space = ? AND lane = ? AND position = ?')
    .pluck();
  const addRow = db.prepare('INSERT INTO log(space, lane, position, entry, prefix, peer, body, sum) VALUES(?, ?, ?, ?, ?, ?, ?, ?)');
  const setBody = db.prepare('UPDATE log SET body = ? WHERE space = ? AND lane = ? AND position = ?');
  const lastBody = db.prepare<[], number>('SELECT coalesce(max(ref), 0) FROM bodies').pluck();
  const addBody = db.prepare('INSERT INTO bodies(ref, place, bytes, sum) VALUES(?, ?, ?, ?)');
  const bodyBytes = db.prepare<[number], number>('SELECT length(bytes) FROM bodies WHERE ref = ?').pluck();
  const removeBody = db.prepare('DELETE FROM bodies WHERE ref = ?');
  const put = db.prepare(
    'INSERT INTO records(tab, key, value, sum) VALUES(?, ?, ?, ?) ON CONFLICT(tab, key) DO UPDATE SET value = excluded.value, sum = excluded.sum',
  );
  const remove = db.prepare('DELETE FROM records WHERE tab = ? AND key = ?');
  return {
    find: (space: number, entry: Buffer) => find.get(space, entry),
    findSpace: (id: Buffer) => findSpace.get(id),
    addSpace: (id: Buffer) => Number(addSpace.run(id).lastInsertRowid),
    findPeer: (id: Buffer) => findPeer.get(id),
    addPeer: (id: Buffer) => Number(addPeer.run(id).lastInsertRowid),
    head: (space: number, lane: number) => head.get(space, lane),
    setHead: (...row: [number, number, number, Buffer, number, number]) => void setHead.run(...row),
    prefix: (space: number, lane: number, position: number) => prefix.get(space, lane, position),
    addRow: (...row: [number, number, number, Buffer, Buffer, number | null, number | null, number]) => void addRow.run(...row),
    setBody: (body: number | null, space: number, lane: number, position: number) => void setBody.run(body, space, lane, position),
    lastBody: () => lastBody.get() ?? 0,
    addBody: (...row: [number, number, Buffer, number]) => void addBody.run(...row),
    bodyBytes: (ref: number) => bodyBytes.get(ref) ?? 0,
    removeBody: (ref: number) => void removeBody.run(ref),
    put: (table: Buffer, key: Buffer, value: Buffer, sum: number) => void put.run(table, key, value, sum),
    remove: (table: Buffer, key: Buffer) => void remove.run(table, key),
  };
}
