/** Reading a backup: all of it is proved before anything of it is used. */
import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import type { PaperEntry } from '@leanvibe/core/engine/paper-form';
import type { Crypto } from '@leanvibe/core/ports/crypto';
import { readAt, readChunks } from './chunks.js';
import { damaged, fileFailure } from './failure.js';
import { type FileKey, HEADER_BYTES, openFileKey } from './header.js';
import { type BackupEnd, type BackupHead, entryOf, recordsIn } from './records.js';

export interface ProvedBackup {
  readonly head: BackupHead;
  readonly end: BackupEnd;
  /** Every entry, read from the file once more. */
  entries(): AsyncGenerator<PaperEntry>;
  close(): Promise<void>;
}

export interface ReadOptions {
  readonly crypto: Crypto;
  readonly path: string;
  readonly passphrase: string;
  /** Entries proved. */
  readonly onProgress: (done: number) => void;
  readonly signal?: AbortSignal;
}

/** Reads the whole file and checks every chunk, every entry's id, and that nothing is missing. Throws BackupFailure; close it in the end. */
export async function openBackup(options: ReadOptions): Promise<ProvedBackup> {
  const { crypto, path, passphrase } = options;
  const file = await open(path, 'r').catch((error: unknown) => {
    throw fileFailure(error, path, 'read');
  });
  try {
    const key = await openFileKey(crypto, await readAt(file, 0, HEADER_BYTES), passphrase);
    const { head, end } = await prove(file, key, options);
    return { head, end, entries: () => entriesIn(crypto, file, key), close: () => file.close() };
  } catch (error) {
    await file.close();
    throw fileFailure(error, path, 'read');
  }
}

async function prove(
  file: FileHandle,
  key: FileKey,
  { crypto, onProgress, signal }: ReadOptions,
): Promise<{ readonly head: BackupHead; readonly end: BackupEnd }> {
  const ids = createHash('sha256');
  let head: BackupHead | null = null;
  let end: BackupEnd | null = null;
  let entries = 0;
  for await (const one of recordsIn(readChunks(crypto, file, key))) {
    signal?.throwIfAborted();
    if (end !== null || (one.type === 'head') !== (head === null)) throw damaged('its parts are out of order');
    if (one.type === 'head') head = one;
    else if (one.type === 'end') end = one;
    else if (head !== null) {
      entryOf(head, one);
      ids.update(crypto.sha256(one.sealed));
      onProgress(++entries);
    }
  }
  if (head === null || end === null) throw damaged('it ends too early');
  if (end.entries !== entries || !Buffer.from(end.proof).equals(ids.digest())) throw damaged('its entries are not those that were written');
  return { head, end };
}

async function* entriesIn(crypto: Crypto, file: FileHandle, key: FileKey): AsyncGenerator<PaperEntry> {
  let head: BackupHead | null = null;
  for await (const one of recordsIn(readChunks(crypto, file, key))) {
    if (one.type === 'head') head = one;
    if (one.type === 'entry' && head !== null) yield entryOf(head, one);
  }
}
