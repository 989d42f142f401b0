/**
 * Reaching the devices this one should be in step with: at their last addresses, and at whatever discovery suggests.
 * Discovery names nobody, so an unknown instance is dialled once to learn who it is, and only while somebody is missing.
 */
import type { DeviceId } from '@leanvibe/protocol/ids';
import type { Engine } from '@leanvibe/core/engine/api';
import type { Channel } from '@leanvibe/core/ports/channel';
import type { Cancel, Clock, ClockDep } from '@leanvibe/core/ports/clock';
import type { LoggerDep } from '@leanvibe/core/ports/logger';
import type { RandomDep } from '@leanvibe/core/ports/random';
import type { Found } from '../discover/cache.js';
import { toMultiaddr } from '../transport/address.js';
import { createCounters } from '../transport/counters.js';
import type { Lan } from '../transport/lan.js';
import type { AddressBook } from './address-book.js';
import { whoIsWanted } from './wanted.js';

export interface PeersDeps extends ClockDep, LoggerDep, RandomDep {
  readonly engine: Pick<Engine, 'device' | 'wanted' | 'peers' | 'connect' | 'subscribe' | 'spaces'>;
  readonly lan: Pick<Lan, 'dial' | 'serve' | 'onAddresses'>;
  readonly book: AddressBook;
  /** Tells of everything found; returns the unsubscribe. Null when discovery is off. */
  readonly discovered: ((tell: (found: Found) => void) => () => void) | null;
}

export interface Peers {
  /** Devices to be in step with, reached or not. */
  wanted(): readonly DeviceId[];
  missing(): readonly DeviceId[];
  /** Agents on the network that are nobody this device wants. */
  strangers(): number;
  found(): readonly Found[];
  /** Tries everybody who is missing at once. */
  poke(): void;
  refusals(): Readonly<Record<string, number>>;
  stop(): void;
}

interface Attempt {
  failures: number;
  /** Tries left a second apart, since it stopped answering. */
  brief: number;
  dialling: boolean;
  cancel: Cancel;
}

const BACKOFF_MS_FIRST = 500;
const BACKOFF_MS_MAX = 60_000;
/** Once a peer no longer answers, also after its channel was given up: tries a second apart, in the second minute some with all the time of a slow network, then like everybody else. */
const SILENT_DIAL_MS = 800;
const SILENT_PAUSE_MS = 200;
const SILENT_TRIES = 120;
const STRANGER_AGAIN_MS = 10 * 60_000;
const STRANGERS_MAX = 512;
const INSTANCES_DIALLED_AT_ONCE = 4;
/** Channels of devices nobody knows; a session with one ends by itself, so this bounds a flood only. */
const STRANGER_CHANNELS_MAX = 16;

export function createPeers(deps: PeersDeps): Peers {
  const { clock, logger, random, engine, lan, book, discovered } = deps;
  const attempts = new Map<DeviceId, Attempt>();
  const found = new Map<string, Found>();
  /** Who an instance turned out to be; null for somebody else's device. */
  const met = new Map<string, { readonly device: DeviceId | null; readonly atMs: number }>();
  const asking = new Set<string>();
  const counters = createCounters();
  const strangerChannels = new Set<Channel>();
  let stopped = false;

  const { wanted, missing, sought, connected, direct } = whoIsWanted(deps);
  const texts = ({ addresses }: Found, device: DeviceId | null): readonly string[] =>
    addresses.map((at) => toMultiaddr({ ...at, device }).toString());
  const addressesOf = (device: DeviceId): readonly string[] => {
    const met_ = [...found.values()].filter(({ instance }) => met.get(instance)?.device === device);
    return [...new Set([...met_.flatMap((one) => texts(one, device)), ...book.get(device).addresses])];
  };
  const note = (what: Promise<void>): void =>
    void what.catch((error: unknown) =>
      logger.log('warn', 'address-book-not-written', { why: error instanceof Error ? error.name : 'unknown' }),
    );

  const jitter = (ms: number): number => ms * (0.7 + ((random.bytes(1)[0] ?? 0) / 255) * 0.6);

  const attemptOf = (device: DeviceId): Attempt => {
    const known = attempts.get(device) ?? { failures: 0, brief: 0, dialling: false, cancel: () => undefined };
    attempts.set(device, known);
    return known;
  };

  const dial = async (device: DeviceId): Promise<void> => {
    const attempt = attemptOf(device);
    attempt.cancel();
    if (stopped || attempt.dialling || !sought().includes(device)) return;
    const addresses = addressesOf(device);
    if (addresses.length === 0) return;
    attempt.dialling = true;
    // A packet sent into a cut cable is repeated later and later: a fresh try each second finds it healed sooner.
    const brief = attempt.brief > 0;
    if (brief) attempt.brief -= 1;
    const dialled = await lan
      .dial(addresses, '/leanvibe/sync/1', { expect: device, ...(isBrief(attempt.brief) ? within(clock, SILENT_DIAL_MS) : {}) })
      .finally(() => {
        attempt.dialling = false;
      });
    if (dialled.ok) {
      attempt.failures = attempt.brief = 0;
      if (stopped) return dialled.value.close('stopped');
      note(book.seen(device, addresses));
      return engine.connect(dialled.value);
    }
    if (dialled.error.code === 'wrong-device') counters.count('wrong-device');
    logger.log('debug', 'dial-failed', { peer: device.slice(0, 8), code: dialled.error.code });
    if (stopped) return;
    const waitMs = jitter(brief ? SILENT_PAUSE_MS : Math.min(BACKOFF_MS_FIRST * 2 ** attempt.failures, BACKOFF_MS_MAX));
    if (!brief) attempt.failures = Math.min(attempt.failures + 1, 16);
    attempt.cancel = clock.after(waitMs, () => start(device));
  };
  const start = (device: DeviceId): void =>
    void dial(device).catch((error: unknown) => logger.log('error', 'dial-threw', { why: String(error) }));

  /** Learns who an instance is by its key; whoever is not wanted is left alone for a long while. */
  const ask = async (one: Found): Promise<void> => {
    const dialled = await lan.dial(texts(one, null), '/leanvibe/sync/1').finally(() => asking.delete(one.instance));
    if (!dialled.ok) return logger.log('debug', 'instance-not-reached', { code: dialled.error.code });
    const channel = dialled.value;
    const ours = wanted().includes(channel.peer);
    meet(one.instance, ours ? channel.peer : null);
    if (!ours || stopped || direct().has(channel.peer)) return channel.close(ours ? 'duplicate' : 'stranger');
    attemptOf(channel.peer).failures = 0;
    note(book.seen(channel.peer, texts(one, channel.peer)));
    engine.connect(channel);
  };

  const meet = (instance: string, device: DeviceId | null): void => {
    met.delete(instance);
    met.set(instance, { device, atMs: clock.nowMs() });
    const oldest = met.keys().next();
    if (met.size > STRANGERS_MAX && oldest.done !== true) met.delete(oldest.value);
  };

  const look = (): void => {
    if (stopped || sought().length === 0) return;
    for (const one of found.values()) {
      const known = met.get(one.instance);
      const isStranger = known?.device === null && clock.nowMs() - known.atMs < STRANGER_AGAIN_MS;
      if (isStranger || asking.size >= INSTANCES_DIALLED_AT_ONCE || asking.has(one.instance)) continue;
      if (known?.device != null && !sought().includes(known.device)) continue;
      asking.add(one.instance);
      ask(one).then(look, (error: unknown) => logger.log('error', 'instance-ask-threw', { why: String(error) }));
    }
  };

  const poke = (): void => {
    for (const device of sought()) {
      attemptOf(device).failures = 0;
      start(device);
    }
    look();
  };

  const onFound = (one: Found): void => {
    if (one.addresses.length === 0) {
      found.delete(one.instance);
      return;
    }
    found.set(one.instance, one);
    const device = met.get(one.instance)?.device;
    if (device != null) start(device);
    look();
  };

  const accept = (channel: Channel): void => {
    if (stopped) return channel.close('stopped');
    if (wanted().includes(channel.peer)) {
      note(book.seen(channel.peer, []));
      return engine.connect(channel);
    }
    for (const one of [...strangerChannels]) if (!connected().has(one.peer)) strangerChannels.delete(one);
    if (strangerChannels.size >= STRANGER_CHANNELS_MAX) {
      counters.count('too-many-strangers');
      return channel.close('busy');
    }
    strangerChannels.add(channel);
    engine.connect(channel);
  };

  const endings = [
    lan.serve('/leanvibe/sync/1', accept),
    lan.onAddresses(poke),
    engine.subscribe((event) => {
      if (event.type === 'membership') {
        for (const [instance, { device }] of [...met]) if (device === null) met.delete(instance);
        poke();
      }
      if (event.type !== 'peer') return;
      const isWanted = wanted().includes(event.device);
      if (isWanted) note(book.seen(event.device, []));
      if (event.state === 'silent' && isWanted && !stopped) {
        Object.assign(attemptOf(event.device), { failures: 0, brief: SILENT_TRIES });
        start(event.device);
      }
      if (event.state === 'gone' && isWanted && !stopped)
        attemptOf(event.device).cancel = clock.after(jitter(BACKOFF_MS_FIRST), () => start(event.device));
    }),
    discovered?.(onFound) ?? ((): void => undefined),
  ];
  poke();

  return {
    wanted,
    missing,
    strangers: () => [...found.keys()].filter((instance) => met.get(instance)?.device === null).length,
    found: () => [...found.values()],
    poke,
    refusals: counters.read,
    stop() {
      stopped = true;
      for (const end of endings) end();
      for (const { cancel } of attempts.values()) cancel();
    },
  };
}

function within(clock: Clock, ms: number): { readonly signal: AbortSignal } {
  const timeout = new AbortController();
  clock.after(ms, () => timeout.abort());
  return timeout;
}

function isBrief(triesLeft: number): boolean {
  return triesLeft > SILENT_TRIES / 2 || triesLeft % 4 > 0;
}
