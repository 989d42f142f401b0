/** May this device do that to somebody? Asked before anything is written, and answered in words that say who may (C2, C4, G8 – G10). */
import type { DeviceId, PersonId, SpaceId } from '@leanvibe/protocol/ids';
import { type ConsentedCard, DEVICE_KINDS, type Role, ROLES } from '@leanvibe/protocol/link';
import { err, ok, type Result } from '../base/result.js';
import { verifyConsent } from '../group/consent.js';
import type { Verifying } from '../ports/crypto.js';
import type { Member, SpaceGroup } from './space-group.js';

/** What the checks look at; `me` is this device's own seat. */
export interface Bench {
  readonly space: SpaceId;
  readonly group: SpaceGroup;
  readonly me: Member;
}

type Answer = Result<null, string>;

export const NO_KEYS = "the keys of this space must be renewed first, which an editor's device does when it connects: try again then";
export const OVERTAKEN = 'the members of this space changed meanwhile: look at them and try again';

export const rankOfRole = (role: Role): number => ROLES.indexOf(role);

/** The seat of a device that is live where membership can still change. */
export function seated(
  { id, group, removedAt }: { readonly id: SpaceId; readonly group: SpaceGroup; readonly removedAt: () => unknown },
  self: DeviceId,
): Result<Bench, string> {
  const me = group.member(self);
  if (removedAt() !== null || (me !== null && !me.live)) return err('this device was removed from that space');
  if (me === null) return err('this device is still joining that space: try again once it has synced with somebody in it');
  if (group.readOnly()) return err('no owner is left in this space, so nobody can change who is in it');
  return ok({ space: id, group, me });
}

export const roleIn = ({ group }: Bench, person: PersonId): Role | null =>
  group.persons().find((one) => one.person === person)?.role ?? null;

/** Owners with a device in use: paper alone brings an owner back, it does not run a space. */
function otherOwner({ group }: Bench, but: PersonId): boolean {
  const paper = DEVICE_KINDS.indexOf('paper');
  return group.members().some((one) => one.live && one.role === 'owner' && one.person !== but && one.card.kind !== paper);
}

function mayGive(me: Member, role: Role): Answer {
  if (rankOfRole(role) <= rankOfRole(me.role)) return ok(null);
  if (role === 'owner') return err('only an owner can make somebody an owner');
  return err(role === 'admin' ? 'only an admin or an owner can make somebody an admin' : 'only an admin or an owner can change roles');
}

/** Adding people at all, and with this role. */
export function mayInvite({ group, me }: Bench, role: Role): Answer {
  if (group.ofOnePerson()) return err("this space holds one person's own devices: make a new space and share into it");
  if (rankOfRole(me.role) < rankOfRole('admin')) return err('only an admin or an owner can add people');
  return mayGive(me, role);
}

export function mayAdmit(crypto: Verifying, bench: Bench, person: PersonId, role: Role, devices: readonly ConsentedCard[]): Answer {
  const may = mayInvite(bench, role);
  if (!may.ok) return may;
  if (roleIn(bench, person) !== null) return err('that person is in this space already');
  if (devices.length === 0) return err('no device of that person has agreed to join');
  if (devices.length > 1) return err('a person is added with one device, which then adds the others');
  for (const consented of devices) {
    const { device, kind } = consented.card;
    const known = bench.group.member(device);
    if (DEVICE_KINDS[kind] === 'paper') return err('recovery keys are not added with a person');
    if (known !== null && known.person !== person) return err("a device of that person is known in this space as somebody else's");
    if (bench.group.forked(device))
      return err('a device of that person was copied and is shut out of this space: it must join as a new device');
    if (!verifyConsent(crypto, consented, bench.space, person)) return err('a device of that person has not agreed to join this space');
  }
  return ok(null);
}

export function maySetRole(bench: Bench, person: PersonId, role: Role): Answer {
  const { me } = bench;
  const now = roleIn(bench, person);
  if (now === null) return err('that person is not in this space');
  if (now === role) return ok(null);
  const may = mayGive(me, role);
  if (!may.ok) return may;
  if (person !== me.person && rankOfRole(me.role) < rankOfRole('admin')) return err('only an admin or an owner can change roles');
  if (now === 'owner' && me.role !== 'owner') return err('only an owner can change the role of an owner');
  if (now === 'owner' && !otherOwner(bench, person)) return err('the last owner cannot step down: make somebody else an owner first');
  return ok(null);
}

export function mayKick(bench: Bench, person: PersonId): Answer {
  const { me } = bench;
  const now = roleIn(bench, person);
  if (now === null) return err('that person is not in this space');
  if (person === me.person) return err('to go yourself, leave the space');
  if (rankOfRole(me.role) < rankOfRole('admin')) return err('only an admin or an owner can remove people');
  return now === 'owner' && me.role !== 'owner' ? err('only an owner can remove an owner') : ok(null);
}

export function mayLeave(bench: Bench): Answer {
  const { me, group } = bench;
  const alone = group.persons().every((one) => one.person === me.person);
  if (!alone && me.role === 'owner' && !otherOwner(bench, me.person))
    return err('the last owner cannot leave: make somebody else an owner first');
  return ok(null);
}
