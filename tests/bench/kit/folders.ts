/** Folders of one benchmark, gone when it ends. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export async function inFolder<Value>(work: (folder: (name: string) => string) => Promise<Value>): Promise<Value> {
  const base = mkdtempSync(join(tmpdir(), 'leanvibe-bench-'));
  try {
    return await work((name) => {
      const path = join(base, name);
      mkdirSync(path, { recursive: true });
      return path;
    });
  } finally {
    rmSync(base, { recursive: true, force: true });
  }
}

export function bytesIn(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((one) => one.isFile())
    .reduce((sum, one) => sum + statSync(join(one.parentPath, one.name)).size, 0);
}
