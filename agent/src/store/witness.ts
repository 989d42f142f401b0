/**
 * A few bytes beside the store that remember how many commits were acknowledged, so that a store which lost some
 * (its write-ahead log was deleted or cut, or an older copy was put in its place) is noticed when it is opened.
 * Never fsynced: after kill -9 it is exact, after a power cut it may be behind the store, which proves nothing and alarms nobody.
 */
import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import type { Database } from 'better-sqlite3';
import { headSum } from './sums.js';

export interface Witness {
  /** Commits acknowledged by the store with this id; null when it knows nothing about that store. */
  read(storeId: Uint8Array): number | null;
  write(storeId: Uint8Array, commits: number): void;
  close(): void;
}

const BYTES = 28;
const EMPTY = Buffer.alloc(0);
const ZEROS = Buffer.alloc(32);

export function openWitness(path: string): Witness {
  const file = openSync(`${path}-commits`, openFlags(), 0o600);
  const bytes = Buffer.alloc(BYTES);
  return {
    read(storeId) {
      const count = readSync(file, bytes, 0, BYTES, 0);
      if (count !== BYTES || crc32(bytes.subarray(0, 24)) !== bytes.readUInt32LE(24) || !bytes.subarray(0, 16).equals(storeId)) return null;
      return bytes.readDoubleLE(16);
    },
    write(storeId, commits) {
      bytes.set(storeId);
      bytes.writeDoubleLE(commits, 16);
      bytes.writeUInt32LE(crc32(bytes.subarray(0, 24)), 24);
      writeSync(file, bytes, 0, BYTES, 0);
    },
    close: () => closeSync(file),
  };
}

/** Created when absent, never emptied. */
function openFlags(): number {
  return constants.O_RDWR | constants.O_CREAT;
}

/** The count lives in the table of heads, on a page that most commits write anyway, under the space number no space has. */
export function readCommits(db: Database): number | null {
  const row = db.prepare<[], { position: number; sum: number }>('SELECT position, sum FROM heads WHERE space = 0 AND lane = 0').get();
  return row !== undefined && headSum(ZEROS, 0, row.position, EMPTY, 0) === row.sum ? row.position : null;
}

export function commitsWriter(db: Database): (commits: number) => void {
  const set = db.prepare('INSERT OR REPLACE INTO heads(space, lane, position, prefix, bytes, sum) VALUES(0, 0, ?, ?, 0, ?)');
  return (commits) => void set.run(commits, EMPTY, headSum(ZEROS, 0, commits, EMPTY, 0));
}
