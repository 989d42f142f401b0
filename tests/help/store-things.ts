/** What store tests share: entries that hash to their id, throwaway folders, and an open SQLite store. */
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqliteStore, type SqliteStore } from '@leanvibe/agent/internal/store/sqlite';
import type { OpenError } from '@leanvibe/agent/internal/store/open-error';
import { nodeHashing } from '@leanvibe/core/internal/crypto/node/hashing';
import type { Logger } from '@leanvibe/core/internal/ports/logger';
import type { Random } from '@leanvibe/core/internal/ports/random';
import type { Lane, NewEntry } from '@leanvibe/core/internal/ports/store';
import { type DeviceId, type EntryId, makeId, type SpaceId } from '@leanvibe/protocol/ids';

export const chance: Random = { bytes: (count) => new Uint8Array(randomBytes(count)) };
export const silent: Logger = { log: () => undefined };
export { nodeHashing };

export function spaceOf(seed: number): SpaceId {
  return makeId<SpaceId>(nodeHashing.sha256(Buffer.from(`space ${seed}`)));
}

export function deviceOf(seed: number): DeviceId {
  return makeId<DeviceId>(nodeHashing.sha256(Buffer.from(`device ${seed}`)));
}

export function entryIdOf(sealed: Uint8Array): EntryId {
  return makeId<EntryId>(new Uint8Array(createHash('sha256').update(sealed).digest()));
}

export function entryOf(
  sealed: Uint8Array,
  more: { readonly space?: SpaceId; readonly lane?: Lane; readonly from?: DeviceId | null } = {},
): NewEntry {
  return { space: more.space ?? spaceOf(0), lane: more.lane ?? 2, entryId: entryIdOf(sealed), sealed, from: more.from ?? null };
}

/** Different for each `number`, the same every time. */
export function bytesOf(number: number, size = 64): Uint8Array {
  const bytes = new Uint8Array(size);
  const seed = nodeHashing.sha256(Buffer.from(`bytes ${number}`));
  for (let at = 0; at < size; at++) bytes[at] = (seed[at % 32] as number) ^ (at >> 5);
  return bytes;
}

export function temporaryFolder(name: string): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), `leanvibe-${name}-`));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

export async function openAt(path: string, options: { readonly pagesMax?: number; readonly quietMs?: number } = {}): Promise<SqliteStore> {
  const opened = await tryOpenAt(path, options);
  if (!('store' in opened)) throw new Error(opened.error.message);
  return opened.store;
}

export async function tryOpenAt(
  path: string,
  options: { readonly pagesMax?: number; readonly quietMs?: number } = {},
): Promise<{ store: SqliteStore } | { error: OpenError }> {
  const opened = await openSqliteStore({ path, random: chance, hashing: nodeHashing, logger: silent, ...options });
  return opened.ok ? { store: opened.value } : { error: opened.error };
}
