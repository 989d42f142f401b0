/**
 * Making the file small again. SQLite keeps the pages that pruning freed, and pages that pruning left half empty count as used; VACUUM
 * writes the store anew, dense, through the write-ahead log, so that a crash at any moment leaves the old one or the new one.
 */
import type { Database } from 'better-sqlite3';
import { hasKnownRoots, PAGE_BYTES } from './schema.js';

export interface Compactor {
  /** True when enough of the file is air, and it was not tried in vain. */
  isWanted(): boolean;
  /** True when it is so quick that closing may wait for it. */
  isQuick(): boolean;
  /**
   * A commit that arrives meanwhile waits, about a second for each 100 MB that are kept (measured: 197 MB of 425 in 1.9 s of processor time,
   * which took 6 s where others had most of the processor). Throws what SQLite throws; then nothing changed.
   */
  run(): Compacted;
}

/** Bytes of the file. */
export interface Compacted {
  readonly before: number;
  readonly after: number;
}

/** Below this nobody would notice. */
const AIR_BYTES_MIN = 64 * 1024;
/** Up to here it is done in memory, and at closing too. */
const SMALL_BYTES = 64 * 1024 * 1024;
/** How much of a file has to be air: the larger it is, the longer a commit would wait for the rest to be written anew. */
const AIR_SHARES = [
  { fileBytes: 16 * 1024 * 1024, share: 1 / 10 },
  { fileBytes: SMALL_BYTES, share: 1 / 4 },
  { fileBytes: Number.POSITIVE_INFINITY, share: 1 / 2 },
];

/** `dropped` tells how many bytes of content were taken away since it was last asked. */
export function createCompactor(db: Database, dropped: () => number): Compactor {
  const count = (what: 'page_count' | 'freelist_count'): number => Number(db.pragma(what, { simple: true })) * PAGE_BYTES;
  let failed = false;
  let loose = 0;

  const isSmall = (): boolean => count('page_count') <= SMALL_BYTES;

  function isAiry(air: number): boolean {
    const file = count('page_count');
    const share = AIR_SHARES.find(({ fileBytes }) => file <= fileBytes)?.share ?? 1;
    return air >= AIR_BYTES_MIN && air > file * share;
  }

  return {
    isWanted() {
      loose += dropped();
      return !failed && (isAiry(count('freelist_count')) || isAiry(loose) || !hasKnownRoots(db));
    },
    isQuick: isSmall,
    run() {
      const before = count('page_count');
      failed = true; // until it went well: a disk that is too full is asked again after the next start
      db.pragma(`temp_store = ${isSmall() ? 'MEMORY' : 'FILE'}`);
      db.exec('VACUUM');
      // Until a reader lets go the file keeps its length; any later checkpoint cuts it.
      db.pragma('wal_checkpoint(TRUNCATE)');
      failed = false;
      loose = 0;
      return { before, after: count('page_count') };
    },
  };
}
