/** One simulated device: a disk that keeps what was committed, a process that may die between any two of its effects, and what its person did. */
import { nativeCrypto } from '@leanvibe/core/internal/crypto/node/native';
import { createCrdts } from '@leanvibe/core/internal/doc/registry';
import { inProcessReplicas } from '@leanvibe/core/internal/doc/replicas';
import type { Engine, EngineEvent } from '@leanvibe/core/internal/engine/api';
import type { EngineDeps } from '@leanvibe/core/internal/engine/deps';
import { createEngine } from '@leanvibe/core/internal/engine/engine';
import { createIdentity } from '@leanvibe/core/internal/engine/identity';
import { signConsent } from '@leanvibe/core/internal/group/consent';
import { createMemoryStore, type MemoryImage, type MemoryStore } from '@leanvibe/core/internal/memory/store';
import type { Channel } from '@leanvibe/core/internal/ports/channel';
import type { Clock } from '@leanvibe/core/internal/ports/clock';
import type { SigningKeys } from '@leanvibe/core/internal/ports/crypto';
import { type Store, StoreFull } from '@leanvibe/core/internal/ports/store';
import type { DeviceId, EntryId, PersonId, SpaceId } from '@leanvibe/protocol/ids';
import { type ConsentedCard, DEVICE_KINDS } from '@leanvibe/protocol/link';
import type { VirtualClock } from '../help/clock.js';
import { createRandom } from '../help/random.js';
import type { Trace } from './trace.js';

/** What a test may break on purpose: ports wrapped around the real ones. */
export interface Mutation {
  readonly name: string;
  readonly crypto?: (real: EngineDeps['crypto']) => EngineDeps['crypto'];
  readonly store?: (real: Store, machine: string) => Store;
  readonly crdts?: (real: EngineDeps['crdts']) => EngineDeps['crdts'];
  readonly replicas?: (real: EngineDeps['replicas']) => EngineDeps['replicas'];
  /** No rule broken: checkpoints come early, and a newcomer at the end. */
  readonly checkpointTailMin?: number;
  readonly membership?: EngineDeps['membership'];
  readonly adoption?: EngineDeps['adoption'];
  readonly channel?: (real: Channel) => Channel;
}

export interface Machine {
  readonly name: string;
  /** Agrees to be a device of this person in this space. */
  consent(space: SpaceId, person: PersonId): ConsentedCard;
  readonly signing: SigningKeys;
  /** What it holds at rest, for those who break in. */
  readonly localKey: Uint8Array;
  disk(): Store;
  engine: Engine | null;
  /** Known as soon as it first started. */
  device: DeviceId;
  /** Committed and not lost to a restore since. */
  readonly durable: Set<EntryId>;
  /** Every entry that was ever on its disk: what was pruned can still be read here. */
  readonly ever: Map<EntryId, Uint8Array>;
  /** Entries whose bytes came back after they were pruned. */
  readonly again: Set<EntryId>;
  /** Times an older image was put in place. */
  restores: number;
  removed: boolean;
  alarms: Set<string>;
  /** Edits its person was told are kept, that no restore undid: their labels. */
  kept: Set<string>;
  refusals: Record<string, number>;
  start(): Promise<void>;
  /** Dies now: nothing it was doing goes on. */
  crash(): void;
  /** Dies at its n-th next store operation, before or after it took effect. */
  crashIn(operations: number, after: boolean): void;
  diskFull(full: boolean): void;
  /** Its worker is as quick as it should be from now on. */
  calm(): void;
  /** Keeps today's disk aside. */
  snapshot(): void;
  /** Puts the disk kept aside back in place; the process must be down. `noticed`: the generation beside the key shows it. */
  restore(noticed: boolean): boolean;
  stop(): Promise<void>;
}

interface Incarnation {
  alive: boolean;
}

/** A port that belongs to one run of the process: after a crash its promises never settle and its timers never fire. */
function mortal<T>(run: Incarnation, task: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    task.then(
      (value) => void (run.alive && resolve(value)),
      (error: unknown) => void (run.alive && reject(error)),
    );
  });
}

export function createMachine(
  name: string,
  seed: string,
  clock: VirtualClock,
  trace: Trace,
  mutation: Mutation | null,
  onCrash: (machine: Machine) => void,
): Machine {
  const crypto = nativeCrypto();
  const born = createRandom(`${seed}/${name}/born`);
  const secrets = { signingSeed: born.bytes(32), sealingSecret: born.bytes(32), localKey: born.bytes(32) };
  const identity = createIdentity(crypto, secrets.signingSeed, secrets.sealingSecret, DEVICE_KINDS.indexOf('computer'));
  const skewMs = createRandom(`${seed}/${name}/skew`).below(600_000) - 300_000;
  let disk: MemoryStore = createMemoryStore({ hashing: crypto, random: born });
  let aside: { readonly image: MemoryImage; readonly durable: ReadonlySet<EntryId>; readonly kept: ReadonlySet<string> } | null = null;
  let run: Incarnation = { alive: false };
  let starts = 0;
  let fuse: { left: number; readonly after: boolean } | null = null;
  let full = false;
  let suspect = false;
  let busy = true;

  const die = (): void => {
    if (!run.alive) return;
    run.alive = false;
    fuse = null;
    machine.engine = null;
    trace.note(`${name} dies`);
    onCrash(machine);
  };

  const storeOf = (own: Incarnation): Store => {
    const real = disk;
    const step = async <T>(operation: () => Promise<T>, commits: boolean): Promise<T> => {
      if (!own.alive) return new Promise(() => undefined);
      const dies = fuse !== null && --fuse.left <= 0 ? fuse : null;
      if (dies !== null && !dies.after) {
        die();
        return new Promise(() => undefined);
      }
      if (commits && full) throw new StoreFull('simulated');
      const value = await operation();
      if (dies !== null) die();
      return own.alive ? value : new Promise(() => undefined);
    };
    return {
      id: real.id,
      commit: (batch) =>
        step(async () => {
          const placed = await real.commit(batch);
          for (const { entryId, sealed } of batch.entries ?? []) {
            machine.durable.add(entryId);
            machine.ever.set(entryId, sealed.slice());
          }
          for (const { entryId } of batch.refill ?? []) machine.again.add(entryId);
          return placed;
        }, true),
      head: (...args) => step(() => real.head(...args), false),
      prefixHash: (...args) => step(() => real.prefixHash(...args), false),
      rows: (...args) => step(() => real.rows(...args), false),
      entry: (...args) => step(() => real.entry(...args), false),
      has: (...args) => step(() => real.has(...args), false),
      pruned: (...args) => step(() => real.pruned(...args), false),
      ids: (...args) => step(() => real.ids(...args), false),
      spaces: () => step(() => real.spaces(), false),
      get: (...args) => step(() => real.get(...args), false),
      scan: (...args) => step(() => real.scan(...args), false),
      size: () => step(() => real.size(), false),
      close: () => Promise.resolve(),
    };
  };

  /** A worker that sometimes runs out of budget: `held` is this device's affair alone (C10). */
  const slowness = createRandom(`${seed}/${name}/slow`);
  const slow = (real: EngineDeps['replicas']): EngineDeps['replicas'] => ({
    ...real,
    inspect: async (kind, payload, what) => {
      if (!busy || !slowness.chance(0.04)) return real.inspect(kind, payload, what);
      trace.count('held');
      return { ok: false, error: 'held' };
    },
  });

  const clockOf = (own: Incarnation): Clock => {
    const skewed = clock.skewed(skewMs);
    return { nowMs: skewed.nowMs, turn: skewed.turn, after: (ms, task) => skewed.after(ms, () => void (own.alive && task())) };
  };

  const machine: Machine = {
    name,
    consent: (space, person) => signConsent(crypto, identity.signing, identity.card, space, person),
    signing: identity.signing,
    localKey: secrets.localKey,
    disk: () => disk,
    engine: null,
    device: '' as DeviceId,
    durable: new Set(),
    ever: new Map(),
    again: new Set(),
    restores: 0,
    removed: false,
    alarms: new Set(),
    kept: new Set(),
    refusals: {},
    async start() {
      const own: Incarnation = { alive: true };
      run = own;
      const crdts = createCrdts({ model: true });
      const store = storeOf(own);
      const ruled = mutation?.crdts?.(crdts) ?? crdts;
      const starting = createEngine({
        crypto: mutation?.crypto?.(crypto) ?? crypto,
        random: createRandom(`${seed}/${name}/run${starts++}`),
        clock: clockOf(own),
        logger: {
          log: (level, event, fields) => {
            if (level === 'error' && own.alive && event === 'fault') trace.fault(`${name}: ${String(fields?.['error'])}`);
          },
        },
        store: mutation?.store?.(store, name) ?? store,
        replicas: mutation?.replicas?.(slow(inProcessReplicas(crdts))) ?? slow(inProcessReplicas(crdts)),
        crdts: ruled,
        secrets,
        deviceKind: 'computer',
        windowMs: 100,
        restored: suspect,
        ...(mutation?.checkpointTailMin === undefined ? {} : { checkpointTailMin: mutation.checkpointTailMin }),
        ...(mutation?.membership === undefined ? {} : { membership: mutation.membership }),
        ...(mutation?.adoption === undefined ? {} : { adoption: mutation.adoption }),
      });
      const engine = await Promise.race([mortal(own, starting), new Promise<null>((resolve) => watch(own, resolve))]);
      if (engine === null || !own.alive) return;
      suspect = false;
      machine.engine = engine;
      machine.device = engine.device;
      engine.subscribe((event: EngineEvent) => {
        if (!own.alive) return;
        if (event.type === 'alarm') machine.alarms.add(event.alarm);
        if (event.type === 'refused') machine.refusals[event.reason] = (machine.refusals[event.reason] ?? 0) + 1;
      });
    },
    crash: die,
    crashIn(operations, after) {
      fuse = { left: operations, after };
    },
    diskFull(now) {
      full = now;
    },
    calm() {
      busy = false;
    },
    snapshot() {
      aside = { image: disk.image(), durable: new Set(machine.durable), kept: new Set(machine.kept) };
    },
    restore(noticed) {
      if (aside === null || run.alive) return false;
      disk = createMemoryStore({
        hashing: crypto,
        random: createRandom(`${seed}/${name}/restore${machine.restores}`),
        from: { image: aside.image, as: noticed ? 'restored' : 'same' },
      });
      machine.durable.clear();
      for (const entry of aside.durable) machine.durable.add(entry);
      machine.kept = new Set(aside.kept);
      machine.restores++;
      suspect = noticed;
      return true;
    },
    async stop() {
      fuse = null;
      full = false;
      await machine.engine?.stop();
      run.alive = false;
      machine.engine = null;
    },
  };

  /** A start that dies half-way must not hang the world. */
  const watch = (own: Incarnation, resolve: (value: null) => void): void => {
    const look = (): void => {
      if (!own.alive) resolve(null);
      else if (machine.engine === null || run !== own) setImmediate(look);
    };
    setImmediate(look);
  };
  return machine;
}
