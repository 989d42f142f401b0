/** A commit effect as one store batch: entries, the cursors that pass them, and holes, all or nothing (C28). */
import type { Batch } from '../ports/store.js';
import { cursorKey, writeCursor } from './cursor.js';
import type { CommitEffect } from './effect.js';
import { holeKey, writeHole } from './hole.js';
import type { Setup } from './state.js';

export function batchOf(setup: Setup, effect: CommitEffect): Batch {
  const { space, peer } = setup;
  return {
    entries: effect.entries.map(({ lane, entryId, sealed }) => ({ space, lane, entryId, sealed, from: peer })),
    put: [
      ...effect.cursors.map(({ lane, record }) => ({ ...cursorKey(space, peer, lane), value: writeCursor(record) })),
      ...effect.holes.map((hole) => ({ ...holeKey(space, hole.lane, hole.entryId), value: writeHole(hole) })),
    ],
    remove: effect.filled.map(({ lane, entryId }) => holeKey(space, lane, entryId)),
    refill: effect.entries.filter((entry) => entry.refill).map(({ entryId, sealed }) => ({ space, entryId, sealed })),
  };
}
