/**
 * The links of a graph that is given by numbers. Their ids are numbers too, not hashes: the resolver takes links whose ids and
 * signatures were checked before, and reads ids to tell links apart and to break ties. Which of two tied links has the lower id is
 * then ours to choose, and both ways are.
 */
import type { DeviceId, LinkId, PersonId } from '@leanvibe/protocol/ids';
import { type Operation, type Role, ROLES } from '@leanvibe/protocol/link';
import type { Link } from '@leanvibe/core/internal/group/link';
import type { Act, Dag, Deed } from './dags.js';
import { act, device, foundWorld, person } from '../unit/core/group/world.js';

export const { genesis, space } = foundWorld('ann');
const NAMES = ['ann', 'bob', 'cat'];
const SIGNATURE = new Uint8Array(64);

/** `up`: of two links the one written first has the lower id; `down`: the higher. */
export type Ids = 'up' | 'down';

function idOf(at: number, ids: Ids): LinkId {
  return (ids === 'up' ? at + 1 : 255 - at).toString(16).padStart(2, '0').padEnd(64, '0') as LinkId;
}

function remembered<T>(make: (name: string) => T): (name: string) => T {
  const made = new Map<string, T>();
  return (name) => {
    const known = made.get(name) ?? make(name);
    made.set(name, known);
    return known;
  };
}
const idOfDevice = remembered(device);
const idOfPerson = remembered(person);

function deviceName(dag: Dag, at: number): string {
  const { person: owner, paper } = dag.devices[at] as Dag['devices'][number];
  return at === 0 ? 'ann.computer' : `${NAMES[owner]}.${paper ? 'paper' : 'computer'}.${at}`;
}

export function deviceAt(dag: Dag, at: number): DeviceId {
  return idOfDevice(deviceName(dag, at));
}

export function personAt(at: number): PersonId {
  return idOfPerson(NAMES[at] as string);
}

function operationFrom(dag: Dag, deed: Deed, links: readonly Link[]): Operation {
  const name = (at: number): string => NAMES[at] as string;
  const role = (at: number): Role => ROLES[at] as Role;
  const named = (at: number): string => deviceName(dag, at);
  switch (deed.type) {
    case 'add-person':
      return act.addPerson(name(deed.person), role(deed.role), named(deed.device));
    case 'add-device':
      return act.addDevice(named(deed.device));
    case 'remove-device':
      return act.removeDevice(named(deed.device));
    case 'remove-person':
      return act.removePerson(name(deed.person));
    case 'set-role':
      return act.setRole(name(deed.person), role(deed.role));
    case 'succeed':
      return act.succeed(named(deed.previous), named(deed.next));
    case 'accept':
      return act.accept('change');
    case 'epoch': {
      const before = dag.acts.slice(0, links.length);
      const count = before.reduce((most, one) => ('device' in one.deed ? Math.max(most, one.deed.device + 1) : most), 1);
      const everybody = dag.devices.slice(0, count).map((_, at) => named(at));
      return act.epoch(
        links.filter((_, at) => (deed.parents >> at) & 1),
        ...everybody.sort((a, b) => (idOfDevice(a) < idOfDevice(b) ? -1 : 1)),
      );
    }
    case 'grant':
      return act.grant(links[deed.epoch] as Link, named(deed.device));
  }
}

interface Made {
  readonly act: Act;
  readonly link: Link;
}
/** The links of the graph before: the next one begins like it. */
const made: Record<Ids, readonly Made[]> = { up: [], down: [] };

/** The links themselves, in the order in which they were written, without the genesis. */
export function linksOf(dag: Dag, ids: Ids): readonly Link[] {
  const known = made[ids];
  const links: Link[] = [];
  made[ids] = dag.acts.map((act, at) => {
    const link = known[at]?.act === act ? known[at].link : linkOf(dag, act, links, ids);
    links.push(link);
    return { act, link };
  });
  return links;
}

function linkOf(dag: Dag, { parents, past, author, deed }: Act, links: readonly Link[], ids: Ids): Link {
  const writer = deviceAt(dag, author);
  const own = links.filter((one, at) => (past >> at) & 1 && one.body.author === writer).map((one) => one.body.index + 1);
  const after = parents === 0 ? [genesis] : links.filter((_, at) => (parents >> at) & 1);
  return {
    id: idOf(links.length, ids),
    space,
    body: {
      space,
      parents: after.map((one) => one.id).sort(),
      author: writer,
      index: Math.max(author === 0 ? 1 : 0, ...own),
      operation: operationFrom(dag, deed, links),
    },
    signature: SIGNATURE,
  };
}
