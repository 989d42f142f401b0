/** One batch inside a transaction that somebody else began: appends, records, pruning, refilling. */
import { nodeHashing } from '@leanvibe/core/crypto/node/hashing';
import type { Database } from 'better-sqlite3';
import { applyStatements } from './apply-statements.js';
import { PACKED_POSITION_MAX } from './block.js';
import type { PackedBatch, PackedEntry } from './pack.js';
import { DamagedBlock, nextPrefix, type PackedAt } from './packed.js';
import { createPacking } from './packing.js';
import type { PlacedRow } from './placed.js';
import { bodySum, headSum, logSum, recordSum } from './sums.js';

export interface Applier {
  /** Throws on any failure; the caller then rolls back and calls `forget`. */
  apply(batch: PackedBatch): readonly PlacedRow[];
  /** Appends a proven row of another store, without its bytes if they are lost or `pruned`; false when it is here already. `flush` must follow. */
  restore(row: Omit<PackedEntry, 'sealed'> & { readonly sealed: Buffer | null; readonly pruned: boolean }): boolean;
  flush(): void;
  /** Bytes of content that were taken away since this was last asked. */
  dropped(): number;
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

const ZEROS = Buffer.alloc(32);
/** What a row takes in the log and its index, beside its bytes. */
const ROW_BYTES = 155;
/** The writing thread may take the time: 60 ms for a million packed rows, once. */
const BLOCKS_ALL = 2 ** 31;
const sha256 = (bytes: Uint8Array): Buffer => Buffer.from(nodeHashing.sha256(bytes));

export function createApplier(db: Database): Applier {
  const run = applyStatements(db);
  const packing = createPacking(db);
  const spaces = new Map<string, number>();
  const peers = new Map<string, number>();
  const heads = new Map<string, Head>();
  let nextBody: number | null = null;
  let dropped = 0;

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

  function findPacked(ref: number, entry: Buffer): PackedAt | null {
    packing.catchUp(BLOCKS_ALL);
    return packing.find(ref, entry);
  }

  function prefixAt(ref: number, lane: number, position: number): Buffer {
    const prefix = run.prefix(ref, lane, position) ?? packing.prefixAt(ref, lane, position);
    if (prefix === null) throw new DamagedBlock('a log row is missing');
    return prefix;
  }

  function append(entry: PackedEntry): PlacedRow {
    if (entry.lane > 2) throw new RangeError(`there is no lane ${entry.lane}`);
    const ref = spaceRef(entry.space);
    const held = run.find(ref, entry.entry) ?? findPacked(ref, entry.entry);
    if (held !== null) {
      const before = prefixAt(ref, held.lane, held.position - 1);
      return { position: held.position, fresh: false, prefix: nextPrefix(before, entry.entry), before };
    }
    mustMatch(entry.entry, entry.sealed);
    return addRow(ref, { ...entry, pruned: false });
  }

  function addRow(ref: number, { space, lane, entry, from, sealed, pruned }: Parameters<Applier['restore']>[0]): PlacedRow {
    const head = headOf(space, ref, lane);
    const last = head.prefix;
    const prefix = nextPrefix(last, entry);
    const position = head.position + 1;
    if (pruned && position <= PACKED_POSITION_MAX) packing.pack({ id: head.space, ref }, lane, position, entry);
    else insert(ref, { space, lane, position, prefix, entry, from }, sealed === null ? null : newBody(head, sealed));
    head.position = position;
    head.prefix = prefix;
    head.dirty = true;
    return { position, fresh: true, prefix, before: last };
  }

  function insert(
    ref: number,
    { space, lane, position, prefix, entry, from }: Omit<PackedEntry, 'sealed'> & { readonly position: number; readonly prefix: Buffer },
    body: number | null,
  ): void {
    const sum = logSum(space, lane, position, entry, prefix, from);
    run.addRow(ref, lane, position, entry, prefix, from === null ? null : peerRef(from), body, sum);
  }

  function prune(space: Buffer, entry: Buffer): void {
    const ref = run.findSpace(space);
    const row = ref === undefined ? undefined : run.find(ref, entry);
    if (ref === undefined || row === undefined) return;
    const head = headOf(space, ref, row.lane);
    if (row.body !== null) dropBody(head, row.body);
    if (row.position > PACKED_POSITION_MAX) return run.setBody(null, ref, row.lane, row.position);
    packing.pack({ id: head.space, ref }, row.lane, row.position, entry);
    run.removeRow(ref, row.lane, row.position);
  }

  function dropBody(head: Head, body: number): void {
    const bytes = run.bodyBytes(body);
    head.bytes -= bytes;
    dropped += bytes + ROW_BYTES;
    head.dirty = true;
    run.removeBody(body);
  }

  function refill(space: Buffer, entry: Buffer, sealed: Buffer): void {
    const ref = run.findSpace(space);
    if (ref === undefined) return;
    const inLog = run.find(ref, entry);
    const row = inLog ?? findPacked(ref, entry);
    if (row === null) return;
    mustMatch(entry, sealed);
    const { lane, position } = row;
    const head = headOf(space, ref, lane);
    if (inLog !== undefined && inLog.body !== null) dropBody(head, inLog.body);
    const body = newBody(head, sealed);
    if (inLog !== undefined) return run.setBody(body, ref, lane, position);
    const prefix = prefixAt(ref, lane, position);
    packing.unpack({ id: head.space, ref }, lane, position);
    insert(ref, { space, lane, position, prefix, entry, from: null }, body);
  }

  function flush(): void {
    packing.flush();
    saveHeads();
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
      flush();
      return placed;
    },
    restore(row) {
      const ref = spaceRef(row.space);
      if (run.find(ref, row.entry) !== undefined || findPacked(ref, row.entry) !== null) return false;
      addRow(ref, row);
      return true;
    },
    flush,
    dropped() {
      const since = dropped;
      dropped = 0;
      return since;
    },
    forget() {
      spaces.clear();
      peers.clear();
      heads.clear();
      packing.forget();
      nextBody = null;
    },
  };
}
