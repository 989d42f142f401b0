/** What people do to each other: roles up and down, removed, gone, brought back, devices revoked, quarantine decided. */
import type { Result } from '@leanvibe/core/internal/base/result';
import { makeId, type MailboxId } from '@leanvibe/protocol/ids';
import { lived, shown } from './acts.js';
import type { Machine } from './machine.js';
import type { World } from './simulate.js';
import { admit, ROLES_GIVEN, type SimPerson, type Team } from './team.js';

type Answer = Result<unknown, string>;
type Done = (what: string, act: Promise<Answer>) => Promise<void>;

export async function actInTeam(world: World, team: Team, machine: Machine): Promise<void> {
  const { random, trace } = world;
  const { engine } = machine;
  if (engine === null) return;
  const person = random.pick(team.people);
  const dice = random.below(100);
  const done: Done = async (what, act) => {
    const answer = await lived(world, act);
    if (answer === null) return trace.note(`${machine.name} ${what}: died over it`);
    trace.note(`${machine.name} ${what}: ${answer.ok ? 'done' : answer.error}`);
    if (answer.ok) trace.count(what.split(' ')[0] as string);
  };
  if (dice < 30) {
    const role = random.pick(ROLES_GIVEN);
    await done(`role ${person.name} ${role}`, engine.teams.setRole(world.space, person.id, role));
  } else if (dice < 48) await kick(world, machine, person, done);
  else if (dice < 54) await done('leave', engine.teams.leave(world.space));
  else if (dice < 78) await bringBack(world, machine, team, done);
  else if (dice < 88) {
    const device = random.pick(world.machines);
    if (device !== machine) await done(`device-revoke ${device.name}`, engine.revoke(device.device));
  } else await decide(world, machine, done);
}

async function kick(world: World, machine: Machine, person: SimPerson, done: Done): Promise<void> {
  const before = await shown(world, machine);
  const { engine } = machine;
  if (engine === null) return;
  let kicked = false;
  const act = engine.teams.kick(world.space, person.id).then((answer) => {
    kicked = answer.ok;
    return answer;
  });
  await done(`kick ${person.name}`, act);
  if (!kicked) return;
  for (const label of before) if (person.machines.some((one) => one.kept.has(label))) world.vouched.add(label);
}

/** Whoever is not a member by what this machine knows; the newcomer's machines start anew with what they were handed. Where all are in, they see to the mailboxes. */
async function bringBack(world: World, machine: Machine, team: Team, done: Done): Promise<void> {
  const { engine } = machine;
  const members = engine?.spaces().find((one) => one.space === world.space)?.persons ?? [];
  const gone = team.people.filter((one) => !members.some(({ person }) => person === one.id) && !one.machines.includes(machine));
  if (gone.length === 0) return tellOfMailbox(world, machine, done);
  const person = world.random.pick(gone);
  const role = world.random.pick(ROLES_GIVEN);
  const said = await lived(world, admit(machine, person, role, world.space));
  world.trace.note(`${machine.name} admits ${person.name} as ${role}: ${said ?? 'died over it'}`);
  if (said === 'admitted') world.trace.count('admit');
}

async function tellOfMailbox({ mailRandom, space }: World, { engine }: Machine, done: Done): Promise<void> {
  if (engine === null) return;
  const boxes = engine.mailboxes(space);
  if (boxes.length === 0 || mailRandom.chance(0.5)) {
    const relay = `https://${mailRandom.pick(['one', 'two', 'three'])}.example`;
    await done('mailbox-open', engine.openMailbox(space, relay, makeId<MailboxId>(mailRandom.bytes(32))));
  } else await done('mailbox-close', engine.closeMailbox(space, mailRandom.pick(boxes).mailbox));
}

async function decide(world: World, machine: Machine, done: Done): Promise<void> {
  const { engine } = machine;
  if (engine === null) return;
  const sets = await lived(world, engine.quarantine.list(world.space));
  if (sets === null || sets.length === 0) return;
  const { id } = world.random.pick(sets);
  if (world.random.chance(0.7)) await done('accept', engine.quarantine.accept(world.space, [id]));
  else await done('drop', engine.quarantine.drop(world.space, [id]));
}
