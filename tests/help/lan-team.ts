/** A team on a test's network: people on machines of their own in one shared space, and what each of them must come to show. */
import type { ProjectView } from '@leanvibe/agent/internal/control/views';
import type { Role } from '@leanvibe/protocol/link';
import { tasks } from './lan-stories.js';
import type { Machine } from './machine.js';
import { until } from './wait.js';

/** Generous: two busy cores run up to six agents. */
const LONG_MS = 90_000;

export const eventually = (what: string, check: () => Promise<boolean>): Promise<unknown> => until(what, check, LONG_MS, 100);

/** A space `Team` of this machine's person with a project in it; answers the project's id there. */
export async function foundTeam(host: Machine): Promise<string> {
  const { project } = await host.ask('project.add', { path: host.folder });
  await host.ask('space.create', { name: 'Team' });
  const shared: ProjectView = await host.ask('project.share', { project: project.id, space: 'Team' });
  return shared.id;
}

/** Invited by link, let in without being asked, and there with this role. */
export async function letIn(host: Machine, guest: Machine, role: Role): Promise<void> {
  const { link } = await host.ask('invite.create', { space: 'Team', role: role === 'owner' ? 'admin' : role, auto: true });
  await guest.ask('invite.accept', { link });
  await eventually(`the guest to be in`, async () => (await standing(guest)) === 'live' && (await people(guest)).length > 0);
  if (role === 'owner') await host.ask('member.role', { space: 'Team', person: await personOf(guest), role });
  await eventually('its role', async () => (await rowOf(guest))?.role === role);
  const listed = async (one: Machine): Promise<readonly string[]> => (await one.ask('project.list', {})).map(({ id }) => id);
  const shared = (await host.ask('project.list', {})).filter(({ space }) => space.name === 'Team').map(({ id }) => id);
  await eventually('what is shared to be there', async () => {
    const there = await listed(guest);
    return shared.every((id) => there.includes(id));
  });
}

const rowOf = async (
  one: Machine,
): Promise<{ readonly role: string | null; readonly standing: string; readonly readOnly: boolean } | null> =>
  (await one.ask('space.list', {})).find(({ home }) => !home) ?? null;

export const standing = async (one: Machine): Promise<string> => (await rowOf(one))?.standing ?? 'none';

export async function personOf(one: Machine): Promise<string> {
  const self = (await one.ask('member.list', {})).find((row) => row.self);
  if (self === undefined) throw new Error('no member');
  return self.id;
}

/** `name role`, sorted. */
export const people = async (one: Machine): Promise<readonly string[]> =>
  (await one.ask('member.list', {}).catch(() => [])).map(({ name, role }) => `${name} ${role}`).sort();

export const words = async (one: Machine, project: string): Promise<readonly string[]> =>
  (await tasks(one, project)).map(({ title }) => title).sort();

/** Every one of them shows these members and these tasks, and its signed log holds. */
export async function agree(
  all: readonly Machine[],
  project: string,
  right: { readonly members: readonly string[]; readonly tasks: readonly string[] },
): Promise<void> {
  const wanted = JSON.stringify([right.members.toSorted(), right.tasks.toSorted()]);
  for (const one of all) {
    let last = '';
    await until(
      'one team',
      async () => (last = JSON.stringify([await people(one), await words(one, project)])) === wanted,
      LONG_MS,
      100,
    ).catch((error: unknown) => {
      throw new Error(`${one.host.netns} shows ${last} and not ${wanted}`, { cause: error });
    });
  }
  for (const one of all) {
    const audits = await one.ask('audit', {});
    for (const { faults } of audits) if (faults.length > 0) throw new Error(`${one.host.netns}: ${JSON.stringify(faults)}`);
  }
}

/** These are on the network and everybody else is not; no packet passes a cable that is out, whatever an agent still believes of its peers. */
export async function only(everybody: readonly Machine[], ...some: readonly Machine[]): Promise<void> {
  await Promise.all(everybody.map(({ host }) => host.cut()));
  await Promise.all(some.map(({ host }) => host.heal()));
}
