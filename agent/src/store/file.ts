/** What can be told about a store file from its first bytes, before SQLite touches it. */
import { closeSync, fsyncSync, openSync, readSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { errorCode } from './open-error.js';

export interface Header {
  /** The words every SQLite file begins with, and a page size SQLite can have. */
  readonly isSqlite: boolean;
  readonly applicationId: number;
  readonly version: number;
  readonly pageBytes: number;
}

/** Null when there is no file. */
export function readHeader(path: string): Header | null {
  const bytes = Buffer.alloc(100);
  const read = readAt(path, bytes, 0);
  if (read === null) return null;
  const pageBytes = bytes.readUInt16BE(16) === 1 ? 65_536 : bytes.readUInt16BE(16);
  return {
    isSqlite:
      read === 100 && bytes.toString('latin1', 0, 16) === 'SQLite format 3\0' && pageBytes >= 512 && (pageBytes & (pageBytes - 1)) === 0,
    applicationId: bytes.readInt32BE(68),
    version: bytes.readUInt32BE(60),
    pageBytes,
  };
}

/** Bytes read, fewer than asked at the end of the file; null when there is none. */
function readAt(path: string, into: Buffer, at: number): number | null {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null;
    throw error;
  }
  try {
    return readSync(file, into, 0, into.length, at);
  } finally {
    closeSync(file);
  }
}

/** Null when there is no file. */
export function fileBytes(path: string): number | null {
  return statSync(path, { throwIfNoEntry: false })?.size ?? null;
}

/** Makes renames in a folder durable. Windows has no such call and needs none. */
export function syncFolderOf(path: string): void {
  if (process.platform === 'win32') return;
  const folder = openSync(dirname(path), 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
