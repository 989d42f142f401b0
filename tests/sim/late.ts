/** Worlds in which checkpoints come early, and whoever joins them late: with nothing but what the others still hold. */
import type { Role } from '@leanvibe/protocol/link';
import { createRandom } from '../help/random.js';
import type { Machine } from './machine.js';
import { pairUp } from './pair-up.js';
import type { World } from './simulate.js';
import { admit, ROLES_GIVEN, type SimPerson, viewAt } from './team.js';

/** Of the seeds, how many are worlds with checkpoints. */
const PRUNING = 0.22;
/** A checkpoint is due after two changes, three, or five. */
const TAILS = [1_500, 3_000, 6_000];
/** It hears of everything, and what it lacks is shown from a checkpoint. */
const NEWCOMER_MS = 90_000;
const REDIALS = 3;
const LATE_MAX = 2;

export function tailOf(seed: string): number | null {
  const random = createRandom(`${seed}/checkpoints`);
  return random.chance(PRUNING) ? random.pick(TAILS) : null;
}

/** A device of somebody who is in, or in a team a new person. Nothing when there have been enough, or nobody can let it in. */
export async function joinLate(world: World, machine: Machine, calm: boolean): Promise<void> {
  const { clock, machines, random, space, team, trace } = world;
  const inside = machines.filter((one) => !one.removed && isLive(one, space) && isLive(one, one.engine?.home() ?? null));
  const host = inside.length === 0 || machines.filter(({ name }) => name.startsWith('new')).length >= LATE_MAX ? null : random.pick(inside);
  if (host === null) return;
  const role = random.pick<Role>(ROLES_GIVEN);
  const alone = team !== null && random.chance(0.4);
  if (calm) machine.calm();
  await machine.start();
  const person: SimPerson | null =
    machine.engine === null || !alone ? null : { name: machine.name, id: machine.engine.person(), machines: [machine] };
  const said = person === null ? 'no person' : await admit(host, person, role, space);
  if (person !== null && said === 'admitted') team?.people.push(person);
  else {
    await pairUp(clock, host, machine);
    team?.people.find(({ machines: own }) => own.includes(host))?.machines.push(machine);
  }
  machines.push(machine);
  trace.note(`${machine.name} joins ${host.name}: ${said}`);
  trace.count('late');
  for (const other of machines) if (other !== machine) world.link(machine, other);
  // Those who do not know it yet hang up.
  for (let turn = 0; turn < REDIALS; turn++) {
    await clock.advance(NEWCOMER_MS / REDIALS);
    world.redial();
  }
}

const isLive = (machine: Machine, space: Parameters<typeof viewAt>[1] | null): boolean =>
  space !== null && viewAt(machine, space)?.standing === 'live';
