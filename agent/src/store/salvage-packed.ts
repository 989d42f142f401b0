/** Blocks of packed rows out of a damaged store: each is found by table and by index, and believed when its sum proves it. */
import type { Database } from 'better-sqlite3';
import { blockOf, idAt, idsIn, isBlock } from './block.js';
import { placeOf } from './packed.js';
import { one, until } from './salvage-until.js';
import { packedSum } from './sums.js';

export interface SalvagedPacked {
  /** The entry id at a position and the space's true id; null when no sound block has it. */
  at(space: number, lane: number, position: number): { readonly space: Buffer; readonly entry: Buffer } | null;
  /** The last packed position of a lane; 0 when there is none. */
  last(space: number, lane: number): number;
}

interface Proven {
  readonly space: Buffer;
  readonly rows: Buffer;
}

interface StoredBlock {
  readonly place: number;
  readonly block: number;
  readonly sum: number;
  readonly rows: Buffer;
}

export function readPacked(db: Database, spaces: ReadonlyMap<number, readonly Buffer[]>): SalvagedPacked {
  const places = stampsOf(db);
  const get = places.size === 0 ? null : db.prepare<[number], StoredBlock>('SELECT place, block, sum, rows FROM packed WHERE stamp = ?');
  let latest: { readonly name: string; readonly found: Proven | null } | null = null;

  function prove(space: number, lane: number, block: number): Proven | null {
    for (const stamp of places.get(placeOf(space, lane))?.get(block) ?? []) {
      const row = one(() => get?.get(stamp));
      if (row === null || row.place !== placeOf(space, lane) || row.block !== block || !isBlock(row.rows)) continue;
      for (const id of spaces.get(space) ?? []) if (packedSum(id, lane, block, row.rows) === row.sum) return { space: id, rows: row.rows };
    }
    return null;
  }

  /** Positions are asked in order. */
  function blockAt(space: number, lane: number, block: number): Proven | null {
    const name = `${space}.${lane}.${block}`;
    if (latest?.name !== name) latest = { name, found: prove(space, lane, block) };
    return latest.found;
  }

  return {
    at(space, lane, position) {
      const found = blockAt(space, lane, blockOf(position));
      const entry = found === null ? null : idAt(found.rows, position);
      return found === null || entry === null ? null : { space: found.space, entry };
    },
    last(space, lane) {
      const blocks = [...(places.get(placeOf(space, lane))?.keys() ?? [])].sort((a, b) => b - a);
      for (const block of blocks) {
        const found = blockAt(space, lane, block);
        const last = found === null ? undefined : [...idsIn(found.rows, block)].at(-1);
        if (last !== undefined) return last.position;
      }
      return 0;
    },
  };
}

/** By place and block, every stamp it is told to have. */
function stampsOf(db: Database): ReadonlyMap<number, ReadonlyMap<number, ReadonlySet<number>>> {
  const places = new Map<number, Map<number, Set<number>>>();
  const exists = one(() => db.prepare<[], number>("SELECT count(*) FROM sqlite_schema WHERE name = 'packed'").pluck().get());
  if (exists !== 1) return places; // a store from before
  for (const sql of [
    'SELECT stamp, place, block FROM packed NOT INDEXED ORDER BY stamp',
    'SELECT stamp, place, block FROM packed NOT INDEXED ORDER BY stamp DESC',
    'SELECT stamp, place, block FROM packed INDEXED BY sqlite_autoindex_packed_1 ORDER BY place, block',
  ]) {
    for (const { stamp, place, block } of until(() => db.prepare<[], { stamp: number; place: number; block: number }>(sql).iterate())) {
      if (typeof place !== 'number' || typeof block !== 'number') continue; // another table's page, where this one's should be
      const blocks = places.get(place) ?? new Map<number, Set<number>>();
      places.set(place, blocks);
      blocks.set(block, (blocks.get(block) ?? new Set()).add(stamp));
    }
  }
  return places;
}
