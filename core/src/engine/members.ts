/** Admitting and revoking: what this device writes about devices and newcomers (C4, C5, C11). */
import type { DeviceId, PersonId } from '@leanvibe/protocol/ids';
import { type ConsentedCard, ROLES } from '@leanvibe/protocol/link';
import { err, ok, type Result } from '../base/result.js';
import { createSealer } from '../keys/entry.js';
import type { SpaceRuntime } from './space.js';
import { beginLine, grantTo, land, type MembersDeps } from './line.js';
import { attachFrontier, frontierRows, partEntries } from './removal.js';
import { usableEpoch, addRotation, ensureEpoch } from './rotate.js';

/** Admits a device of a person who is a member, and grants it the current epoch. */
export async function admitDevice(
  deps: MembersDeps,
  space: SpaceRuntime,
  person: PersonId,
  device: ConsentedCard,
): Promise<Result<null, string>> {
  const epoch = await ensureEpoch(deps, space);
  if (!epoch.ok) return err('this device may not add devices here');
  return space.membership.run(async () => {
    const line = beginLine(deps, space);
    if (space.group.standing(device.card.device) !== 'live') line.add({ type: 'add-device', person, device });
    const role = space.group.member(deps.identity.device)?.role;
    // Viewers hand on no keys: an editor who sees the newcomer does.
    if (role !== 'viewer') grantTo(deps, space, line, epoch.value, device.card, true);
    await land(space, createSealer(deps.crypto, epoch.value), line, [], null);
    const live = space.group.standing(device.card.device) === 'live';
    return live ? ok(null) : err('this device may not add devices here');
  });
}

/** Admits a whole person with these devices, and grants each the current epoch. */
export async function admitPerson(
  deps: MembersDeps,
  space: SpaceRuntime,
  person: PersonId,
  role: number,
  devices: readonly ConsentedCard[],
): Promise<Result<null, string>> {
  const epoch = await ensureEpoch(deps, space);
  if (!epoch.ok) return err('this device may not add people here');
  return space.membership.run(async () => {
    const line = beginLine(deps, space);
    line.add({ type: 'add-person', person, role, devices });
    for (const device of devices) grantTo(deps, space, line, epoch.value, device.card, ROLES[role] !== 'viewer');
    await land(space, createSealer(deps.crypto, epoch.value), line, [], null);
    const live = devices.every(({ card }) => space.group.standing(card.device) === 'live');
    return live ? ok(null) : err('this device may not add people here');
  });
}

/** May this device remove that one from the space (G10)? Asked first: a link without the right to it is never written. */
export function mayRevoke({ identity }: Pick<MembersDeps, 'identity'>, { group }: SpaceRuntime, device: DeviceId): boolean {
  const me = group.member(identity.device);
  const target = group.member(device);
  if (me?.live !== true || target === null) return false;
  return me.person === target.person || me.role === 'owner' || (me.role === 'admin' && target.role !== 'owner');
}

/** Removes a device, with the frontier of what it wrote, and rotates where this device may, in one transaction (C5, C13). */
export async function revokeDevice(deps: MembersDeps, space: SpaceRuntime, device: DeviceId): Promise<Result<null, string>> {
  const member = space.group.member(device);
  if (member === null || !member.live) return err('no such device is in use here');
  if (!mayRevoke(deps, space, device)) return err('this device may not revoke that one');
  const rows = await frontierRows(space, [member.addedBy]);
  return space.membership.run(async () => {
    // Whatever follows the person's home into this space may have been quicker.
    if (space.group.standing(device) === 'removed') return ok(null);
    const line = beginLine(deps, space);
    const { hash, parts } = attachFrontier(space, rows);
    line.add({ type: 'remove-device', device, frontier: hash });
    const rotates = space.group.mayRotate(deps.identity.device);
    const rotation = rotates ? addRotation(deps, space, line, { gone: new Set([device]) }) : null;
    // Whoever only reads leaves the keys to the next writer.
    const secrets = rotation?.secrets ?? usableEpoch(space);
    if (secrets === null)
      return err("the keys of this space must be renewed first, which an editor's device does when it connects: try again then");
    const sealer = createSealer(deps.crypto, secrets);
    const entries = [...(rotation?.announcements ?? []), ...partEntries(space, sealer, parts)];
    await land(space, sealer, line, entries, rotation?.secrets ?? null);
    return space.group.standing(device) === 'removed' ? ok(null) : err('this device may not revoke that one');
  });
}

/** This identity goes by itself; whoever writes next renews the keys it held. */
export async function leave(deps: MembersDeps, space: SpaceRuntime): Promise<void> {
  const { device } = deps.identity;
  const member = space.group.member(device);
  const epoch = usableEpoch(space);
  if (member === null || !member.live || epoch === null) return;
  const rows = await frontierRows(space, [member.addedBy]);
  await space.membership.run(async () => {
    const line = beginLine(deps, space);
    const { hash, parts } = attachFrontier(space, rows);
    line.add({ type: 'remove-device', device, frontier: hash });
    const sealer = createSealer(deps.crypto, epoch);
    await land(space, sealer, line, partEntries(space, sealer, parts), null);
  });
}
