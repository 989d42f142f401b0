/** Spaces and the people in them: made, named, looked up by what a person types, and changed. */
import type { PersonId, SpaceId } from '@leanvibe/protocol/ids';
import type { Role } from '@leanvibe/protocol/link';
import type { DebtView, Engine, PersonView, SpaceView } from '@leanvibe/core/engine/api';
import { ControlFailure } from '../control/error.js';
import type { MemberRow, SpaceRow } from '../control/team-views.js';
import { owners, refusalToWrite } from './access.js';
import { type Catalogs, follow } from './catalog.js';
import { HOME_NAME, type Names } from './names.js';
import { onlyMatch } from './resolve.js';

export interface TeamsDeps {
  readonly engine: Pick<Engine, 'spaces' | 'teams' | 'home' | 'device'>;
  readonly catalogs: Catalogs;
  readonly names: Names;
}

export interface Teams {
  create(name: string): Promise<SpaceRow>;
  list(): Promise<readonly SpaceRow[]>;
  rename(space: SpaceView, name: string): Promise<SpaceRow>;
  leave(space: SpaceView): Promise<SpaceRow>;
  row(space: SpaceId): Promise<SpaceRow>;
  /** By name, id, or the start of one. `text` absent: the only shared space there is. */
  find(text: string | undefined): SpaceView;
  members(space: SpaceView): readonly MemberRow[];
  setRole(space: SpaceView, person: string, role: Role): Promise<MemberRow>;
  kick(space: SpaceView, person: string): Promise<SpaceRow>;
}

/** Where other people are, or may come: not the person's own devices, nor those of an earlier home. */
export function isShared({ home, space, devices }: SpaceView): boolean {
  return !home && devices.find(({ thisDevice }) => thisDevice)?.person !== (space as string);
}

/** Others' refusals are sentences of the engine; who could do it is known here. */
function refused(message: string, view: SpaceView, names: Names): ControlFailure {
  return new ControlFailure('refused', message, /^only an? /.test(message) ? `ask ${owners(view, names)}` : '');
}

export function createTeams({ engine, catalogs, names }: TeamsDeps): Teams {
  const personOf = ({ person, role, self, devices }: PersonView): MemberRow => ({
    id: person,
    name: names.ofPerson(person),
    role,
    self,
    devices: devices.map((device) => ({ deviceId: device, name: names.of(device), thisDevice: device === engine.device })),
  });
  const debtOf = ({ device, person, reason, documents, waitingFor }: DebtView): SpaceRow['debts'][number] => ({
    deviceId: device,
    deviceName: names.of(device),
    person,
    personName: names.ofPerson(person),
    reason,
    documents,
    waitingFor: waitingFor.map((one) => names.of(one)),
  });
  const rowOf = async (view: SpaceView): Promise<SpaceRow> => {
    const every = await catalogs.all();
    return {
      id: view.space,
      name: names.ofSpace(view.space),
      home: view.home,
      role: view.myRole,
      standing: view.standing,
      readOnly: view.readOnly,
      people: view.persons.length,
      devices: view.persons.reduce((sum, { devices }) => sum + devices.length, 0),
      projects: every.filter((one) => one.space === view.space && follow(every, one) === one).length,
      debts: view.debts.map(debtOf),
    };
  };
  const viewOf = (space: SpaceId): SpaceView => {
    const view = engine.spaces().find((one) => one.space === space);
    if (view === undefined) throw new ControlFailure('not-found', 'that space is gone', 'see: leanvibe space list');
    return view;
  };
  const row = (space: SpaceId): Promise<SpaceRow> => rowOf(viewOf(space));

  const mustBeFree = (name: string, but: SpaceId | null): void => {
    const taken = engine.spaces().some(({ space }) => space !== but && names.ofSpace(space).toLowerCase() === name.toLowerCase());
    if (taken || name.toLowerCase() === HOME_NAME)
      throw new ControlFailure('refused', `there is a space called ${JSON.stringify(name)} already`, 'choose another name');
  };

  const find = (text: string | undefined): SpaceView => {
    const all = engine.spaces();
    if (text === undefined) {
      const shared = all.filter((one) => isShared(one) && one.standing !== 'removed');
      const [only, ...more] = shared;
      if (only === undefined)
        throw new ControlFailure('not-found', 'there is no shared space yet', 'make one with: leanvibe space create <name>');
      if (more.length === 0) return only;
      const known = shared.map(({ space }) => names.ofSpace(space)).slice(0, 6);
      throw new ControlFailure('ambiguous', `there are ${shared.length} shared spaces`, `name one with --space: ${known.join(', ')}`);
    }
    const rows = all.map((view) => ({ id: view.space as string, name: names.ofSpace(view.space), view }));
    return onlyMatch(rows, text, 'space', 'leanvibe space list').view;
  };

  const findPerson = (view: SpaceView, text: string): PersonView => {
    const rows = view.persons.map((one) => ({ id: one.person as string, name: names.ofPerson(one.person), one }));
    return onlyMatch(rows, text, 'person', 'leanvibe members', (count) => `${count} people in ${names.ofSpace(view.space)}`).one;
  };

  const mustBeShared = (view: SpaceView, what: string): void => {
    if (!isShared(view))
      throw new ControlFailure('refused', `${names.ofSpace(view.space)} holds your own devices: ${what}`, 'see: leanvibe devices');
  };

  return {
    row,
    find,
    async create(name) {
      mustBeFree(name, null);
      const made = await engine.teams.createSpace();
      if (!made.ok) throw new ControlFailure('refused', made.error);
      await catalogs.edit(made.value, { type: 'space.name', name });
      await names.settlePerson();
      await names.refresh();
      return row(made.value);
    },
    async list() {
      const order = (view: SpaceView): number => (view.home ? 0 : view.standing === 'removed' ? 2 : 1);
      const sorted = [...engine.spaces()].sort(
        (a, b) => order(a) - order(b) || names.ofSpace(a.space).localeCompare(names.ofSpace(b.space), 'en') || (a.space < b.space ? -1 : 1),
      );
      const rows: SpaceRow[] = [];
      for (const view of sorted) rows.push(await rowOf(view));
      return rows;
    },
    async rename(view, name) {
      if (view.home) throw new ControlFailure('refused', 'the space of your own devices is always called home');
      const no = refusalToWrite(engine, names, view.space, 'this space');
      if (no !== null) throw no;
      mustBeFree(name, view.space);
      await catalogs.edit(view.space, { type: 'space.name', name });
      await names.refresh();
      return row(view.space);
    },
    async leave(view) {
      mustBeShared(view, 'you cannot leave it');
      if (view.standing === 'removed') throw new ControlFailure('refused', `you are no longer in ${names.ofSpace(view.space)}`);
      const left = await engine.teams.leave(view.space);
      if (!left.ok) throw refused(left.error, view, names);
      return row(view.space);
    },
    members: (view) => view.persons.map(personOf).sort((a, b) => Number(b.self) - Number(a.self) || a.name.localeCompare(b.name, 'en')),
    async setRole(view, text, role) {
      mustBeShared(view, 'there are no roles in it');
      const { person } = findPerson(view, text);
      const done = await engine.teams.setRole(view.space, person, role);
      if (!done.ok) throw refused(done.error, view, names);
      return personOf(memberOf(viewOf(view.space), person) ?? { ...findPerson(view, text), role });
    },
    async kick(view, text) {
      mustBeShared(view, 'take a device out with leanvibe devices revoke');
      const { person, self } = findPerson(view, text);
      if (self) throw new ControlFailure('refused', 'that is you', 'to go yourself: leanvibe leave');
      const done = await engine.teams.kick(view.space, person);
      if (!done.ok) throw refused(done.error, view, names);
      return row(view.space);
    },
  };
}

function memberOf(view: SpaceView, person: PersonId): PersonView | undefined {
  return view.persons.find((one) => one.person === person);
}
