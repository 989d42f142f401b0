/** Whom this device should be in step with, and whom of them it still has to reach, at all or directly. */
import type { DeviceId } from '@leanvibe/protocol/ids';
import type { Engine } from '@leanvibe/core/engine/api';
import { RELAY_PIPE } from '../transport/pipe.js';
import type { AddressBook } from './address-book.js';

export interface WantedDeps {
  readonly engine: Pick<Engine, 'device' | 'wanted' | 'peers' | 'spaces'>;
  readonly book: Pick<AddressBook, 'joined'>;
}

export interface Wanted {
  /** Devices to be in step with, reached or not. */
  wanted(): readonly DeviceId[];
  missing(): readonly DeviceId[];
  /** Whoever is reached through a relay only is sought on the network too: a direct channel takes the other's place. */
  sought(): readonly DeviceId[];
  connected(): ReadonlySet<DeviceId>;
  direct(): ReadonlySet<DeviceId>;
}

export function whoIsWanted({ engine, book }: WantedDeps): Wanted {
  const wanted = (): readonly DeviceId[] => {
    const revoked = new Set(engine.spaces().flatMap(({ devices }) => devices.filter((one) => one.revoked).map((one) => one.device)));
    return [...new Set([...engine.wanted(), ...book.joined().filter((device) => !revoked.has(device))])].filter(
      (device) => device !== engine.device,
    );
  };
  const answering = (over: (via: string) => boolean): ReadonlySet<DeviceId> =>
    new Set(engine.peers().flatMap(({ device, state, via }) => (state !== 'silent' && over(via) ? [device] : [])));
  const connected = (): ReadonlySet<DeviceId> => answering(() => true);
  const direct = (): ReadonlySet<DeviceId> => answering((via) => via !== RELAY_PIPE);
  const without = (here: ReadonlySet<DeviceId>): readonly DeviceId[] => wanted().filter((device) => !here.has(device));
  return { wanted, connected, direct, missing: () => without(connected()), sought: () => without(direct()) };
}
