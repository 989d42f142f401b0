/** One space's sum trees, shared by all its conversations: built from the store when first needed, then kept up with its head. */
import type { EntryId, SpaceId } from '@leanvibe/protocol/ids';
import type { Lane, StoreDep } from '../ports/store.js';
import { everyLane, type Lanes, withLane } from './state.js';
import { createSumTree, type SumTree } from './sums/tree.js';

/** Fewer new rows than this are read as rows; more are cheaper as a list of all ids. */
const ROWS_READ_MAX = 64;

export interface Reconcilable {
  /** C27: which of these ids belong to the set compared, (held ∪ refused) − covered. Absent: all of them. */
  readonly reconcilable?: (space: SpaceId, lane: Lane, ids: readonly EntryId[]) => Promise<readonly boolean[]>;
}

export interface SpaceSums {
  /** The tree of a lane, holding every id up to the lane's head at the time of the call. */
  tree(lane: Lane): Promise<SumTree>;
  /** Forgets the trees: what is covered has changed. */
  reset(): void;
}

interface Loaded {
  readonly tree: SumTree;
  readonly position: number;
}

export function createSpaceSums(deps: StoreDep & Reconcilable, space: SpaceId): SpaceSums {
  const { store, reconcilable } = deps;
  let loaded: Lanes<Promise<Loaded> | null> = everyLane<Promise<Loaded> | null>(null);

  const idsAfter = async (lane: Lane, position: number, head: number): Promise<readonly EntryId[]> => {
    if (head - position > ROWS_READ_MAX) return (await store.ids(space, lane)).slice(position, head);
    const ids: EntryId[] = [];
    for (let at = position; at < head; ) {
      const rows = await store.rows(space, lane, at, { rows: head - at, bytes: Number.MAX_SAFE_INTEGER });
      if (rows.length === 0) break;
      for (const row of rows) ids.push(row.entryId);
      at += rows.length;
    }
    return ids;
  };
  const advance = async (lane: Lane, before: Loaded): Promise<Loaded> => {
    const head = await store.head(space, lane);
    if (head.position === before.position) return before;
    const ids = await idsAfter(lane, before.position, head.position);
    const kept = reconcilable === undefined ? null : await reconcilable(space, lane, ids);
    ids.forEach((entryId, at) => {
      if (kept === null || kept[at] === true) before.tree.add(entryId);
    });
    return { tree: before.tree, position: before.position + ids.length };
  };
  return {
    async tree(lane) {
      const before = loaded[lane] ?? Promise.resolve({ tree: createSumTree(), position: 0 });
      const next = before.then((at) => advance(lane, at));
      // A failed read leaves a half-filled tree behind at worst: start anew next time.
      const kept = next.catch((error: unknown) => {
        loaded = withLane(loaded, lane, null);
        throw error;
      });
      loaded = withLane(loaded, lane, kept);
      return (await kept).tree;
    },
    reset() {
      loaded = everyLane<Promise<Loaded> | null>(null);
    },
  };
}
