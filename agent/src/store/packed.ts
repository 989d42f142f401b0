/** Packed rows as a connection sees them: by position, by entry id, and as links of the chain of prefix hashes. */
import { nodeHashing } from '@leanvibe/core/crypto/node/hashing';
import type { Database } from 'better-sqlite3';
import { beforeOf, blockOf, firstOf, idAt, idsIn, isBlock, type PackedId } from './block.js';
import { createHints, type Hints } from './hints.js';
import { createLinks, type Link } from './links.js';
import { logSum, packedSum } from './sums.js';

export interface PackedAt {
  readonly lane: number;
  readonly position: number;
}

export interface Packed {
  /** Learns at most `blocks` blocks that were changed since; false while there are more. `find` must see none. */
  catchUp(blocks: number): boolean;
  find(space: number, entry: Uint8Array): PackedAt | null;
  /** Null when the row at this position is not packed. */
  idAt(space: number, lane: number, position: number): Buffer | null;
  /** The packed rows of a lane after a position, in order. Damaged blocks are passed over when somebody wants to hear of them. */
  after(space: number, lane: number, position: number, passedOver?: () => void): Generator<PackedId>;
  /** The prefix hash at a position; null when the lane has no row there. */
  prefixAt(space: number, lane: number, position: number): Buffer | null;
  /** The rows of one block; null when none of them is packed. */
  load(space: number, lane: number, block: number): Buffer | null;
  /** The last packed position of a lane, 0 when there is none. */
  last(space: number, lane: number): number;
  hint(space: number, entry: Uint8Array, at: PackedAt): void;
  /** Drops what a rollback may have undone. */
  forget(): void;
}

/** A block whose sum is wrong, or a row of the log beside one. SQLite's own word for it, so that it is treated like a broken page. */
export class DamagedBlock extends Error {
  override readonly name = 'DamagedBlock';
  readonly code = 'SQLITE_CORRUPT';
}

export interface PackedOptions {
  /** Told before `DamagedBlock` is thrown. */
  readonly onDamage?: (space: Buffer, lane: number, position: number) => void;
  /** Changed blocks that are not in the file yet. */
  readonly unsaved?: (place: number, block: number) => Buffer | undefined;
}

/** Blocks kept after reading, 8 KiB each: ids are asked in runs of neighbours. */
const KEPT_MAX = 16;
const ZEROS = Buffer.alloc(32);

function sha256(bytes: Uint8Array): Buffer {
  const hash = nodeHashing.sha256(bytes);
  return Buffer.from(hash.buffer, hash.byteOffset, hash.byteLength);
}

export const placeOf = (space: number, lane: number): number => space * 4 + lane;

const joined = Buffer.alloc(64);

export function nextPrefix(before: Uint8Array, entry: Uint8Array): Buffer {
  joined.set(before);
  joined.set(entry, 32);
  return sha256(joined);
}

export function createPacked(db: Database, options: PackedOptions = {}): Packed {
  const run = statements(db);
  const spaces = new Map<number, Buffer>();
  const kept = new Map<number, Buffer>();
  const hints = new Map<number, Hints>();
  const links = createLinks();
  let known = 0;

  function spaceOf(ref: number): Buffer | undefined {
    const id = spaces.get(ref) ?? run.space.get(ref);
    if (id !== undefined) spaces.set(ref, id);
    return id;
  }

  function damaged(space: number, lane: number, position: number, what: string): never {
    options.onDamage?.(spaceOf(space) ?? ZEROS, lane, position);
    throw new DamagedBlock(`${what} is damaged`);
  }

  /** A stamp names one content for ever, so what was proven once need not be again. */
  function read(stamp: number): StoredBlock {
    const row = run.block.get(stamp);
    if (row === undefined) return vanished();
    const [space, lane] = [Math.floor(row.place / 4), row.place % 4];
    const id = spaceOf(space);
    if (id === undefined || !isBlock(row.rows) || packedSum(id, lane, row.block, row.rows) !== row.sum)
      damaged(space, lane, firstOf(row.block), 'a block of packed rows');
    for (const oldest of kept.size >= KEPT_MAX ? [...kept.keys()].slice(0, 1) : []) kept.delete(oldest);
    kept.set(stamp, row.rows);
    return row;
  }

  function load(space: number, lane: number, block: number): Buffer | null {
    const place = placeOf(space, lane);
    const unsaved = options.unsaved?.(place, block);
    if (unsaved !== undefined) return unsaved;
    const stamp = run.stamp.get(place, block);
    return stamp === undefined ? null : (kept.get(stamp) ?? read(stamp).rows);
  }

  function idOf(space: number, lane: number, position: number): Buffer | null {
    const rows = load(space, lane, blockOf(position));
    return rows === null ? null : idAt(rows, position);
  }

  function hint(space: number, entry: Uint8Array, { lane, position }: PackedAt): void {
    const own = hints.get(space) ?? createHints();
    hints.set(space, own);
    own.add(entry, position * 4 + lane);
  }

  /** The last row of the log within a block, up to a position. */
  function inLog(space: number, lane: number, first: number, position: number): LinkRow | undefined {
    const row = run.link.get(space, lane, first, position);
    if (row === undefined) return undefined;
    const id = spaceOf(space);
    if (id === undefined || logSum(id, lane, row.position, row.entry, row.prefix, row.peer) !== row.sum)
      damaged(space, lane, row.position, 'a log row');
    return row;
  }

  return {
    catchUp(blocks) {
      const stamps = run.since.all(known, blocks);
      for (const stamp of stamps) {
        const { place, block, rows } = read(stamp);
        for (const { position, entry } of idsIn(rows, block)) hint(Math.floor(place / 4), entry, { lane: place % 4, position });
        known = stamp;
      }
      return stamps.length < blocks;
    },
    find(space, entry) {
      const is = (place: number): boolean => idOf(space, place % 4, Math.floor(place / 4))?.equals(entry) === true;
      const place = hints.get(space)?.find(entry, is) ?? 0;
      return place === 0 ? null : { lane: place % 4, position: Math.floor(place / 4) };
    },
    idAt: idOf,
    *after(space, lane, position, passedOver) {
      const place = placeOf(space, lane);
      for (let from = blockOf(position + 1); ; ) {
        const block = run.next.get(place, from);
        if (block === undefined) return;
        const rows = passedOver === undefined ? load(space, lane, block) : tried(() => load(space, lane, block), passedOver);
        if (rows !== null) yield* idsIn(rows, block, position);
        from = block + 1;
      }
    },
    prefixAt(space, lane, position) {
      if (position === 0) return ZEROS;
      const block = blockOf(position);
      const first = firstOf(block);
      const link = inLog(space, lane, first, position);
      if (link?.position === position) return link.prefix;
      const rows = load(space, lane, block);
      if (rows === null) return null;
      const name = `${placeOf(space, lane)}.${block}`;
      let [at, prefix] = links.nearest(name, position, link ?? { position: first - 1, prefix: beforeOf(rows) });
      while (at < position) {
        const entry = idAt(rows, ++at);
        if (entry === null) return null;
        prefix = nextPrefix(prefix, entry);
      }
      links.keep(name, { position, prefix });
      return prefix;
    },
    load,
    last(space, lane) {
      for (const block of run.backwards.iterate(placeOf(space, lane))) {
        const last = [...idsIn(load(space, lane, block) ?? vanished(), block)].at(-1);
        if (last !== undefined) return last.position; // else every row of it was given back
      }
      return 0;
    },
    hint,
    forget() {
      spaces.clear();
      links.clear();
    },
  };
}

function tried<Value>(look: () => Value, failed: () => void): Value | null {
  try {
    return look();
  } catch (error) {
    if (!(error instanceof DamagedBlock)) throw error;
    failed();
    return null;
  }
}

function vanished(): never {
  throw new DamagedBlock('a block of packed rows vanished');
}

interface StoredBlock {
  readonly place: number;
  readonly block: number;
  readonly sum: number;
  readonly rows: Buffer;
}

interface LinkRow extends Link {
  readonly entry: Buffer;
  readonly peer: Buffer | null;
  readonly sum: number;
}

function statements(db: Database) {
  return {
    space: db.prepare<[number], Buffer>('SELECT id FROM spaces WHERE ref = ?').pluck(),
    block: db.prepare<[number], StoredBlock>('SELECT place, block, sum, rows FROM packed WHERE stamp = ?'),
    stamp: db.prepare<[number, number], number>('SELECT stamp FROM packed WHERE place = ? AND block = ?').pluck(),
    since: db.prepare<[number, number], number>('SELECT stamp FROM packed WHERE stamp > ? ORDER BY stamp LIMIT ?').pluck(),
    next: db.prepare<[number, number], number>('SELECT block FROM packed WHERE place = ? AND block >= ? ORDER BY block LIMIT 1').pluck(),
    backwards: db.prepare<[number], number>('SELECT block FROM packed WHERE place = ? ORDER BY block DESC').pluck(),
    link: db.prepare<[number, number, number, number], LinkRow>(
      `SELECT l.position, l.entry, l.prefix, p.id AS peer, l.sum FROM log l LEFT JOIN peers p ON p.ref = l.peer
       WHERE l.space = ? AND l.lane = ? AND l.position BETWEEN ? AND ? ORDER BY l.position DESC LIMIT 1`,
    ),
  };
}
