/** What an invite's host decides (C42): who may ask, what is kept, who is let in. Each decision is on disk before anybody hears of it. */
import { type DeviceId, toHex } from '@leanvibe/protocol/ids';
import { type ConsentedCard, ROLES, type Role } from '@leanvibe/protocol/link';
import type { RefusalReason } from '@leanvibe/protocol/errors';
import { err, ok, type Result } from '../base/result.js';
import { verifyConsent } from '../group/consent.js';
import type { Admitted, Guest, TurnedAway } from '../pairing/host.js';
import { secretsOf } from './enter.js';
import type { Invite, InviteBook, Request } from './invite-book.js';
import type { Kernel } from './kernel.js';
import { admitPeople } from './people.js';
import type { InviteView, RequestView } from './team-api.js';
import { mayInvite, roleIn } from './teams-checks.js';
import { usable } from './teams.js';

/** Of one invite, undecided. */
const WAITING_MAX = 32;

const AWAY: { readonly [code in RefusalReason & `invite-${string}`]: string } = {
  'invite-proof': 'this device knows no such invite: check the link, or ask for a new one',
  'invite-expired': 'this invite is out of date: ask for a new one',
  'invite-used': 'this invite was used already: ask for a new one',
  'invite-over': 'this invite counts no more: ask an admin or an owner of the space for a new one',
  'invite-denied': 'the request to join was denied',
  'invite-busy': 'too many requests wait at this invite: ask again later',
};
export const away = (code: keyof typeof AWAY, words: string = AWAY[code]): TurnedAway => ({ code, words });

export interface Desk {
  readonly kernel: Kernel;
  readonly book: InviteBook;
  /** Guests whose channel is open, by invite and device. */
  readonly waiting: Map<string, Set<(answer: Admitted) => void>>;
}

export const nameOf = (invite: string, device: DeviceId): string => `${invite}/${device}`;

function settle({ waiting }: Desk, { invite, device }: Request, answer: Admitted): void {
  const key = nameOf(invite, device.card.device);
  for (const tell of waiting.get(key) ?? []) tell(answer);
  waiting.delete(key);
}

export function viewOf({ clock }: Pick<Kernel, 'clock'>, invite: Invite): InviteView {
  const over = invite.over ? 'revoked' : invite.used >= invite.uses ? 'used' : invite.expiresAt <= clock.nowMs() ? 'expired' : 'open';
  const { id, secret, space, expiresAt, madeAt, uses, used } = invite;
  const role = ROLES[invite.role] ?? 'viewer';
  return {
    id,
    secret,
    space,
    role,
    madeAtMs: madeAt,
    expiresAtMs: expiresAt,
    uses,
    used,
    approval: invite.asks ? 'ask' : 'auto',
    state: over,
  };
}

export function requestView(request: Request, invite: Invite): RequestView {
  const { id, person, personName, deviceName, at } = request;
  const role = ROLES[invite.role] ?? 'viewer';
  return { id, invite: invite.id, space: invite.space, role, person, personName, deviceName, device: request.device.card.device, atMs: at };
}

/** What a kept request comes to now. */
async function answerTo(desk: Desk, request: Request, invite: Invite): Promise<Admitted> {
  if (request.state === 'denied') return { state: 'away', why: away('invite-denied') };
  if (request.state === 'waiting') return { state: 'waiting' };
  const { device } = request.device.card;
  const found = usable(desk.kernel, invite.space);
  if (!found.ok) return { state: 'away', why: away('invite-over') };
  const { space } = found.value;
  const standing = space.group.standing(device);
  // Approved, and the program ended before the space heard of it.
  if (standing === 'unknown') await admitPeople(desk.kernel, space, request.person, ROLES[request.role] ?? 'viewer', [request.device]);
  if (space.group.standing(device) !== 'live') return { state: 'away', why: away(standing === 'unknown' ? 'invite-over' : 'invite-used') };
  return { state: 'admitted', epochs: secretsOf(space, ROLES[request.role] !== 'viewer') };
}

/** Counts the use and admits, or changes nothing. A crash in between is made good at the guest's next knock. */
export async function admit(desk: Desk, request: Request, role: Role): Promise<Result<null, string>> {
  const { kernel, book } = desk;
  const invite = book.invite(request.invite);
  if (invite === null || request.state !== 'waiting') return err('nobody waits under that name: look at who waits now');
  if (invite.over) return err('this invite was taken back: make a new one');
  if (invite.used >= invite.uses) return err('this invite was used up: make a new one, or deny the request');
  if (ROLES.indexOf(role) > invite.role) return err(`this invite gives the role of ${ROLES[invite.role] ?? 'viewer'} at most`);
  const found = usable(kernel, invite.space);
  const may = found.ok ? mayInvite(found.value.bench, role) : found;
  if (!found.ok || !may.ok) return may as Result<null, string>;
  const approved: Request = { ...request, state: 'approved', role: ROLES.indexOf(role) };
  await book.write({ invites: [{ ...invite, used: invite.used + 1 }], requests: [approved] });
  const admitted = await admitPeople(kernel, found.value.space, request.person, role, [request.device]);
  if (!admitted.ok) {
    await book.write({ invites: [invite], requests: [request] });
    return admitted;
  }
  kernel.sessions.refresh();
  kernel.emit({ type: 'request', space: invite.space, request: request.id, state: 'admitted' });
  settle(desk, approved, await answerTo(desk, approved, invite));
  return ok(null);
}

export async function deny(desk: Desk, request: Request, why: keyof typeof AWAY): Promise<void> {
  const denied: Request = { ...request, state: 'denied' };
  await desk.book.write({ requests: [denied] });
  const space = desk.book.invite(request.invite)?.space;
  if (space !== undefined) desk.kernel.emit({ type: 'request', space, request: request.id, state: 'denied' });
  settle(desk, denied, { state: 'away', why: away(why) });
}

/** Why this guest does not get in, before anything is kept; null when it may ask. */
export function objection(desk: Desk, guest: Guest, invite: Invite): TurnedAway | null {
  const { kernel, book } = desk;
  const known = book.request(guest.invite, guest.device);
  if (known?.state === 'denied') return away('invite-denied');
  if (known?.state === 'approved') return null;
  if (invite.over) return away('invite-over');
  if (invite.used >= invite.uses) {
    kernel.emit({ type: 'alarm', alarm: 'invite-used', space: invite.space, device: guest.device });
    return away('invite-used');
  }
  const found = usable(kernel, invite.space);
  if (!found.ok || !mayInvite(found.value.bench, 'viewer').ok) return away('invite-over');
  if (roleIn(found.value.bench, guest.person) !== null)
    return away('invite-over', 'you are in this space already: your devices that are in it bring it to this one');
  if (known !== null) return null;
  if (invite.expiresAt <= kernel.clock.nowMs()) return away('invite-expired');
  const others = book.requests().filter((one) => one.invite === invite.id && one.state === 'waiting');
  return others.length >= WAITING_MAX ? away('invite-busy') : null;
}

async function keep(desk: Desk, guest: Guest, invite: Invite, device: ConsentedCard): Promise<Request> {
  const { kernel, book } = desk;
  const known = book.request(guest.invite, guest.device);
  if (known !== null && (known.state !== 'waiting' || known.person === guest.person)) return known;
  const { personName, deviceName, person } = guest;
  const id = known?.id ?? toHex(kernel.random.bytes(16));
  const request: Request = {
    id,
    invite: invite.id,
    person,
    personName,
    deviceName,
    device: { card: { ...device.card, sealingKey: device.card.sealingKey.slice() }, consent: device.consent.slice() },
    at: kernel.clock.nowMs(),
    state: 'waiting',
    role: invite.role,
  };
  await book.write({ requests: [request] });
  kernel.emit({ type: 'request', space: invite.space, request: id, state: 'waiting' });
  return request;
}

export async function ask(desk: Desk, guest: Guest, device: ConsentedCard): Promise<Admitted> {
  const invite = desk.book.invite(guest.invite);
  const why = invite === null ? away('invite-over') : objection(desk, guest, invite);
  if (invite === null || why !== null) return { state: 'away', why: why ?? away('invite-over') };
  if (!verifyConsent(desk.kernel.crypto, device, invite.space, guest.person))
    return { state: 'away', why: { code: 'signature', words: 'the consent does not hold for this space' } };
  const request = await keep(desk, guest, invite, device);
  if (request.state !== 'waiting' || invite.asks) return answerTo(desk, request, invite);
  const admitted = await admit(desk, request, ROLES[invite.role] ?? 'viewer');
  const now = desk.book.request(guest.invite, guest.device) ?? request;
  return admitted.ok ? answerTo(desk, now, invite) : { state: 'waiting' };
}
