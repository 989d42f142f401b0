/** The last lines of the log, over the turn of a file, in bounded memory. */
import { open } from 'node:fs/promises';

const CHUNK_BYTES = 64 * 1024;

/** At most `count` lines, oldest first; looks into the file before when the newest is short. */
export async function tailLog(path: string, count: number): Promise<readonly string[]> {
  if (count === 0) return [];
  const newest = await lastLines(path, count);
  if (newest.length >= count) return newest;
  return [...(await lastLines(`${path}.1`, count - newest.length)), ...newest];
}

async function lastLines(path: string, count: number): Promise<readonly string[]> {
  let file;
  try {
    file = await open(path, 'r');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
  try {
    let at = (await file.stat()).size;
    const chunks: Buffer[] = [];
    let breaks = 0;
    while (at > 0 && breaks <= count) {
      const size = Math.min(CHUNK_BYTES, at);
      at -= size;
      const chunk = Buffer.alloc(size);
      const { bytesRead } = await file.read(chunk, 0, size, at);
      const read = chunk.subarray(0, bytesRead);
      for (const byte of read) if (byte === 10) breaks += 1;
      chunks.unshift(read);
    }
    return Buffer.concat(chunks)
      .toString('utf8')
      .split('\n')
      .filter((line) => line !== '')
      .slice(-count);
  } finally {
    await file.close();
  }
}
