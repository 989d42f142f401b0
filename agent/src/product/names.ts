/** What devices are called. This device's own name stays local until there is a catalog worth sharing it in. */
import { hostname } from 'node:os';
import type { DeviceId } from '@leanvibe/protocol/ids';
import type { Engine } from '@leanvibe/core/engine/api';
import type { Catalogs } from './catalog.js';
import type { LocalRecords } from './local.js';

export interface Names {
  /** This device's own. */
  own(): string;
  of(device: string): string;
  /** Reads the catalogs anew, shares this device's name where others would miss it. */
  refresh(): Promise<void>;
  /** `device` must be known in the home space. */
  rename(device: DeviceId, name: string): Promise<void>;
}

export interface NamesDeps {
  readonly engine: Engine;
  readonly catalogs: Catalogs;
  readonly local: LocalRecords;
}

const NAME_KEY = 'name';
export const NAME_CHARS_MAX = 64;

/** `given`: a name a person chose for this start, else null. */
export async function createNames({ engine, catalogs, local }: NamesDeps, given: string | null): Promise<Names> {
  const stored = await local.get(NAME_KEY);
  let own = given ?? (typeof stored === 'string' ? stored : cleanName(hostname()));
  let byDevice: ReadonlyMap<string, string> = new Map();
  let insist = given !== null;
  if (own !== stored) await local.put(NAME_KEY, own);

  const adopt = async (name: string): Promise<void> => {
    own = name;
    await local.put(NAME_KEY, name);
  };

  async function refresh(): Promise<void> {
    const found = new Map<string, string>();
    const spaces = [...engine.spaces()].sort((a, b) => Number(a.home) - Number(b.home));
    for (const { space } of spaces) for (const { id, name } of (await catalogs.read(space)).devices) found.set(id, cleanName(name));
    byDevice = found;
    for (const { space, standing, devices } of spaces) {
      const catalog = await catalogs.read(space);
      const shared = catalog.projects.length > 0 || catalog.devices.length > 0 || devices.length > 1;
      const there = catalog.devices.find(({ id }) => id === engine.device)?.name;
      if (standing !== 'live' || !shared || there === own) continue;
      if (there !== undefined && !insist) await adopt(cleanName(there));
      else await catalogs.edit(space, { type: 'device.name', id: engine.device, name: own });
    }
    insist = false;
  }

  return {
    own: () => own,
    of: (device) =>
      device === engine.device ? own : (byDevice.get(device) ?? (/^[0-9a-f]{64}$/.test(device) ? `device ${device.slice(0, 8)}` : device)),
    refresh,
    async rename(device, name) {
      if (device === engine.device) {
        await adopt(cleanName(name));
        insist = true;
        return refresh();
      }
      await catalogs.edit(engine.home(), { type: 'device.name', id: device, name: cleanName(name) });
      await refresh();
    },
  };
}

/** One line, bounded, without characters that could disturb a terminal or turn text around. */
export function cleanName(name: string): string {
  const plain = name.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, ' ').trim();
  return [...plain].slice(0, NAME_CHARS_MAX).join('') || 'unnamed device';
}
