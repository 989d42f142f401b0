/** Devices on SQLite stores that work on many documents for a long time on one virtual clock, mostly apart: the stage of the year. */
import { join } from 'node:path';
import { openSqliteStore, type SqliteStore } from '@leanvibe/agent/internal/store/sqlite';
import { nativeCrypto } from '@leanvibe/core/internal/crypto/node/native';
import type { Replicas } from '@leanvibe/core/internal/doc/crdt';
import { createCrdts } from '@leanvibe/core/internal/doc/registry';
import { inProcessReplicas } from '@leanvibe/core/internal/doc/replicas';
import type { Engine } from '@leanvibe/core/internal/engine/api';
import type { EngineDeps } from '@leanvibe/core/internal/engine/deps';
import { createEngine } from '@leanvibe/core/internal/engine/engine';
import { createMemoryPair, type MemoryPair } from '@leanvibe/core/internal/memory/channel';
import type { Channel } from '@leanvibe/core/internal/ports/channel';
import type { Store } from '@leanvibe/core/internal/ports/store';
import type { DocumentId, SpaceId } from '@leanvibe/protocol/ids';
import type { Role } from '@leanvibe/protocol/link';
import { createVirtualClock, drained, type VirtualClock } from './clock.js';
import { createRandom } from './random.js';

export interface YearDevice {
  readonly name: string;
  readonly path: string;
  readonly engine: Engine;
  readonly store: SqliteStore;
  readonly replicas: Replicas;
  readonly secrets: EngineDeps['secrets'];
}

export interface Wire {
  /** Bytes of frames sent by either end so far. */
  bytes(): number;
  cut(): void;
}

export interface Years {
  readonly clock: VirtualClock;
  device(name: string): Promise<YearDevice>;
  /** The newcomer joins the other's person. */
  pair(admitter: YearDevice, newcomer: YearDevice): Promise<void>;
  /** The guest's person joins the space. */
  admit(host: YearDevice, guest: YearDevice, space: SpaceId, role: Role): Promise<void>;
  link(a: YearDevice, b: YearDevice): Wire;
  /** Advances the clock, waiting for every disk meanwhile. */
  run(ms: number): Promise<void>;
  /** Every engine and store. */
  stop(): Promise<void>;
}

/** Counts what its disk has not answered yet. */
function watched(store: SqliteStore, busy: { count: number }): Store {
  return {
    ...store,
    id: store.id,
    async commit(batch) {
      busy.count += 1;
      try {
        return await store.commit(batch);
      } finally {
        busy.count -= 1;
      }
    },
  };
}

function counted(channel: Channel, sent: (bytes: number) => void): Channel {
  return {
    ...channel,
    queuedBytes: () => channel.queuedBytes(),
    send(frame) {
      sent(frame.length);
      channel.send(frame);
    },
  };
}

export function createYears(folder: string, seed: string): Years {
  const crypto = nativeCrypto();
  const busy = { count: 0 };
  /** Reads pause between slices for a turn: several quiet turns in a row mean that nothing goes on. */
  const drain = async (): Promise<void> => {
    for (let quiet = 0; quiet < 3; quiet = busy.count === 0 ? quiet + 1 : 0) await drained();
  };
  const clock = createVirtualClock(undefined, drain);
  const devices: YearDevice[] = [];
  const logger = { log: () => undefined };

  const channels = (a: YearDevice, b: YearDevice): MemoryPair =>
    createMemoryPair({ clock }, { left: a.engine.device, right: b.engine.device });

  return {
    clock,
    async device(name) {
      const random = createRandom(`${seed}/${name}`);
      const path = join(folder, name, 'store.sqlite');
      const opened = await openSqliteStore({ random, logger, hashing: crypto, path });
      if (!opened.ok) throw new Error(opened.error.message);
      const store = opened.value;
      const secrets = { signingSeed: random.bytes(32), sealingSecret: random.bytes(32), localKey: random.bytes(32) };
      const crdts = createCrdts();
      const replicas = inProcessReplicas(crdts);
      const disk = watched(store, busy);
      const engine = await createEngine({
        crypto,
        random,
        clock,
        logger,
        store: disk,
        replicas,
        crdts,
        secrets,
        deviceKind: 'computer',
        windowMs: 100,
        restored: false,
      });
      const made = { name, path, engine, store, replicas, secrets };
      devices.push(made);
      return made;
    },
    async pair(admitter, newcomer) {
      const { secret } = admitter.engine.pairing.offer({ name: admitter.name, autoConfirm: true }, () => undefined);
      const { left, right } = channels(newcomer, admitter);
      const told: string[] = [];
      admitter.engine.pairing.serve(right);
      newcomer.engine.pairing.join(left, { name: newcomer.name, secret, code: null, keepHome: false }, (event) => told.push(event.type));
      await clock.advance(1_000);
      if (!told.includes('joined')) throw new Error(`${newcomer.name} did not join: ${told.join()}`);
    },
    async admit(host, guest, space, role) {
      const invite = await host.engine.invites.create({ space, role });
      if (!invite.ok) throw new Error(invite.error);
      const { left, right } = channels(guest, host);
      host.engine.invites.serve(right);
      const names = { personName: guest.name, deviceName: guest.name };
      guest.engine.invites.accept(left, { invite: invite.value.id, secret: invite.value.secret, ...names }, () => undefined);
      await clock.advance(1_000);
      for (const { id } of host.engine.invites.pending()) await host.engine.invites.approve(id);
      await clock.advance(1_000);
    },
    link(a, b) {
      const pair = channels(a, b);
      let bytes = 0;
      const sent = (more: number): void => void (bytes += more);
      a.engine.connect(counted(pair.left, sent));
      b.engine.connect(counted(pair.right, sent));
      return { bytes: () => bytes, cut: () => pair.cut('the day is over') };
    },
    run: (ms) => clock.advance(ms),
    async stop() {
      for (const { engine, store } of devices) {
        await engine.stop();
        await store.close();
      }
    },
  };
}

/** The state that plain Yjs would keep of a document. */
export async function plainState(device: YearDevice, space: SpaceId, document: DocumentId): Promise<Uint8Array> {
  await device.engine.view(space, document, 'yjs', { type: 'note' });
  return device.replicas.save(document);
}
