/** Admitting and revoking: what this device writes about other devices and people (C4, C5, C11). */
import { type Frontier, part } from '@leanvibe/protocol/change';
import type { DeviceId, LinkId, PersonId } from '@leanvibe/protocol/ids';
import type { ConsentedCard } from '@leanvibe/protocol/link';
import { encode } from '@leanvibe/protocol/shape';
import { assert, err, ok, type Result } from '../base/result.js';
import { createSealer, type Sealer } from '../keys/entry.js';
import type { NewEntry } from '../ports/store.js';
import { writeFrontier } from './frontier.js';
import type { SpaceRuntime } from './space.js';
import { beginLine, entryOf, grantTo, land, type Line, type MembersDeps } from './line.js';
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
    grantTo(deps, space, line, epoch.value, device.card, true);
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
    for (const device of devices) grantTo(deps, space, line, epoch.value, device.card, true);
    await land(space, createSealer(deps.crypto, epoch.value), line, [], null);
    return ok(null);
  });
}

/** Removes a device, with the frontier of what it wrote, and rotates, in one transaction (C5, C13). */
export async function revokeDevice(deps: MembersDeps, space: SpaceRuntime, device: DeviceId): Promise<Result<null, string>> {
  const member = space.group.member(device);
  if (member === null || !member.live) return err('no such device is in use here');
  const rows = await frontierRows(space, member.addedBy);
  return space.membership.run(async () => {
    const line = beginLine(deps, space);
    const parts = addRemoval(space, line, device, rows);
    const { secrets, announcements } = addRotation(deps, space, line, new Set([device]));
    const sealer = createSealer(deps.crypto, secrets);
    await land(space, sealer, line, [...announcements, ...partEntries(space, sealer, parts)], secrets);
    assert(parts.length > 0, 'a frontier without a part');
    return space.group.standing(device) === 'removed' ? ok(null) : err('this device may not revoke that one');
  });
}

/** This identity goes by itself; whoever writes next renews the keys it held. */
export async function leave(deps: MembersDeps, space: SpaceRuntime): Promise<void> {
  const { device } = deps.identity;
  const member = space.group.member(device);
  const epoch = usableEpoch(space);
  if (member === null || !member.live || epoch === null) return;
  const rows = await frontierRows(space, member.addedBy);
  await space.membership.run(async () => {
    const line = beginLine(deps, space);
    const parts = addRemoval(space, line, device, rows);
    const sealer = createSealer(deps.crypto, epoch);
    await land(space, sealer, line, partEntries(space, sealer, parts), null);
  });
}

/** Adds the removal to a line; answers the parts that hold its frontier. */
function addRemoval(space: SpaceRuntime, line: Line, device: DeviceId, rows: Frontier): readonly Uint8Array[] {
  const parts: Uint8Array[] = [];
  const frontier = writeFrontier(rows, (bytes) => {
    parts.push(bytes);
    return space.attach(bytes);
  });
  line.add({ type: 'remove-device', device, frontier });
  return parts;
}

const partEntries = (space: SpaceRuntime, sealer: Sealer, parts: readonly Uint8Array[]): readonly NewEntry[] =>
  parts.map((bytes) => entryOf(space, 2, sealer.seal('part', encode(part, { bytes }))));

/** The chain's last applied change in every document it wrote to. */
async function frontierRows(space: SpaceRuntime, chain: LinkId): Promise<Frontier> {
  const rows: Frontier[number][] = [];
  for (const document of await space.documents()) {
    const judge = await (await space.known(document))?.judge();
    const tip = judge?.tips().get(chain)?.[0];
    const row = tip === undefined ? null : (judge?.row(tip) ?? null);
    if (row !== null) rows.push({ document, addedBy: chain, seq: row.seq, changeId: row.id });
  }
  return rows;
}
