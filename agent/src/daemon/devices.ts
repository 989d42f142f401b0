/** The devices of this person, as people see them. */
import type { DeviceId } from '@leanvibe/protocol/ids';
import type { DeviceView, SpaceView } from '@leanvibe/core/engine/api';
import { ControlFailure } from '../control/error.js';
import type { DeviceRow, PeerStatus } from '../control/views.js';
import type { Agent } from './agent.js';

type DevicesDeps = Pick<Agent, 'engine' | 'product' | 'book' | 'clock'>;

const iso = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());

/** Those of this person, in the space where this device is that person too: others' devices are in `members`. */
function ownDevices({ devices }: SpaceView): readonly DeviceView[] {
  const person = devices.find(({ thisDevice }) => thisDevice)?.person;
  return devices.filter((one) => one.person === person);
}

/** This device first, then by name; revoked ones last. */
export function deviceRows({ engine, product, book, clock }: DevicesDeps): readonly DeviceRow[] {
  const rows = new Map<DeviceId, DeviceRow>();
  const here = new Set(engine.peers().map(({ device }) => device));
  // The home space has the last word on a device that is in several.
  for (const space of [...engine.spaces()].sort((a, b) => Number(a.home) - Number(b.home))) {
    for (const { device, kind, revoked, thisDevice } of ownDevices(space)) {
      const lastSeen = thisDevice || here.has(device) ? clock.nowMs() : book.get(device).lastSeenMs;
      rows.set(device, {
        deviceId: device,
        name: product.names.of(device),
        type: kind,
        addedAt: null,
        lastSeen: iso(lastSeen),
        // A removed device is told so without being shown the link that says it: the list it holds still has it live.
        revoked: revoked || (thisDevice && space.standing === 'removed'),
        thisDevice,
      });
    }
  }
  if (!rows.has(engine.device))
    rows.set(engine.device, {
      deviceId: engine.device,
      name: product.names.own(),
      type: 'computer',
      addedAt: null,
      lastSeen: iso(clock.nowMs()),
      revoked: false,
      thisDevice: true,
    });
  const rank = ({ thisDevice, revoked }: DeviceRow): number => (thisDevice ? 0 : revoked ? 2 : 1);
  return [...rows.values()].sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name, 'en') || (a.deviceId < b.deviceId ? -1 : 1));
}

const ID_START_MIN = 4;

/** By name, id, or the start of an id. */
export function findDevice(deps: DevicesDeps, text: string): DeviceRow & { readonly deviceId: DeviceId } {
  const rows = deviceRows(deps);
  const byName = rows.filter(({ name }) => name.toLowerCase() === text.trim().toLowerCase());
  const live = byName.filter(({ revoked }) => !revoked);
  const byId = rows.filter(({ deviceId }) => text.length >= ID_START_MIN && deviceId.startsWith(text.toLowerCase()));
  const matches = live.length > 0 ? live : byName.length > 0 ? byName : byId;
  const [first, ...more] = matches;
  const shown = JSON.stringify(text.slice(0, 80));
  if (first === undefined) throw new ControlFailure('not-found', `there is no device ${shown}`, 'see: leanvibe devices');
  if (more.length > 0)
    throw new ControlFailure(
      'ambiguous',
      `${matches.length} devices match ${shown}`,
      `use the start of an id: ${matches
        .slice(0, 4)
        .map(({ deviceId }) => deviceId.slice(0, 8))
        .join(', ')}`,
    );
  return { ...first, deviceId: first.deviceId as DeviceId };
}

/** Devices known from a space this one was taken out of, and from no other: they send it nothing. */
function leftBehind({ engine }: Pick<Agent, 'engine'>): ReadonlySet<DeviceId> {
  const spaces = engine.spaces();
  const ids = (of: readonly SpaceView[]): readonly DeviceId[] => of.flatMap(({ devices }) => devices.map(({ device }) => device));
  const out = spaces.filter(({ home, standing }) => !home && standing === 'removed');
  const kept = new Set(ids(spaces.filter((one) => !out.includes(one))));
  return new Set(ids(out).filter((device) => !kept.has(device)));
}

/** Everybody this device is or would like to be connected to. */
export function peerStatuses({ engine, product, book, peers }: DevicesDeps & Pick<Agent, 'peers'>): readonly PeerStatus[] {
  const left = leftBehind({ engine });
  const connected = engine.peers().filter(({ device }) => !left.has(device));
  const rows = connected.map(
    (peer): PeerStatus => ({
      deviceId: peer.device,
      name: product.names.of(peer.device),
      state: peer.state,
      via: peer.via,
      address: peer.address,
      lastSeen: iso(book.get(peer.device).lastSeenMs),
      pending: peer.pendingOut,
      pendingIn: peer.pendingIn,
    }),
  );
  const missing = peers.missing().filter((device) => !left.has(device));
  const away = missing.map(
    (device): PeerStatus => ({
      deviceId: device,
      name: product.names.of(device),
      state: 'offline',
      via: null,
      address: null,
      lastSeen: iso(book.get(device).lastSeenMs),
      pending: 0,
      pendingIn: 0,
    }),
  );
  return [...rows, ...away];
}
