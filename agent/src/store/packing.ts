/** Moving rows into blocks and out of them, inside a transaction that somebody else began. */
import type { Database } from 'better-sqlite3';
import { blockOf, emptyBlock, firstOf, withoutRow, withRow } from './block.js';
import { createPacked, DamagedBlock, type Packed, placeOf } from './packed.js';
import { packedSum } from './sums.js';

export interface Packing extends Packed {
  /** The row must be in neither place; `flush` must follow. */
  pack(space: Space, lane: number, position: number, entry: Uint8Array): void;
  /** The row must be packed; `flush` must follow. */
  unpack(space: Space, lane: number, position: number): void;
  flush(): void;
}

/** A space as its id and the number that stands for it. */
export interface Space {
  readonly id: Buffer;
  readonly ref: number;
}

interface Changed {
  readonly space: Space;
  readonly lane: number;
  readonly block: number;
  readonly rows: Buffer;
}

export function createPacking(db: Database): Packing {
  const changed = new Map<string, Changed>();
  const packed = createPacked(db, { unsaved: (place, block) => changed.get(`${place}.${block}`)?.rows });
  const lastStamp = db.prepare<[], number>('SELECT coalesce(max(stamp), 0) FROM packed').pluck();
  const save = db.prepare('INSERT OR REPLACE INTO packed(stamp, place, block, sum, rows) VALUES(?, ?, ?, ?, ?)');
  /** Never counts back, so that no stamp names two contents, not even one that was rolled back. */
  let stamp = 0;

  function change(space: Space, lane: number, block: number, rows: Buffer): void {
    changed.set(`${placeOf(space.ref, lane)}.${block}`, { space, lane, block, rows });
  }

  function started(space: number, lane: number, block: number): Buffer {
    const before = packed.prefixAt(space, lane, firstOf(block) - 1);
    if (before === null) throw new DamagedBlock('a log row is missing');
    return emptyBlock(before);
  }

  return {
    ...packed,
    pack(space, lane, position, entry) {
      const block = blockOf(position);
      const rows = packed.load(space.ref, lane, block) ?? started(space.ref, lane, block);
      change(space, lane, block, withRow(rows, position, entry));
      packed.hint(space.ref, entry, { lane, position });
    },
    unpack(space, lane, position) {
      const block = blockOf(position);
      const rows = packed.load(space.ref, lane, block);
      if (rows === null) throw new Error(`impossible: nothing is packed around position ${position}`);
      // An emptied block stays: others learn of the change by its stamp.
      change(space, lane, block, withoutRow(rows, position));
    },
    flush() {
      if (changed.size === 0) return;
      stamp = Math.max(stamp, lastStamp.get() ?? 0);
      for (const { space, lane, block, rows } of changed.values())
        save.run(++stamp, placeOf(space.ref, lane), block, packedSum(space.id, lane, block, rows), rows);
      changed.clear();
    },
    forget() {
      changed.clear();
      packed.forget();
    },
  };
}
