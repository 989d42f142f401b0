/** A small world of blind nodes: memory stores behind a gate, ordered lossy links, a clock moved by hand. One seed decides everything. */
import { portableHashing } from '@leanvibe/core/internal/crypto/portable-hashing';
import { nodeHashing } from '@leanvibe/core/internal/crypto/node/hashing';
import { CURSOR_TABLE, readCursor } from '@leanvibe/core/internal/log/cursor';
import type { Report } from '@leanvibe/core/internal/log/effect';
import { HOLE_TABLE } from '@leanvibe/core/internal/log/hole';
import type { SpaceSyncOptions } from '@leanvibe/core/internal/log/options';
import { createSpaceSync, type SpaceSync } from '@leanvibe/core/internal/log/sync';
import { createMemoryStore, type MemoryImage, type MemoryStore } from '@leanvibe/core/internal/memory/store';
import type { Clock } from '@leanvibe/core/internal/ports/clock';
import type { Logger } from '@leanvibe/core/internal/ports/logger';
import type { Random } from '@leanvibe/core/internal/ports/random';
import { type Batch, type Lane, LANES, type Placed, StoreFull } from '@leanvibe/core/internal/ports/store';
import { concat } from '@leanvibe/protocol/bytes';
import { type DeviceId, type EntryId, type EpochId, type Hash, idBytes, makeId, type SpaceId } from '@leanvibe/protocol/ids';
import { type LogMessage, logMessage } from '@leanvibe/protocol/peer';
import { type Kind, writeSealed } from '@leanvibe/protocol/sealed';
import { decode, encode } from '@leanvibe/protocol/shape';

export const hashing = nodeHashing;
export const portable = portableHashing;
export const SPACE = makeId<SpaceId>(new Uint8Array(32).fill(7));
const SILENT: Logger = { log: () => undefined };

export interface Dice {
  /** A whole number below `bound`. */
  below(bound: number): number;
  readonly random: Random;
}

/** mulberry32: 32 bits of state are plenty to name a run. */
export function createDice(seed: number): Dice {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  return { below: (bound) => next() % bound, random: { bytes: (count) => Uint8Array.from({ length: count }, () => next() & 255) } };
}

export interface HandClock extends Clock {
  /** Runs the earliest timer; false when there is none. */
  tick(): boolean;
}

export function createHandClock(): HandClock {
  let nowMs = 0;
  let timers: { readonly at: number; readonly run: () => void }[] = [];
  return {
    nowMs: () => nowMs,
    turn: () => Promise.resolve(),
    after(delayMs, run) {
      const timer = { at: nowMs + delayMs, run };
      timers.push(timer);
      return () => {
        timers = timers.filter((one) => one !== timer);
      };
    },
    tick() {
      const first = timers.reduce<(typeof timers)[0] | null>((least, one) => (least === null || one.at < least.at ? one : least), null);
      if (first === null) return false;
      timers = timers.filter((one) => one !== first);
      nowMs = Math.max(nowMs, first.at);
      first.run();
      return true;
    },
  };
}

const KIND_OF_LANE: readonly Kind[] = ['announcement', 'link', 'change'];
let serial = 0;

/** Well-formed sealed bytes of a lane; `bytes` is the size of the ciphertext, 528 at least. */
export function makeSealed(lane: Lane, name: string, bytes = 528): Uint8Array {
  const ciphertext = new Uint8Array(bytes);
  ciphertext.set(hashing.sha256(new TextEncoder().encode(`${name}/${lane}`)));
  return writeSealed({
    kind: KIND_OF_LANE[lane] as Kind,
    epoch: makeId<EpochId>(new Uint8Array(32).fill(3)),
    nonce: new Uint8Array(24),
    ciphertext,
  });
}

export function entryIdOf(sealed: Uint8Array): EntryId {
  return makeId<EntryId>(hashing.sha256(sealed));
}

/** Waits until nothing but new input can change anything. */
export async function flush(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

export interface Tap {
  readonly from: string;
  readonly to: string;
  readonly message: LogMessage;
  readonly bytes: number;
}

export interface WorldNode {
  readonly name: string;
  readonly device: DeviceId;
  store: MemoryStore;
  /** Grows with every crash: what belongs to an older life is dead. */
  life: number;
  readonly syncs: Map<string, SpaceSync>;
  readonly waiting: (() => void)[];
  /** Conversations that are closing, by peer. */
  readonly leaving: Map<string, number>;
  readonly images: MemoryImage[];
  readonly reports: Report[];
  gated: boolean;
  /** This many commits will find the disk full. */
  full: number;
}

interface Pipe {
  readonly queue: Uint8Array[];
}

export interface World {
  readonly nodes: ReadonlyMap<string, WorldNode>;
  readonly clock: HandClock;
  readonly taps: Tap[];
  /** What `onCommitted` threw. */
  readonly failures: string[];
  node(name: string): WorldNode;
  append(name: string, lane: Lane, sealed: Uint8Array): Promise<void>;
  /** False when they are connected, or an earlier conversation has not closed yet. */
  connect(a: string, b: string, options?: Partial<SpaceSyncOptions>, optionsB?: Partial<SpaceSyncOptions>): boolean;
  /** Both ends close at once; what was on the way is lost. */
  disconnect(a: string, b: string): void;
  isConnected(a: string, b: string): boolean;
  crash(name: string): void;
  /** Puts an older image back; as `same` the store does not notice. */
  restore(name: string, image: MemoryImage, as: 'same' | 'restored'): void;
  /** Pipes with something to deliver. */
  loaded(): readonly string[];
  deliver(pipe: string): void;
  /** Lets one waiting store operation go on. */
  release(name: string): void;
  /** Opens all gates, delivers everything and runs timers until nothing is left; throws after too many rounds. */
  settle(timers?: boolean): Promise<void>;
  ids(name: string): Promise<readonly EntryId[]>;
}

export interface WorldOptions {
  readonly dice: Dice;
  /** Wraps what a conversation commits with; for mutations. */
  readonly mutateCommit?: (
    node: WorldNode,
    commit: (batch: Batch) => Promise<readonly Placed[]>,
  ) => (batch: Batch) => Promise<readonly Placed[]>;
  readonly mutateMessage?: (message: LogMessage) => LogMessage | null;
  onCommitted?(node: WorldNode, batch: Batch): void;
}

export function createWorld(names: readonly string[], options: WorldOptions): World {
  const { dice } = options;
  const clock = createHandClock();
  const taps: Tap[] = [];
  const failures: string[] = [];
  const pipes = new Map<string, Pipe>();
  const nodes = new Map<string, WorldNode>();

  const newStore = (node: Omit<WorldNode, 'store'>, image: MemoryImage | null, as: 'same' | 'restored'): MemoryStore => {
    const life = node.life;
    const before = (operation: 'commit' | 'read'): void | Promise<void> => {
      if (node.life !== life) return new Promise(() => undefined);
      if (operation === 'commit' && node.full > 0) {
        node.full--;
        throw new StoreFull('no room');
      }
      if (!node.gated) return;
      return new Promise((resolve) => node.waiting.push(resolve));
    };
    return createMemoryStore({ hashing, random: dice.random, faults: { before }, ...(image === null ? {} : { from: { image, as } }) });
  };
  for (const name of names) {
    const bare = {
      name,
      device: makeId<DeviceId>(hashing.sha256(new TextEncoder().encode(name))),
      life: 0,
      syncs: new Map<string, SpaceSync>(),
    };
    const rest = { ...bare, leaving: new Map<string, number>(), waiting: [], images: [], reports: [], gated: false, full: 0 };
    const node = rest as unknown as WorldNode;
    node.store = newStore(node, null, 'same');
    nodes.set(name, node);
  }
  const node = (name: string): WorldNode => nodes.get(name) as WorldNode;

  const commitOf = (owner: WorldNode, peer: string): ((batch: Batch) => Promise<readonly Placed[]>) => {
    const store = owner.store;
    return async (batch) => {
      const placed = await store.commit(batch);
      if (owner.store !== store) return new Promise(() => undefined); // crashed before the disk had it
      try {
        options.onCommitted?.(owner, batch);
      } catch (error) {
        failures.push(error instanceof Error ? error.message : String(error)); // thrown here it would look like a broken store
      }
      if (placed.some((row) => row.fresh)) for (const [name, sync] of owner.syncs) if (name !== peer) sync.appended();
      return placed;
    };
  };
  const converse = (from: string, to: string, more: Partial<SpaceSyncOptions>): SpaceSync => {
    const owner = node(from);
    const pipe = pipes.get(`${from}>${to}`) as Pipe;
    const bare = commitOf(owner, to);
    const commit = options.mutateCommit?.(owner, bare) ?? bare;
    const deps = { store: owner.store, hashing, random: dice.random, clock, logger: SILENT, commit };
    return createSpaceSync(deps, {
      space: SPACE,
      peer: node(to).device,
      slotOut: 1,
      level: 1,
      send(message) {
        const changed = options.mutateMessage === undefined ? message : options.mutateMessage(message);
        if (changed === null) return;
        const bytes = encode(logMessage, changed);
        taps.push({ from, to, message: changed, bytes: bytes.length });
        pipe.queue.push(bytes);
      },
      report: (report) => owner.reports.push(report),
      ...more,
    });
  };
  /** Until its last commit is done, no other conversation with the same peer may begin. */
  const leave = (owner: WorldNode, peer: string, sync: SpaceSync): void => {
    const life = owner.life;
    owner.leaving.set(peer, (owner.leaving.get(peer) ?? 0) + 1);
    void sync.close().then(() => {
      if (owner.life === life) owner.leaving.set(peer, (owner.leaving.get(peer) ?? 1) - 1);
    });
  };
  const drop = (a: string, b: string): void => {
    for (const [from, to] of [
      [a, b],
      [b, a],
    ] as const) {
      const sync = node(from).syncs.get(to);
      node(from).syncs.delete(to);
      pipes.delete(`${from}>${to}`);
      if (sync !== undefined) leave(node(from), to, sync);
    }
  };
  const reborn = (name: string, image: MemoryImage, as: 'same' | 'restored'): void => {
    const one = node(name);
    one.life++;
    one.waiting.length = 0;
    for (const peer of [...one.syncs.keys()]) drop(name, peer);
    one.leaving.clear();
    one.store = newStore(one, image, as);
  };

  const world: World = {
    nodes,
    clock,
    taps,
    failures,
    node,
    async append(name, lane, sealed) {
      const one = node(name);
      const store = one.store;
      await store.commit({ entries: [{ space: SPACE, lane, entryId: entryIdOf(sealed), sealed, from: null }] });
      if (one.store === store) for (const sync of one.syncs.values()) sync.appended(lane);
    },
    connect(a, b, optionsA = {}, optionsB = {}) {
      if (world.isConnected(a, b) || (node(a).leaving.get(b) ?? 0) > 0 || (node(b).leaving.get(a) ?? 0) > 0) return false;
      pipes.set(`${a}>${b}`, { queue: [] });
      pipes.set(`${b}>${a}`, { queue: [] });
      node(a).syncs.set(b, converse(a, b, optionsA));
      node(b).syncs.set(a, converse(b, a, optionsB));
      node(a).syncs.get(b)?.start();
      node(b).syncs.get(a)?.start();
      return true;
    },
    disconnect: drop,
    isConnected: (a, b) => pipes.has(`${a}>${b}`),
    crash: (name) => reborn(name, node(name).store.image(), 'same'),
    restore: (name, image, as) => reborn(name, image, as),
    loaded: () => [...pipes].filter(([, pipe]) => pipe.queue.length > 0).map(([key]) => key),
    deliver(key) {
      const bytes = pipes.get(key)?.queue.shift();
      const [from, to] = key.split('>') as [string, string];
      if (bytes === undefined) return;
      const decoded = decode(logMessage, bytes);
      if (!decoded.ok) throw new Error(`sent undecodable bytes: ${decoded.error}`);
      node(to).syncs.get(from)?.onMessage(decoded.value);
    },
    release: (name) => node(name).waiting.shift()?.(),
    async settle(timers = true) {
      for (const one of nodes.values()) {
        one.gated = false;
        while (one.waiting.length > 0) one.waiting.shift()?.();
      }
      for (let round = 0; round < 5_000; round++) {
        await flush();
        const keys = world.loaded();
        for (const key of keys) world.deliver(key);
        if (keys.length > 0) continue;
        await flush();
        if (world.loaded().length === 0 && !(timers && clock.tick())) return;
      }
      throw new Error(`still busy: ${world.loaded().join(' ')}`);
    },
    async ids(name) {
      const all: EntryId[] = [];
      for (const lane of LANES) all.push(...(await node(name).store.ids(SPACE, lane)));
      return all.sort();
    },
  };
  return world;
}

export function nextName(): string {
  return `entry-${serial++}`;
}

/** Positions are dense, prefix hashes chain, and no id is there twice. */
export async function checkLog(store: MemoryStore): Promise<void> {
  for (const lane of LANES) {
    const rows = await store.rows(SPACE, lane, 0, { rows: 1_000_000, bytes: Number.MAX_SAFE_INTEGER });
    let before = makeId<Hash>(new Uint8Array(32));
    const seen = new Set<EntryId>();
    rows.forEach((row, at) => {
      const hash = makeId<Hash>(hashing.sha256(concat(idBytes(before), idBytes(row.entryId))));
      if (row.position !== at + 1 || row.prefixHash !== hash || seen.has(row.entryId))
        throw new Error(`lane ${lane} is damaged at ${at + 1}`);
      if (row.sealed === null || entryIdOf(row.sealed) !== row.entryId) throw new Error(`lane ${lane} holds wrong bytes at ${at + 1}`);
      seen.add(row.entryId);
      before = hash;
    });
  }
}

/** Predicate 3 for one commit: every entry at or below a cursor just saved is held, or remembered as a hole. Answers how many were checked. */
export function checkCursors(world: World, owner: WorldNode, batch: Batch): number {
  let checked = 0;
  const image = owner.store.image();
  const log = image.spaces.get(SPACE);
  const holes = new Set(image.records.scan(HOLE_TABLE, `${SPACE}/`, null, 100_000).map(({ key }) => key.split('/')[2]));
  for (const record of batch.put ?? []) {
    if (record.table !== CURSOR_TABLE) continue;
    const [, peer, lane] = record.key.split('/');
    const cursor = readCursor(record.value);
    const other = [...world.nodes.values()].find((one) => one.device === peer);
    if (cursor === null || other === undefined || other.store.id !== cursor.store) continue;
    const theirs = other.store.image().spaces.get(SPACE);
    if (theirs === undefined || theirs.headAt(Number(lane) as Lane, cursor.position)?.prefixHash !== cursor.prefixHash) continue;
    for (const entryId of theirs.ids(Number(lane) as Lane).slice(0, cursor.position)) {
      checked++;
      if (log?.has(entryId) !== true && !holes.has(entryId))
        throw new Error(`${owner.name} passed ${entryId} of ${other.name} at ${cursor.position} without holding it`);
    }
  }
  return checked;
}
