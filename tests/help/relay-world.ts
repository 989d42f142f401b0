/** A relay on the stage of stories: the relay's real sessions over memory, on the world's clock. */
import { nodeVerifying } from '@leanvibe/core/internal/crypto/node/verify';
import { createMemoryPair, type MemoryPair } from '@leanvibe/core/internal/memory/channel';
import type { Bus, Hint } from '@leanvibe/relay/internal/ports/bus';
import type { Caller, Quota } from '@leanvibe/relay/internal/ports/caller';
import { createConnection } from '@leanvibe/relay/internal/session/connection';
import type { ConnectionDeps } from '@leanvibe/relay/internal/session/deps';
import { createHub } from '@leanvibe/relay/internal/session/hub';
import { createMeter } from '@leanvibe/relay/internal/session/meter';
import { createPipeRoom } from '@leanvibe/relay/internal/session/pipes';
import { type DeviceId, makeId } from '@leanvibe/protocol/ids';
import { createRelayMemory, type RelayImage, type RelayMemory } from './relay-memory.js';
import type { Device, World } from './world.js';

export const ORIGIN = 'https://relay.test';

/** Copies of one relay hear each other's hints, unless somebody loses them. */
export interface Wires {
  join(): Bus;
  /** From now on hints between copies are lost. */
  lose(lost: boolean): void;
}

export function createWires(): Wires {
  const heard = new Map<string, Set<(hint: Hint) => void>>();
  let made = 0;
  let lost = false;
  return {
    join() {
      const self = `copy ${made++}`;
      const mine = new Set<(hint: Hint) => void>();
      heard.set(self, mine);
      return {
        name: self,
        tell(hint) {
          if (lost) return;
          for (const [other, listeners] of heard) if (other !== self) for (const listener of listeners) listener(hint);
        },
        subscribe(listener) {
          mine.add(listener);
          return () => mine.delete(listener);
        },
        connected: () => !lost,
        close: () => Promise.resolve(void heard.delete(self)),
      };
    },
    lose(now) {
      lost = now;
    },
  };
}

/** Who can be signed in. */
export type Signed = Pick<Device, 'name' | 'engine'>;

export interface RelayCopy {
  readonly store: RelayMemory;
  readonly refused: Readonly<Record<string, number>>;
  /** Signs the device in under an account and joins it to this copy until it is cut. */
  link(device: Signed, account?: string): MemoryPair;
  /** Connections and mailboxes held in memory. */
  count(): { readonly mailboxes: number; readonly members: number };
  revoke(account: string): void;
  stop(): void;
}

export interface RelayOptions {
  readonly store?: RelayMemory;
  readonly wires?: Wires;
  readonly origins?: readonly string[];
  readonly quota?: Partial<Quota>;
  readonly delayMs?: () => number;
  /** Stands between the relay and a device, and may change what either is told. */
  readonly wire?: (device: Signed) => LyingWire;
}

/** Frames as they are to go on; none: swallowed. */
export interface LyingWire {
  up?(frame: Uint8Array, answer: (frame: Uint8Array) => void): readonly Uint8Array[];
  down?(frame: Uint8Array): readonly Uint8Array[];
}

const QUOTA: Quota = { tier: 'free', mailboxes: 100, bytes: 1e9, devices: 100, appendsPerMinute: 1e6 };
const SELF = makeId<DeviceId>(new Uint8Array(32).fill(9));

export function createRelay(world: Pick<World, 'clock' | 'random'>, options: RelayOptions = {}): RelayCopy {
  const { clock, random } = world;
  const store = options.store ?? createRelayMemory(random);
  const quota = { ...QUOTA, ...options.quota };
  const refused: Record<string, number> = {};
  const logger = { log: () => undefined };
  const bus = (options.wires ?? createWires()).join();
  const hub = createHub({ clock, logger, bus, store });
  /** A token names its account and device; whatever else it is, is nobody. */
  const admit = (token: string): Caller | null => {
    const [account, device] = token.split('/');
    return account === undefined || device === undefined ? null : { account, device, kind: 'mac_agent', quota };
  };
  const deps: ConnectionDeps = {
    clock,
    random,
    logger,
    checking: nodeVerifying(),
    doorman: { admit: (token) => Promise.resolve(admit(token)), quota: () => Promise.resolve(quota) },
    store,
    hub,
    meter: createMeter(clock, store),
    pipes: createPipeRoom({ bus, clock, random }),
    audit: { note: () => undefined, flush: () => Promise.resolve(), close: () => Promise.resolve() },
    tally: { moved: () => undefined, committing: () => () => undefined },
    origins: options.origins ?? [ORIGIN],
    count(reason) {
      refused[reason] = (refused[reason] ?? 0) + 1;
    },
  };
  return {
    store,
    refused,
    link(device, account = device.name) {
      const pair = createMemoryPair(
        { clock },
        { left: SELF, right: device.engine.device, ...(options.delayMs === undefined ? {} : { delayMs: options.delayMs }) },
      );
      const lies = options.wire?.(device) ?? {};
      const connection = createConnection(deps, {
        address: device.name,
        send(frame) {
          for (const one of lies.down?.(frame) ?? [frame]) pair.right.send(one);
        },
        queuedBytes: () => pair.right.queuedBytes(),
        close: (reason) => pair.right.close(reason),
      });
      const onFrame = (frame: Uint8Array): void => {
        for (const one of lies.up?.(frame, (answer) => pair.right.send(answer)) ?? [frame]) connection.onFrame(one);
      };
      pair.right.start({ onFrame, onDrain: connection.onDrain, onClose: () => void connection.closed() });
      device.engine.relays.connect(pair.left, { origin: ORIGIN, token: `${account}/${device.name}` }, () => undefined);
      return pair;
    },
    count: hub.count,
    revoke: (account) => bus.tell({ type: 'revoked', account, device: null }),
    stop: () => hub.stop(),
  };
}

export type { RelayImage };
