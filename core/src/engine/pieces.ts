/** Storing what a peer sends in pieces, so that others have their turn between them (P9). */
import type { Batch, Placed, Store } from '../ports/store.js';

/** Entries of one message that are stored before others have their turn. */
const PIECE = 64;

/**
 * What a peer sends is stored no faster than intake takes it, so that its flood stands before nobody else's edit (P9): message after message, in
 * pieces, the last of them with everything that must not come before the entries.
 */
export async function commitInPieces(batch: Batch, commit: Store['commit'], room: () => Promise<void>): ReturnType<Store['commit']> {
  const placed: Placed[] = [];
  let entries = batch.entries ?? [];
  while (entries.length > PIECE) {
    await room();
    placed.push(...(await commit({ entries: entries.slice(0, PIECE) })));
    entries = entries.slice(PIECE);
  }
  await room();
  return [...placed, ...(await commit({ ...batch, entries }))];
}
