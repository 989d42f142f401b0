/** What devices, people and spaces are called. This device's own name stays local until there is a catalog worth sharing it in. */
import { hostname } from 'node:os';
import { createQueue } from '@leanvibe/core/base/queue';
import type { DeviceId } from '@leanvibe/protocol/ids';
import type { Engine, SpaceView } from '@leanvibe/core/engine/api';
import { mayWrite, ownPart } from './access.js';
import { readRobot } from './author.js';
import type { Catalog, Catalogs } from './catalog.js';
import type { LocalRecords } from './local.js';

export interface Names {
  /** This device's own. */
  own(): string;
  /** A device's, or a robot's with the device that writes for it. */
  of(by: string): string;
  /** What this person is called; their device's name until they chose one. */
  person(): string;
  ofPerson(person: string): string;
  ofSpace(space: string): string;
  /** Reads the catalogs anew, shares this device's and person's names where others would miss them. */
  refresh(): Promise<void>;
  /** `device` must be known in the home space. */
  rename(device: DeviceId, name: string): Promise<void>;
  renamePerson(name: string): Promise<void>;
  /** Before somebody else is to read it: what this person is called from now on on all their devices. */
  settlePerson(): Promise<void>;
}

export interface NamesDeps {
  readonly engine: Engine;
  readonly catalogs: Catalogs;
  readonly local: LocalRecords;
}

const NAME_KEY = 'name';
export const NAME_CHARS_MAX = 64;
export const HOME_NAME = 'home';

interface Known {
  readonly devices: ReadonlyMap<string, string>;
  readonly people: ReadonlyMap<string, string>;
  readonly spaces: ReadonlyMap<string, string>;
}

const named = ({ devices, people }: Pick<Catalog, 'devices' | 'people'>, kind: 'devices' | 'people', id: string): string | undefined =>
  (kind === 'devices' ? devices : people).find((one) => one.id === id)?.name;

/** The home space has the last word on its own devices and person. */
async function readAll(engine: Engine, catalogs: Catalogs): Promise<Known> {
  const [devices, people, spaces] = [new Map<string, string>(), new Map<string, string>(), new Map<string, string>()];
  const homeLast = [...engine.spaces()].sort((a, b) => Number(a.home) - Number(b.home));
  for (const view of homeLast) {
    const catalog = await catalogs.read(view.space);
    for (const { id, name } of catalog.devices) devices.set(id, cleanName(name));
    for (const { id, name } of catalog.people) people.set(id, cleanName(name, 'unnamed person'));
    if (catalog.name !== null) spaces.set(view.space, cleanName(catalog.name, 'unnamed space'));
    // The person of an earlier home is that home: nobody named it.
    else if (ownPart(view)?.person === (view.space as string)) spaces.set(view.space, 'earlier home');
    if (view.home) spaces.set(view.space, HOME_NAME);
  }
  return { devices, people, spaces };
}

/** `given`: a name a person chose for this start, else null. */
export async function createNames({ engine, catalogs, local }: NamesDeps, given: string | null): Promise<Names> {
  const stored = await local.get(NAME_KEY);
  let own = given ?? (typeof stored === 'string' ? stored : cleanName(hostname()));
  let known: Known = { devices: new Map(), people: new Map(), spaces: new Map() };
  let insist = given !== null;
  if (own !== stored) await local.put(NAME_KEY, own);

  const adopt = async (name: string): Promise<void> => {
    own = name;
    await local.put(NAME_KEY, name);
  };

  /** Only this person's other devices may rename this one: what a team's catalog says of it is put right. */
  async function shareOwn({ space, home, devices }: SpaceView, catalog: Catalog): Promise<void> {
    const shared = catalog.projects.length > 0 || catalog.devices.length > 0 || devices.length > 1;
    const there = named(catalog, 'devices', engine.device);
    if (!shared || there === own) return;
    if (home && there !== undefined && !insist) await adopt(cleanName(there));
    else await catalogs.edit(space, { type: 'device.name', id: engine.device, name: own });
  }

  async function sharePerson(view: SpaceView, catalog: Catalog, chosen: string | undefined): Promise<void> {
    const id = ownPart(view)?.person;
    if (view.home || id === undefined || id === (view.space as string)) return;
    const there = named(catalog, 'people', id);
    const name = chosen ?? (there === undefined ? own : undefined);
    if (name !== undefined && name !== there) await catalogs.edit(view.space, { type: 'person.name', id, name });
  }

  async function readAndShare(): Promise<void> {
    known = await readAll(engine, catalogs);
    const chosen = named(await catalogs.read(engine.home()), 'people', engine.person());
    const homeFirst = [...engine.spaces()].sort((a, b) => Number(b.home) - Number(a.home));
    for (const view of homeFirst) {
      if (!mayWrite(view)) continue;
      const catalog = await catalogs.read(view.space);
      await shareOwn(view, catalog);
      await sharePerson(view, catalog, chosen);
    }
    insist = false;
  }

  // One at a time: two that find a name missing would both write it.
  const queue = createQueue();
  const refresh = (): Promise<void> => queue.run(readAndShare);
  const nameInHome = async (name: string): Promise<void> => {
    await catalogs.edit(engine.home(), { type: 'person.name', id: engine.person(), name });
    await refresh();
  };

  const ofDevice = (device: string): string => (device === engine.device ? own : (known.devices.get(device) ?? shortOf('device', device)));

  return {
    own: () => own,
    of(by) {
      const robot = readRobot(by);
      return robot === null ? ofDevice(by) : `${cleanName(robot.name)} (robot, by ${ofDevice(robot.device)})`;
    },
    person: () => known.people.get(engine.person()) ?? own,
    ofPerson: (person) => known.people.get(person) ?? (person === engine.person() ? own : shortOf('person', person)),
    ofSpace: (space) => known.spaces.get(space) ?? (space === engine.home() ? HOME_NAME : shortOf('space', space)),
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
    renamePerson: (name) => nameInHome(cleanName(name)),
    async settlePerson() {
      const catalog = await catalogs.read(engine.home());
      if (named(catalog, 'people', engine.person()) === undefined) await nameInHome(own);
    },
  };
}

function shortOf(what: string, id: string): string {
  return /^[0-9a-f]{64}$/.test(id) ? `${what} ${id.slice(0, 8)}` : id;
}

/** One line, bounded, without characters that could disturb a terminal or turn text around. */
export function cleanName(name: string, empty = 'unnamed device'): string {
  const plain = name.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, ' ').trim();
  return [...plain].slice(0, NAME_CHARS_MAX).join('') || empty;
}
