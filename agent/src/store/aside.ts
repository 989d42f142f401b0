/** Puts a rebuilt store in the place of a damaged one; a crash at any point loses neither. */
import { existsSync, renameSync, rmSync } from 'node:fs';
import { syncFolderOf } from './file.js';

/** The rebuilt store while it is being made. It is complete as soon as the file at `path` is gone. */
export function rebuildingPath(path: string): string {
  return `${path}-rebuilding`;
}

/** A store made where there was none, until it is complete: it must not be taken for a rebuilt one. */
export function makingPath(path: string): string {
  return `${path}-new`;
}

/** Removes half-made files, or finishes a swap that a crash interrupted. */
export function finishSwap(path: string): void {
  removeWith(makingPath(path));
  const rebuilt = rebuildingPath(path);
  if (existsSync(path)) removeWith(rebuilt);
  else if (existsSync(rebuilt)) putInPlace(path, rebuilt, asideName(path));
}

export function removeWith(path: string): void {
  for (const suffix of ['', '-journal', '-wal', '-shm']) rmSync(path + suffix, { force: true });
}

/** The old file goes first: while it exists, the new one may be incomplete. Answers where the old one now lies. */
export function swap(path: string): string {
  const aside = asideName(path);
  if (existsSync(path)) {
    renameSync(path, aside);
    syncFolderOf(path);
  }
  putInPlace(path, rebuildingPath(path), aside);
  return aside;
}

/** For a path with no store: a log without its file is put aside. Answers where that now lies, null when there was none. */
export function putNew(path: string): string | null {
  const stray = existsSync(`${path}-wal`);
  const aside = asideName(path);
  putInPlace(path, makingPath(path), aside);
  return stray ? `${aside}-wal` : null;
}

function putInPlace(path: string, from: string, aside: string): void {
  if (existsSync(`${path}-wal`)) renameSync(`${path}-wal`, `${aside}-wal`);
  rmSync(`${path}-shm`, { force: true });
  renameSync(from, path);
  syncFolderOf(path);
}

/** A name nothing has yet; after an interrupted swap, the name that lacks only its log. */
function asideName(path: string): string {
  let number = 1;
  while (existsSync(`${path}.damaged-${number}`) || existsSync(`${path}.damaged-${number}-wal`)) number += 1;
  const previous = `${path}.damaged-${number - 1}`;
  const interrupted = !existsSync(path) && existsSync(previous) && !existsSync(`${previous}-wal`);
  return interrupted ? previous : `${path}.damaged-${number}`;
}
