/** A store that lives in memory: the real product of tabs without a disk and of simulations, with images to restart or restore from. */
import { makeId, type SpaceId, type StoreId } from '@leanvibe/protocol/ids';
import type { Hashing } from '../ports/crypto.js';
import type { Random } from '../ports/random.js';
import type { Batch, Placed, Store } from '../ports/store.js';
import { StoreBroken } from '../ports/store.js';
import { checkKey, createRecords, type Records } from './records.js';
import { createSpaceLog, EMPTY_HEAD, type SpaceLog } from './space-log.js';

/** Called before each operation; what it throws is what the caller gets, and what it awaits delays the operation. */
export interface MemoryFaults {
  before(operation: 'commit' | 'read'): void | Promise<void>;
}

/** Everything a store holds, frozen at one moment. */
export interface MemoryImage {
  readonly id: StoreId;
  readonly spaces: ReadonlyMap<SpaceId, SpaceLog>;
  readonly records: Records;
}

export interface MemoryStoreDeps {
  readonly hashing: Hashing;
  readonly random: Random;
  readonly faults?: MemoryFaults;
  /** `same`: a restart, the store keeps its id. `restored`: the image is an older one, so a new id is drawn. */
  readonly from?: { readonly image: MemoryImage; readonly as: 'same' | 'restored' };
}

export interface MemoryStore extends Store {
  /** What would survive now; later commits do not change it. */
  image(): MemoryImage;
}

function cloneSpaces(spaces: ReadonlyMap<SpaceId, SpaceLog>): Map<SpaceId, SpaceLog> {
  return new Map([...spaces].map(([space, log]) => [space, log.clone()]));
}

/** The caller may reuse its bytes as soon as `commit` returned its promise. */
function cloneBatch(batch: Batch): Required<Batch> {
  for (const record of [...(batch.put ?? []), ...(batch.remove ?? [])]) checkKey(record);
  return {
    entries: (batch.entries ?? []).map((entry) => ({ ...entry, sealed: entry.sealed.slice() })),
    put: (batch.put ?? []).map((record) => ({ ...record, value: record.value.slice() })),
    remove: [...(batch.remove ?? [])],
    prune: [...(batch.prune ?? [])],
    refill: (batch.refill ?? []).map((row) => ({ ...row, sealed: row.sealed.slice() })),
  };
}

function sizeOf(spaces: ReadonlyMap<SpaceId, SpaceLog>): { readonly entries: number; readonly bytes: number } {
  const sizes = [...spaces.values()].map((log) => log.size());
  return { entries: sizes.reduce((sum, size) => sum + size.entries, 0), bytes: sizes.reduce((sum, size) => sum + size.bytes, 0) };
}

interface Contents {
  readonly hashing: Hashing;
  readonly spaces: Map<SpaceId, SpaceLog>;
  readonly records: Records;
}

/** Nothing here can fail, so a batch is all or nothing. */
function apply({ hashing, spaces, records }: Contents, batch: Required<Batch>): readonly Placed[] {
  const placed = batch.entries.map((entry) => {
    const log = spaces.get(entry.space) ?? createSpaceLog(hashing);
    spaces.set(entry.space, log);
    return log.append(entry);
  });
  for (const { table, key, value } of batch.put) records.put({ table, key }, value);
  for (const key of batch.remove) records.remove(key);
  for (const row of batch.prune) spaces.get(row.space)?.setSealed(row.entryId, null);
  for (const row of batch.refill) spaces.get(row.space)?.setSealed(row.entryId, row.sealed);
  return placed;
}

export function createMemoryStore(deps: MemoryStoreDeps): MemoryStore {
  const { hashing, random, faults, from } = deps;
  const id = from?.as === 'same' ? from.image.id : makeId<StoreId>(random.bytes(16), 16);
  const spaces = cloneSpaces(from?.image.spaces ?? new Map<SpaceId, SpaceLog>());
  const records = from?.image.records.clone() ?? createRecords();
  let closed = false;
  let lastCommit: Promise<unknown> = Promise.resolve();

  const contents: Contents = { hashing, spaces, records };
  const enter = async (operation: 'commit' | 'read'): Promise<void> => {
    await faults?.before(operation);
    if (closed) throw new StoreBroken('the store was closed');
  };
  const read = async <T>(look: () => T): Promise<T> => {
    await enter('read');
    return look();
  };
  return {
    id,
    async commit(batch) {
      const own = cloneBatch(batch);
      const turn = lastCommit.then(async () => {
        await enter('commit');
        return apply(contents, own);
      });
      lastCommit = turn.catch(() => undefined); // the failure belongs to its own caller
      return await turn;
    },
    head: (space, lane) => read(() => spaces.get(space)?.head(lane) ?? EMPTY_HEAD),
    prefixHash: (space, lane, position) =>
      read(() => (position === 0 ? EMPTY_HEAD : (spaces.get(space)?.headAt(lane, position) ?? null))?.prefixHash ?? null),
    rows: (space, lane, after, limits) => read(() => spaces.get(space)?.rows(lane, after, limits) ?? []),
    entry: (space, entryId) => read(() => spaces.get(space)?.find(entryId) ?? null),
    has: (space, entryIds) => read(() => entryIds.map((entryId) => spaces.get(space)?.has(entryId) ?? false)),
    pruned: (space, entryIds) => read(() => entryIds.map((entryId) => spaces.get(space)?.find(entryId)?.sealed === null)),
    ids: (space, lane, range) => read(() => spaces.get(space)?.ids(lane, range) ?? []),
    spaces: () => read(() => [...spaces.keys()].sort()),
    get: (table, key) => read(() => records.get(table, key)),
    scan: (table, prefix, after, limit) => read(() => records.scan(table, prefix, after, limit)),
    size: () => read(() => sizeOf(spaces)),
    async close() {
      await lastCommit;
      closed = true;
    },
    image: () => ({ id, spaces: cloneSpaces(spaces), records: records.clone() }),
  };
}
