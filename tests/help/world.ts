/** A small world of real engines over memory stores and memory channels, on one virtual clock: the stage of stories. */
import { nativeCrypto } from '@leanvibe/core/internal/crypto/node/native';
import type { Json, Replicas } from '@leanvibe/core/internal/doc/crdt';
import { createCrdts } from '@leanvibe/core/internal/doc/registry';
import { inProcessReplicas } from '@leanvibe/core/internal/doc/replicas';
import type { Engine, EngineEvent } from '@leanvibe/core/internal/engine/api';
import type { EngineDeps } from '@leanvibe/core/internal/engine/deps';
import { createEngine } from '@leanvibe/core/internal/engine/engine';
import type { InviteOptions, InviteView } from '@leanvibe/core/internal/engine/team-api';
import { createMemoryPair, type MemoryPair } from '@leanvibe/core/internal/memory/channel';
import { createMemoryStore, type MemoryImage, type MemoryStore } from '@leanvibe/core/internal/memory/store';
import type { AcceptEvent } from '@leanvibe/core/internal/pairing/guest';
import type { CrdtKind } from '@leanvibe/protocol/change';
import type { DocumentId, SpaceId } from '@leanvibe/protocol/ids';
import type { Role } from '@leanvibe/protocol/link';
import { createVirtualClock, type VirtualClock } from './clock.js';
import { createRandom, type SeededRandom } from './random.js';

export interface Device {
  readonly name: string;
  readonly engine: Engine;
  readonly store: MemoryStore;
  readonly events: readonly EngineEvent[];
  /** What a thief of this device would hold. */
  readonly secrets: EngineDeps['secrets'];
  /** Edits a document of the home space, or of `space`. Throws with the engine's words when it is refused. */
  edit(document: DocumentId, command: Json, kind?: CrdtKind, space?: SpaceId): Promise<Json>;
  view(document: DocumentId, query: Json, kind?: CrdtKind, space?: SpaceId): Promise<Json>;
}

export interface World {
  readonly clock: VirtualClock;
  readonly random: SeededRandom;
  device(name: string): Promise<Device>;
  /** The same device, started anew on what its disk holds. The old one must not be used any more. */
  restart(device: Device): Promise<Device>;
  /** The device on an older image of its disk, which notices nothing by itself: the key beside it was put back too. The old one must not be used any more. */
  putBack(device: Device, image: MemoryImage): Promise<Device>;
  /** The same home once more, copied from its disk as it is now and running beside it. */
  twin(device: Device): Promise<Device>;
  /** Joins two devices by a channel until it is cut. */
  link(a: Device, b: Device): MemoryPair;
  cut(pair: MemoryPair): void;
  /** Newcomer joins the other's person by link; both channels are of this world. */
  pair(admitter: Device, newcomer: Device, options?: { readonly keepHome?: boolean }): Promise<void>;
  /** A space of this device's person, with nobody else in it yet. */
  space(owner: Device): Promise<SpaceId>;
  /** The guest's person knocks, the host's approves: both channels are of this world. Answers what the guest was told, in order. */
  invite(host: Device, guest: Device, space: SpaceId, role: Role, options?: Partial<InviteOptions>): Promise<readonly AcceptEvent[]>;
  /** The guest knocks with an invite made before; nobody decides anything here. */
  knock(
    host: Device,
    guest: Device,
    invite: Pick<InviteView, 'id' | 'secret'>,
  ): { readonly events: readonly AcceptEvent[]; readonly pair: MemoryPair };
  run(ms?: number): Promise<void>;
}

export interface WorldOptions {
  readonly windowMs?: number;
  readonly checkpointTailMin?: number;
  /** Stands between a device and its replicas. */
  readonly replicas?: (name: string, real: Replicas) => Replicas;
}

export function createWorld(seed: string, options: WorldOptions = {}): World {
  const clock = createVirtualClock();
  const random = createRandom(seed);
  const crypto = nativeCrypto();

  const born = new Map<string, EngineDeps['secrets']>();
  let starts = 0;

  const start = async (name: string, store: MemoryStore): Promise<Device> => {
    const own = createRandom(`${seed}/${name}/${starts++}`);
    const secrets = born.get(name) ?? { signingSeed: own.bytes(32), sealingSecret: own.bytes(32), localKey: own.bytes(32) };
    born.set(name, secrets);
    const crdts = createCrdts({ model: true });
    const engine = await createEngine({
      crypto,
      random: own,
      clock,
      logger: { log: () => undefined },
      store,
      replicas: options.replicas?.(name, inProcessReplicas(crdts)) ?? inProcessReplicas(crdts),
      crdts,
      secrets,
      deviceKind: 'computer',
      windowMs: options.windowMs ?? 100,
      restored: false,
      ...(options.checkpointTailMin === undefined ? {} : { checkpointTailMin: options.checkpointTailMin }),
    });
    const events: EngineEvent[] = [];
    engine.subscribe((event) => events.push(event));
    return {
      name,
      engine,
      store,
      events,
      secrets,
      async edit(document, command, kind = 'yjs', space = engine.home()) {
        const done = await engine.edit(space, document, kind, command);
        if (!done.ok) throw new Error(`${name}: ${done.error.code}: ${done.error.message}`);
        return done.value.answer;
      },
      view: (document, query, kind = 'yjs', space = engine.home()) => engine.view(space, document, kind, query),
    };
  };

  const link = (a: Device, b: Device): MemoryPair => {
    const pair = createMemoryPair({ clock }, { left: a.engine.device, right: b.engine.device });
    a.engine.connect(pair.left);
    b.engine.connect(pair.right);
    return pair;
  };

  const knock: World['knock'] = (host, guest, { id, secret }) => {
    const events: AcceptEvent[] = [];
    const pair = createMemoryPair({ clock }, { left: guest.engine.device, right: host.engine.device });
    host.engine.invites.serve(pair.right);
    const names = { personName: guest.name, deviceName: guest.name };
    guest.engine.invites.accept(pair.left, { invite: id, secret, ...names }, (event) => events.push(event));
    return { events, pair };
  };

  return {
    clock,
    random,
    twin: (device) =>
      start(
        device.name,
        createMemoryStore({
          hashing: crypto,
          random: createRandom(`${seed}/${device.name}/twin`),
          from: { image: device.store.image(), as: 'same' },
        }),
      ),
    device: (name) => start(name, createMemoryStore({ hashing: crypto, random: createRandom(`${seed}/${name}/store`) })),
    async restart(device) {
      await device.engine.stop();
      return start(device.name, device.store);
    },
    async putBack(device, image) {
      await device.engine.stop();
      return start(
        device.name,
        createMemoryStore({ hashing: crypto, random: createRandom(`${seed}/${device.name}/put-back`), from: { image, as: 'same' } }),
      );
    },
    link,
    cut: (pair) => pair.cut('the link was cut'),
    async pair(admitter, newcomer, { keepHome = false } = {}) {
      const offer = admitter.engine.pairing.offer({ name: admitter.name, autoConfirm: true }, () => undefined);
      const channels = createMemoryPair({ clock }, { left: newcomer.engine.device, right: admitter.engine.device });
      admitter.engine.pairing.serve(channels.right);
      const failures: string[] = [];
      let joined = false;
      newcomer.engine.pairing.join(channels.left, { name: newcomer.name, secret: offer.secret, code: null, keepHome }, (event) => {
        if (event.type === 'failed') failures.push(event.message);
        if (event.type === 'joined') joined = true;
      });
      await clock.advance(1_000);
      if (!joined) throw new Error(`${newcomer.name} did not join: ${failures.join('; ')}`);
    },
    async space(owner) {
      const made = await owner.engine.teams.createSpace();
      if (!made.ok) throw new Error(`${owner.name}: ${made.error}`);
      return made.value;
    },
    knock,
    async invite(host, guest, space, role, invited = {}) {
      const invite = await host.engine.invites.create({ space, role, ...invited });
      if (!invite.ok) throw new Error(`${host.name}: ${invite.error}`);
      const { events } = knock(host, guest, invite.value);
      await clock.advance(1_000);
      for (const one of host.engine.invites.pending()) {
        const approved = await host.engine.invites.approve(one.id);
        if (!approved.ok) throw new Error(`${host.name}: ${approved.error}`);
      }
      await clock.advance(1_000);
      return events;
    },
    run: (ms = 2_000) => clock.advance(ms),
  };
}
