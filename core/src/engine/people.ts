/** Acts on people (C2, C4, C5): admitting, changing roles, removing, leaving. Each is one commit; the checks came before. */
import type { DeviceId, LinkId, PersonId } from '@leanvibe/protocol/ids';
import { type ConsentedCard, type Role, ROLES } from '@leanvibe/protocol/link';
import { err, ok, type Result } from '../base/result.js';
import { createSealer } from '../keys/entry.js';
import type { EpochSecrets } from '../keys/epoch.js';
import type { NewEntry } from '../ports/store.js';
import { beginLine, grantTo, land, type Line, type MembersDeps } from './line.js';
import { addPaper, attachFrontier, devicesOf, dropPaper, frontierRows, needsPaper, partEntries } from './removal.js';
import { addRotation, type Changed, ensureEpoch, usableEpoch } from './rotate.js';
import type { SpaceRuntime } from './space.js';
import { mayAdmit, mayKick, mayLeave, maySetRole, NO_KEYS, OVERTAKEN, roleIn, seated, type Bench } from './teams-checks.js';

type Answer = Result<null, string>;

/** Checks, then acts, alone on membership; what others wrote while this waited is seen by the second check. */
async function alone(
  deps: MembersDeps,
  space: SpaceRuntime,
  may: (bench: Bench) => Answer,
  act: (bench: Bench) => Promise<Answer>,
): Promise<Answer> {
  return space.membership.run(async () => {
    const bench = seated(space, deps.identity.device);
    const allowed = bench.ok ? may(bench.value) : bench;
    return bench.ok && allowed.ok ? act(bench.value) : (allowed as Answer);
  });
}

const chainsOf = (space: SpaceRuntime, devices: readonly DeviceId[]): readonly LinkId[] =>
  devices.map((device) => space.group.member(device)?.addedBy).filter((chain) => chain !== undefined);

/** Lands a line with a rotation where this device may rotate, else under the epoch in use. */
async function finish(
  deps: MembersDeps,
  space: SpaceRuntime,
  line: Line,
  parts: readonly Uint8Array[],
  rotate: Changed | null,
): Promise<boolean> {
  const landed = async (secrets: EpochSecrets, more: readonly NewEntry[], fresh: boolean): Promise<void> => {
    const sealer = createSealer(deps.crypto, secrets);
    await land(space, sealer, line, [...more, ...partEntries(space, sealer, parts)], fresh ? secrets : null);
  };
  if (rotate !== null) {
    const { secrets, announcements } = addRotation(deps, space, line, rotate);
    await landed(secrets, announcements, true);
    return true;
  }
  const epoch = usableEpoch(space);
  if (epoch === null) return false;
  await landed(epoch, [], false);
  return true;
}

export async function admitPeople(
  deps: MembersDeps,
  space: SpaceRuntime,
  person: PersonId,
  role: Role,
  devices: readonly ConsentedCard[],
): Promise<Answer> {
  const may = (bench: Bench): Answer => mayAdmit(deps.crypto, bench, person, role, devices);
  const first = seated(space, deps.identity.device);
  const allowed = first.ok ? may(first.value) : first;
  if (!allowed.ok) return allowed;
  const epoch = await ensureEpoch(deps, space);
  if (!epoch.ok) return err('this device may not add people here');
  return alone(deps, space, may, async () => {
    const current = usableEpoch(space);
    if (current === null) return err(OVERTAKEN);
    const line = beginLine(deps, space);
    line.add({ type: 'add-person', person, role: ROLES.indexOf(role), devices });
    for (const { card } of devices) grantTo(deps, space, line, current, card, role !== 'viewer');
    await land(space, createSealer(deps.crypto, current), line, [], null);
    return devices.every(({ card }) => space.group.standing(card.device) === 'live') ? ok(null) : err(OVERTAKEN);
  });
}

/** C5, C13: removal, frontier of every device of the person, and rotation, in one commit. */
export async function kickPerson(deps: MembersDeps, space: SpaceRuntime, person: PersonId): Promise<Answer> {
  const rows = await frontierRows(space, chainsOf(space, devicesOf(space, person)));
  return alone(
    deps,
    space,
    (bench) => mayKick(bench, person),
    async ({ me }) => {
      const gone = new Set(devicesOf(space, person));
      const line = beginLine(deps, space);
      const paper = needsPaper(space, person) ? addPaper(deps, space, line, me.person) : null;
      const { hash, parts } = attachFrontier(space, rows);
      line.add({ type: 'remove-person', person, frontier: hash }, paper ?? undefined);
      const dropped = paper === null ? [] : dropPaper(space, line, paper);
      await finish(deps, space, line, [...parts, ...dropped], { gone });
      return roleIn({ space: space.id, group: space.group, me }, person) === null ? ok(null) : err(OVERTAKEN);
    },
  );
}

/** Rotates in the same commit when somebody else may no longer write; whoever steps down cannot, and leaves a debt to the next writer (C12). */
export async function changeRole(deps: MembersDeps, space: SpaceRuntime, person: PersonId, role: Role): Promise<Answer> {
  const silenced = role === 'viewer';
  const rows = silenced ? await frontierRows(space, chainsOf(space, devicesOf(space, person))) : [];
  return alone(
    deps,
    space,
    (bench) => maySetRole(bench, person, role),
    async (bench) => {
      const before = roleIn(bench, person);
      if (before === role) return ok(null);
      const devices = devicesOf(space, person);
      const current = usableEpoch(space);
      const rotates = bench.me.role !== 'viewer' && ((silenced && person !== bench.me.person) || current?.append == null);
      if (!rotates && current === null) return err(NO_KEYS);
      const line = beginLine(deps, space);
      const paper = needsPaper(space, person) ? addPaper(deps, space, line, bench.me.person) : null;
      const attached = silenced ? attachFrontier(space, rows) : null;
      const operation = { type: 'set-role', person, role: ROLES.indexOf(role), frontier: attached?.hash ?? null } as const;
      line.add(operation, paper ?? undefined);
      const dropped = paper === null ? [] : dropPaper(space, line, paper);
      if (before === 'viewer' && !rotates && current !== null)
        for (const device of devices) {
          const card = space.group.member(device)?.card;
          if (card !== undefined) grantTo(deps, space, line, current, card, true);
        }
      const writes = new Map(devices.map((device) => [device, !silenced]));
      await finish(deps, space, line, [...(attached?.parts ?? []), ...dropped], rotates ? { writes } : null);
      return roleIn(bench, person) === role ? ok(null) : err(OVERTAKEN);
    },
  );
}

/** This person goes with all devices. Whoever goes would know a key it made, so the next writer renews them. */
export async function leaveSpace(deps: MembersDeps, space: SpaceRuntime): Promise<Answer> {
  const me = space.group.member(deps.identity.device)?.person;
  const rows = me === undefined ? [] : await frontierRows(space, chainsOf(space, devicesOf(space, me)));
  return alone(deps, space, mayLeave, async (bench) => {
    const { person } = bench.me;
    if (usableEpoch(space) === null) return err(NO_KEYS);
    const line = beginLine(deps, space);
    const paper = needsPaper(space, person) ? addPaper(deps, space, line, person) : null;
    const { hash, parts } = attachFrontier(space, rows);
    line.add({ type: 'remove-person', person, frontier: hash }, paper ?? undefined);
    await finish(deps, space, line, parts, null);
    return roleIn(bench, person) === null ? ok(null) : err(OVERTAKEN);
  });
}
