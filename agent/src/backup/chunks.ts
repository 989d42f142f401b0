/** The sealed part of a backup file: a stream of bytes in sealed chunks, each bound to its place, so that no part can be cut, moved or swapped. */
import type { FileHandle } from 'node:fs/promises';
import type { Crypto } from '@leanvibe/core/ports/crypto';
import { damaged } from './failure.js';
import { type FileKey, HEADER_BYTES, nonceOf } from './header.js';

/** Plain bytes of every chunk but the last, which may be shorter. */
const CHUNK_BYTES = 256 * 1024;
const TAG_BYTES = 16;

export interface ChunkWriter {
  write(bytes: Uint8Array): Promise<void>;
  /** Seals what is left as the last chunk; nothing may be written afterwards. Answers the file's size. */
  end(): Promise<number>;
}

/** The header first. Holds one chunk in memory. */
export async function startChunks(crypto: Crypto, file: FileHandle, { header, key }: FileKey): Promise<ChunkWriter> {
  const plain = Buffer.alloc(CHUNK_BYTES);
  let filled = 0;
  let chunk = 0;
  let at = 0;
  const put = async (bytes: Uint8Array): Promise<void> => {
    for (let from = 0; from < bytes.length; ) {
      const { bytesWritten } = await file.write(bytes, from, bytes.length - from, at);
      from += bytesWritten;
      at += bytesWritten;
    }
  };
  const seal = async (last: boolean): Promise<void> => {
    await put(crypto.secretbox(plain.subarray(0, filled), nonceOf(chunk++, last), key));
    filled = 0;
  };
  await put(header);
  return {
    async write(bytes) {
      for (let from = 0; from < bytes.length; ) {
        // A full chunk waits until more comes: only then is it known not to be the last.
        if (filled === CHUNK_BYTES) await seal(false);
        const taken = Math.min(CHUNK_BYTES - filled, bytes.length - from);
        plain.set(bytes.subarray(from, from + taken), filled);
        filled += taken;
        from += taken;
      }
    },
    async end() {
      await seal(true);
      return at;
    },
  };
}

/** The plain bytes again, chunk by chunk; throws BackupFailure at the first that is not what was written there. */
export async function* readChunks(crypto: Crypto, file: FileHandle, { key }: FileKey): AsyncGenerator<Uint8Array> {
  const { size } = await file.stat();
  let at = HEADER_BYTES;
  for (let chunk = 0; ; chunk++) {
    const bytes = Math.min(CHUNK_BYTES + TAG_BYTES, size - at);
    const last = at + bytes >= size;
    const sealed = await readAt(file, at, Math.max(0, bytes));
    const plain = crypto.secretboxOpen(sealed, nonceOf(chunk, last), key);
    if (plain === null) throw damaged(`it is not what was written from byte ${at} on, or something is missing at its end`);
    yield plain;
    if (last) return;
    at += bytes;
  }
}

/** Fewer bytes only where the file ends. */
export async function readAt(file: FileHandle, position: number, bytes: number): Promise<Uint8Array> {
  const into = new Uint8Array(bytes);
  let filled = 0;
  while (filled < bytes) {
    const { bytesRead } = await file.read(into, filled, bytes - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return into.subarray(0, filled);
}
