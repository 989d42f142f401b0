/** Whether this copy of the relay can do its work, and how long each thing it needs took to answer. */
import { statfs } from 'node:fs/promises';
import type { Clock } from '@leanvibe/core/ports/clock';
import type { Finding } from '@leanvibe/protocol/http/health';

export interface Check {
  readonly dependency: Finding['dependency'];
  /** Without it the copy is not ready; the others only slow it or warn. */
  readonly needed: boolean;
  /** Resolves to words about what it found; throws what is wrong, in words for people. */
  run(): Promise<string>;
}

export const CHECK_MS_MAX = 3000;

/** Thrown by a check: words that may be shown to anybody. */
export class Unwell extends Error {
  override readonly name = 'Unwell';
}

/** Never throws; what throws something other than `Unwell` shows only that it failed, since its words may name hosts or users. */
export async function find(check: Check, clock: Clock, elapsedMs: () => number): Promise<Finding> {
  const { dependency, needed } = check;
  const began = elapsedMs();
  const done = (ok: boolean, detail: string): Finding => ({
    dependency,
    needed,
    ok,
    detail,
    tookMs: Math.round((elapsedMs() - began) * 10) / 10,
  });
  let cancel = (): void => undefined;
  const late = new Promise<never>((_resolve, reject) => {
    cancel = clock.after(CHECK_MS_MAX, () => reject(new Unwell(`no answer within ${CHECK_MS_MAX / 1000} s`)));
  });
  try {
    return done(true, await Promise.race([check.run(), late]));
  } catch (error) {
    return done(false, error instanceof Unwell ? error.message : 'it does not answer');
  } finally {
    cancel();
  }
}

export interface DiskOptions {
  readonly folder: string;
  /** Below it the copy is not ready: an append must not find the disk full. */
  readonly freeBytesMin: number;
  readonly onFree: (bytes: number) => void;
}

export function diskCheck({ folder, freeBytesMin, onFree }: DiskOptions): Check {
  return {
    dependency: 'disk',
    needed: true,
    async run() {
      const { bavail, bsize } = await statfs(folder);
      const free = bavail * bsize;
      onFree(free);
      if (free < freeBytesMin) throw new Unwell(`${mebibytes(free)} MiB free, at least ${mebibytes(freeBytesMin)} are needed`);
      return `${mebibytes(free)} MiB free`;
    },
  };
}

/** Warns and stays ready: restarting a busy relay at once would only move the load. */
export function memoryCheck(rssBytes: () => number, bytesMax: number): Check {
  return {
    dependency: 'memory',
    needed: false,
    run() {
      const used = rssBytes();
      if (used > bytesMax) return Promise.reject(new Unwell(`${mebibytes(used)} MiB in use, at most ${mebibytes(bytesMax)} are expected`));
      return Promise.resolve(`${mebibytes(used)} MiB in use`);
    },
  };
}

function mebibytes(bytes: number): number {
  return Math.round(bytes / 1_048_576);
}
