/** Teams (C2): spaces shared by several people. Checks come first; nothing is written that the resolver would call void. */
import type { PersonId, SpaceId } from '@leanvibe/protocol/ids';
import { err, ok, type Result } from '../base/result.js';
import type { Teams } from './team-api.js';
import { foundSpace } from './found.js';
import type { Kernel } from './kernel.js';
import { admitPeople, changeRole, kickPerson, leaveSpace } from './people.js';
import { ensureEpoch } from './rotate.js';
import type { SpaceRuntime } from './space.js';
import { mayKick, mayLeave, seated, type Bench } from './teams-checks.js';

type Answer = Result<null, string>;

export const COPY = 'this home is an older or second copy: say first whether it is the only one';

/** The space, if this device may change anything at all now. */
export function usable(
  { spaces, copies, identity }: Kernel,
  id: SpaceId,
): Result<{ readonly space: SpaceRuntime; readonly bench: Bench }, string> {
  const space = spaces.get(id);
  if (space === undefined) return err('this device is not in that space');
  if (copies.cloned()) return err(COPY);
  const bench = seated(space, identity.device);
  return bench.ok ? ok({ space, bench: bench.value }) : bench;
}

export function createTeams(kernel: Kernel): Teams {
  const { crypto, random, identity, editor, sessions } = kernel;

  const within = async (id: SpaceId, act: (space: SpaceRuntime, bench: Bench) => Promise<Answer>): Promise<Answer> => {
    const found = usable(kernel, id);
    if (!found.ok) return found;
    const done = await act(found.value.space, found.value.bench);
    sessions.refresh();
    return done;
  };

  return {
    async createSpace() {
      if (kernel.copies.cloned()) return err(COPY);
      const home = kernel.home();
      if (home.removedAt() !== null || home.group.standing(identity.device) !== 'live')
        return err('this device was removed from your devices: pair it again first');
      const space = await kernel.settleFounded(foundSpace(crypto, random, identity, home.id as string as PersonId), false);
      sessions.refresh();
      return ok(space.id);
    },
    admit: (id, person, role, devices) => within(id, (space) => admitPeople(kernel, space, person, role, devices)),
    setRole: (id, person, role) => within(id, (space) => changeRole(kernel, space, person, role)),
    kick: (id, person) =>
      within(id, async (space, bench) => {
        const may = mayKick(bench, person);
        return may.ok ? kickPerson(kernel, space, person) : may;
      }),
    leave: (id) =>
      within(id, async (space, bench) => {
        if (space === kernel.home()) return err('this space is your own devices: revoke this device instead');
        const may = mayLeave(bench);
        if (!may.ok) return may;
        // What this person wrote is theirs to leave behind: drafts become changes, and lie within the frontier.
        await ensureEpoch(kernel, space);
        await editor.offerAll(space);
        return leaveSpace(kernel, space);
      }),
  };
}
