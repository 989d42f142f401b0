/** A world of several people: who they are, whose machines these are, and how the first of them brings the others in. */
import type { SpaceView } from '@leanvibe/core/internal/engine/api';
import type { PersonId, SpaceId } from '@leanvibe/protocol/ids';
import type { Role } from '@leanvibe/protocol/link';
import type { VirtualClock } from '../help/clock.js';
import type { SeededRandom } from '../help/random.js';
import { handOver } from './disk.js';
import type { Machine } from './machine.js';
import { pairUp } from './pair-up.js';
import type { World } from './simulate.js';

export interface SimPerson {
  readonly name: string;
  readonly id: PersonId;
  /** More may come late. */
  readonly machines: Machine[];
}

export interface Team {
  readonly people: SimPerson[];
}

const MACHINES_MAX = 6;

export const ROLES_GIVEN: readonly Role[] = ['owner', 'owner', 'admin', 'admin', 'editor', 'editor', 'editor', 'viewer'];

export async function foundTeam(
  random: SeededRandom,
  clock: VirtualClock,
  born: (name: string) => Machine,
): Promise<{ readonly machines: readonly Machine[]; readonly space: SpaceId; readonly team: Team }> {
  const machines: Machine[] = [];
  const people: SimPerson[] = [];
  for (const name of ['ana', 'bob', 'cyd', 'dee'].slice(0, 2 + random.below(3))) {
    const own = [born(name)];
    if (machines.length < MACHINES_MAX - 2 && random.chance(0.4)) own.push(born(`${name}2`));
    for (const machine of own) await machine.start();
    for (const second of own.slice(1)) await pairUp(clock, own[0] as Machine, second);
    machines.push(...own);
    people.push({ name, id: (own[0] as Machine).engine?.person() as PersonId, machines: own });
  }
  const founder = machines[0] as Machine;
  const made = await founder.engine?.teams.createSpace();
  if (made?.ok !== true) throw new Error('the first device could not found a space');
  const space = made.value;
  for (const person of people.slice(1)) {
    const done = await admit(founder, person, random.pick(ROLES_GIVEN), space);
    if (done !== 'admitted') throw new Error(`at the founding: ${done}`);
    await clock.advance(100);
  }
  return { machines, space, team: { people } };
}

/** Admits a person with the first machine, which brings the second along, and hands the space over as an invitation does; otherwise says why not. */
export async function admit(admitter: Machine, person: SimPerson, role: Role, space: SpaceId): Promise<string> {
  const { engine } = admitter;
  if (engine === null) return 'it is down';
  const newcomer = person.machines[0] as Machine;
  const done = await engine.teams.admit(space, person.id, role, [newcomer.consent(space, person.id)]);
  if (!done.ok) return done.error;
  newcomer.crash();
  await handOver(admitter, newcomer, space, role !== 'viewer');
  await newcomer.start();
  return 'admitted';
}

/** Invitations whose second half never came, since somebody died over it, are handed over now. True when there were any. */
export async function deliverLate(world: World): Promise<boolean> {
  const { machines, space } = world;
  const inside = machines.filter((machine) => viewAt(machine, space)?.standing === 'live');
  const admitter = largestCamp(inside, space)[0];
  if (admitter === undefined) return false;
  const late = machines.filter((one) => !inside.includes(one) && sees(admitter, one, space));
  for (const newcomer of late) {
    world.trace.note(`${newcomer.name} is handed the space late by ${admitter.name}`);
    newcomer.crash();
    // Where it may write, it was granted W too.
    await handOver(admitter, newcomer, space, false);
    await newcomer.start();
  }
  return late.length > 0;
}

export const viewAt = (machine: Machine, space: SpaceId): SpaceView | undefined =>
  machine.engine?.spaces().find((one) => one.space === space);

const sees = (viewer: Machine, seen: Machine, space: SpaceId): boolean =>
  viewAt(viewer, space)?.devices.find((device) => device.device === seen.device)?.revoked === false;

/**
 * The most of these that see each other: who was removed is what they say. A removed device that removed somebody at the same time
 * believes its own story.
 */
export function largestCamp(machines: readonly Machine[], space: SpaceId): readonly Machine[] {
  // Whoever was let in and never arrived, since somebody died over it, is there for the others but sees nobody.
  const arrived = machines.filter((machine) => viewAt(machine, space) !== undefined);
  const camps = arrived.map((viewer) => arrived.filter((seen) => sees(viewer, seen, space)));
  const sound = camps.filter((camp) => camp.every((a) => camp.every((b) => sees(a, b, space))));
  return sound.toSorted((a, b) => b.length - a.length)[0] ?? [];
}
