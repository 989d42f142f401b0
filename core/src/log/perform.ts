/** Performing one effect that asks the store: the answer comes back as an event. */
import { type EntryId, type Hash, idBytes, makeId } from '@leanvibe/protocol/ids';
import { exhaustive } from '../base/result.js';
import type { Hashing } from '../ports/crypto.js';
import { type Batch, type Head, type Lane, type Placed, type Store, StoreFull } from '../ports/store.js';
import { batchOf } from './batch.js';
import { cursorKey, readCursor } from './cursor.js';
import type { CommitEffect, Effect } from './effect.js';
import type { Event, OpenedLane } from './event.js';
import { HOLE_TABLE, HOLES_ASKED_MAX, isAskable, readHole } from './hole.js';
import type { Setup } from './state.js';
import type { SpaceSums } from './sums.js';
import { answerRanges, sumRanges, weighRanges } from './sums/ranges.js';

export type StoreEffect = Exclude<Effect, { readonly type: 'send' | 'commit' | 'timer' | 'report' }>;

export interface PerformDeps {
  readonly store: Store;
  readonly hashing: Hashing;
  readonly sums: SpaceSums;
}

/** Rejects with what the store threw. */
export async function perform(deps: PerformDeps, setup: Setup, effect: StoreEffect): Promise<Event> {
  const { store, hashing, sums } = deps;
  const { space } = setup;
  switch (effect.type) {
    case 'open':
      return await open(store, setup, effect.lanes, effect.holes);
    case 'check':
      return { type: 'checked', lane: effect.lane, prefixHash: await store.prefixHash(space, effect.lane, effect.position) };
    case 'read-rows': {
      const rows = await store.rows(space, effect.lane, effect.after, { rows: effect.rows, bytes: effect.bytes, bare: effect.bare });
      return { type: 'rows', lane: effect.lane, rows };
    }
    case 'find':
      return await find(store, setup, effect);
    case 'list': {
      const { after, lane, rows } = effect;
      return { type: 'listed', lane, after, ids: await store.ids(space, lane, { after, rows }) };
    }
    case 'chain':
      return await chainOf(deps, setup, effect);
    case 'check-ids':
      return { type: 'offer-checked', held: await store.has(space, effect.ids) };
    case 'answer': {
      const ranges = answerRanges(hashing, await sums.tree(effect.lane), effect.seed, effect.ranges);
      return { type: 'answered', lane: effect.lane, round: effect.round, ranges };
    }
    case 'sum': {
      const ranges = sumRanges(hashing, await sums.tree(effect.lane), effect.seed, effect.prefixes);
      return { type: 'summed', lane: effect.lane, round: effect.round, ranges };
    }
    case 'weigh': {
      const { differing, listed } = weighRanges(hashing, await sums.tree(effect.lane), effect.seed, effect.ranges);
      const held = await store.has(space, listed);
      return { type: 'weighed', lane: effect.lane, round: effect.round, differing, lacking: listed.filter((_, at) => held[at] !== true) };
    }
    default:
      return exhaustive(effect);
  }
}

async function open(store: Store, setup: Setup, lanes: readonly Lane[], withHoles: boolean): Promise<Event> {
  const opened: OpenedLane[] = [];
  for (const lane of lanes) {
    const head = await store.head(setup.space, lane);
    const key = cursorKey(setup.space, setup.peer, lane);
    const bytes = await store.get(key.table, key.key);
    opened.push({ lane, head, record: bytes === null ? null : readCursor(bytes) });
  }
  const records = withHoles ? await store.scan(HOLE_TABLE, `${setup.space}/`, null, HOLES_ASKED_MAX) : [];
  const holes = records.flatMap(({ key, value }) => readHole(key, value) ?? []);
  return { type: 'opened', lanes: opened, holes: holes.filter(isAskable) };
}

async function chainOf({ hashing, store }: PerformDeps, { space }: Setup, effect: Extract<Effect, { type: 'chain' }>): Promise<Event> {
  const { from, ids, round } = effect;
  let hash = idBytes(from.prefixHash);
  for (const one of ids) hash = hashing.sha256(hash, idBytes(one));
  const held = await store.has(space, ids);
  const head: Head = { position: from.position + ids.length, prefixHash: makeId<Hash>(hash) };
  return { type: 'chained', round, head, lacking: ids.filter((_, at) => held[at] !== true) };
}

type Find = Extract<Effect, { type: 'find' }>;

async function find(store: Store, setup: Setup, effect: Find): Promise<Event> {
  const items: Uint8Array[] = [];
  const missing: EntryId[] = [];
  let bytes = 0;
  let done = 0;
  for (const entryId of effect.ids) {
    const row = await store.entry(setup.space, entryId);
    // Another lane's entry may be beyond what this peer is allowed.
    const sealed = row?.lane === effect.lane ? row.sealed : null;
    if (sealed !== null && items.length > 0 && bytes + sealed.length > effect.bytes) break;
    if (sealed === null) missing.push(entryId);
    else items.push(sealed);
    bytes += sealed?.length ?? 0;
    done++;
  }
  return { type: 'found', lane: effect.lane, items, missing, done };
}

/** A full disk is an answer; rejects with anything else the store threw. */
export async function performCommit(
  commit: (batch: Batch) => Promise<readonly Placed[]>,
  setup: Setup,
  effect: CommitEffect,
): Promise<Event> {
  try {
    return { type: 'committed', placed: await commit(batchOf(setup, effect)) };
  } catch (error) {
    if (error instanceof StoreFull) return { type: 'commit-failed' };
    throw error;
  }
}
