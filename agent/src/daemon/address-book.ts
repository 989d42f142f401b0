/** Where devices were last reached, and when: local, sealed, never replicated. */
import type { DeviceId } from '@leanvibe/protocol/ids';
import type { Json } from '@leanvibe/core/doc/crdt';
import type { ClockDep } from '@leanvibe/core/ports/clock';
import type { LocalRecords } from '../product/local.js';

export interface KnownPeer {
  /** Multiaddrs, the one that worked last first. */
  readonly addresses: readonly string[];
  readonly lastSeenMs: number | null;
  /** Whom this device joined: to be reached before its links say so. */
  readonly joined: boolean;
}

export interface AddressBook {
  get(device: DeviceId): KnownPeer;
  joined(): readonly DeviceId[];
  /** Written at most once a minute per device, unless addresses changed. */
  seen(device: DeviceId, addresses: readonly string[]): Promise<void>;
  join(device: DeviceId, addresses: readonly string[]): Promise<void>;
}

const PREFIX = 'peer/';
const ADDRESSES_MAX = 8;
const WRITE_EVERY_MS = 60_000;
const NOBODY: KnownPeer = { addresses: [], lastSeenMs: null, joined: false };

export async function openAddressBook({ clock, local }: ClockDep & { readonly local: LocalRecords }): Promise<AddressBook> {
  const peers = new Map<DeviceId, KnownPeer>();
  const writtenMs = new Map<DeviceId, number>();
  for (const { key, value } of await local.all(PREFIX)) peers.set(key.slice(PREFIX.length) as DeviceId, read(value));

  const write = async (device: DeviceId, peer: KnownPeer, must: boolean): Promise<void> => {
    peers.set(device, peer);
    if (!must && clock.nowMs() - (writtenMs.get(device) ?? Number.NEGATIVE_INFINITY) < WRITE_EVERY_MS) return;
    writtenMs.set(device, clock.nowMs());
    await local.put(`${PREFIX}${device}`, { addresses: [...peer.addresses], lastSeenMs: peer.lastSeenMs, joined: peer.joined });
  };

  const merged = (fresh: readonly string[], known: readonly string[]): readonly string[] =>
    [...new Set([...fresh, ...known])].slice(0, ADDRESSES_MAX);

  return {
    get: (device) => peers.get(device) ?? NOBODY,
    joined: () => [...peers].filter(([, { joined }]) => joined).map(([device]) => device),
    seen(device, addresses) {
      const before = peers.get(device) ?? NOBODY;
      const after = { ...before, addresses: merged(addresses, before.addresses), lastSeenMs: clock.nowMs() };
      return write(device, after, after.addresses.join() !== before.addresses.join());
    },
    join(device, addresses) {
      const before = peers.get(device) ?? NOBODY;
      return write(device, { addresses: merged(addresses, before.addresses), lastSeenMs: clock.nowMs(), joined: true }, true);
    },
  };
}

function read(value: Json): KnownPeer {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return NOBODY;
  const { addresses, lastSeenMs, joined } = value as Readonly<Record<string, Json>>;
  const texts = Array.isArray(addresses) ? (addresses as readonly Json[]).filter((one): one is string => typeof one === 'string') : [];
  return { addresses: texts, lastSeenMs: typeof lastSeenMs === 'number' ? lastSeenMs : null, joined: joined === true };
}
