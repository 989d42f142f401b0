/** Invites (C42): an admission key handed out for one space, requests that wait for a person's word, and joining somebody else's space. */
import { type PersonId, toHex } from '@leanvibe/protocol/ids';
import { ROLES } from '@leanvibe/protocol/link';
import { createQueue, type Queue } from '../base/queue.js';
import { err, ok, type Result } from '../base/result.js';
import { signConsent } from '../group/consent.js';
import { startAccept, type Visiting } from '../pairing/guest.js';
import { type Hosting, serveGuest } from '../pairing/host.js';
import { enterSpace } from './enter.js';
import { createInviteBook, type Invite, type Request } from './invite-book.js';
import { admit, ask, away, deny, type Desk, nameOf, objection, requestView, viewOf } from './invite-desk.js';
import type { Kernel } from './kernel.js';
import type { InviteOptions, Invites } from './team-api.js';
import { mayInvite } from './teams-checks.js';
import { COPY, usable } from './teams.js';

export const INVITE_MS = 7 * 24 * 60 * 60_000;
const EXPIRES_MS_MAX = 365 * 24 * 60 * 60_000;
const USES_MAX = 1_000;
const INVITES_MAX = 1_000;
/** A used or expired invite is remembered this long, so that a late use is told from an unknown link. */
const REMEMBERED_MS = 30 * 24 * 60 * 60_000;

function checked(kernel: Kernel, { space, role, expiresInMs = INVITE_MS, uses = 1 }: InviteOptions): Result<null, string> {
  const found = usable(kernel, space);
  const may = found.ok ? mayInvite(found.value.bench, role) : found;
  if (!may.ok) return may;
  if (!Number.isSafeInteger(uses) || uses < 1 || uses > USES_MAX) return err(`an invite is for 1 to ${USES_MAX} people`);
  const lasts = Number.isSafeInteger(expiresInMs) && expiresInMs > 0 && expiresInMs <= EXPIRES_MS_MAX;
  return lasts ? ok(null) : err('an invite lasts for a year at most');
}

export interface InvitesAtStart {
  readonly invites: Invites;
  load(): Promise<void>;
}

const NOBODY = err('nobody waits under that name: look at who waits now');

function making({ kernel, book }: Desk, decisions: Queue): Pick<Invites, 'create' | 'list'> {
  const { clock, random } = kernel;
  const tidy = async (): Promise<void> => {
    const old = book.invites().filter((one) => one.expiresAt + REMEMBERED_MS < clock.nowMs());
    for (const { id } of old) await book.forget(id);
  };
  return {
    create: (options) =>
      decisions.run(async () => {
        const may = checked(kernel, options);
        if (!may.ok) return may;
        await tidy();
        if (book.invites().length >= INVITES_MAX)
          return err('there are too many invites on this device: old ones go 30 days after they end');
        const { space, role, expiresInMs = INVITE_MS, uses = 1, approval = 'ask' } = options;
        const madeAt = clock.nowMs();
        const made: Invite = {
          id: toHex(random.bytes(16)),
          secret: toHex(random.bytes(16)),
          space,
          role: ROLES.indexOf(role),
          madeAt,
          expiresAt: madeAt + expiresInMs,
          uses,
          used: 0,
          asks: approval === 'ask',
          over: false,
        };
        await book.write({ invites: [made] });
        return ok(viewOf(kernel, made));
      }),
    list: () => book.invites().map((one) => viewOf(kernel, one)),
  };
}

function deciding(desk: Desk, decisions: Queue): Pick<Invites, 'revoke' | 'pending' | 'approve' | 'deny'> {
  const { book } = desk;
  const find = (id: string): Request | null => book.requests().find((one) => one.id === id) ?? null;
  return {
    revoke: (id) =>
      decisions.run(async () => {
        const invite = book.invite(id);
        if (invite === null) return err('there is no such invite on this device');
        await book.write({ invites: [{ ...invite, over: true }] });
        for (const one of book.requests()) if (one.invite === id && one.state === 'waiting') await deny(desk, one, 'invite-over');
        return ok(null);
      }),
    pending: () =>
      book.requests().flatMap((one) => {
        const invite = book.invite(one.invite);
        return one.state === 'waiting' && invite !== null ? [requestView(one, invite)] : [];
      }),
    approve: (id, role) =>
      decisions.run(async () => {
        const request = find(id);
        return request === null ? NOBODY : admit(desk, request, role ?? ROLES[request.role] ?? 'viewer');
      }),
    deny: (id) =>
      decisions.run(async () => {
        const request = find(id);
        if (request?.state !== 'waiting') return NOBODY;
        await deny(desk, request, 'invite-denied');
        return ok(null);
      }),
  };
}

function hosting(desk: Desk, decisions: Queue): Hosting {
  const { kernel, book, waiting } = desk;
  return {
    self: kernel.identity.device,
    secretOf: (invite) => book.invite(invite)?.secret ?? null,
    doorFor(guest) {
      const invite = book.invite(guest.invite);
      const why = invite === null ? away('invite-proof') : objection(desk, guest, invite);
      if (invite === null || why !== null) return err(why ?? away('invite-proof'));
      return ok({ space: invite.space, role: invite.role, asks: invite.asks });
    },
    ask: (guest, device) => decisions.run(() => ask(desk, guest, device)),
    onDecided(guest, tell) {
      const key = nameOf(guest.invite, guest.device);
      const others = waiting.get(key) ?? new Set();
      waiting.set(key, others.add(tell));
      return () => {
        others.delete(tell);
        if (others.size === 0 && waiting.get(key) === others) waiting.delete(key);
      };
    },
    refused: (device, reason) => kernel.news.refuse(reason, device),
    fault: kernel.news.trouble,
  };
}

function visiting(kernel: Kernel): Visiting {
  const { crypto, identity } = kernel;
  const person = (): PersonId => kernel.home().id as string as PersonId;
  return {
    self: identity.device,
    card: identity.card,
    person,
    objection(space) {
      if (kernel.copies.cloned()) return COPY;
      const there = space === null ? undefined : kernel.spaces.get(space);
      const live = there !== undefined && there.removedAt() === null && there.group.standing(identity.device) === 'live';
      return live || space === kernel.home().id ? 'this device is in that space already' : null;
    },
    consentTo: (space) => signConsent(crypto, identity.signing, identity.card, space, person()),
    async enter(space, epochs) {
      await enterSpace(kernel, space, epochs, false, {});
      kernel.emit({ type: 'membership', space });
      kernel.sessions.refresh();
    },
    fault: kernel.news.trouble,
  };
}

export function createInvites(kernel: Kernel): InvitesAtStart {
  const { clock, crypto, random, vault, store } = kernel;
  const book = createInviteBook(vault, (batch) => store.commit(batch));
  const desk: Desk = { kernel, book, waiting: new Map() };
  /** One decision at a time: uses are counted exactly. */
  const decisions = createQueue();
  const invites: Invites = {
    ...making(desk, decisions),
    ...deciding(desk, decisions),
    serve: (channel) => serveGuest({ clock, crypto }, hosting(desk, decisions), channel),
    accept: (channel, options, on) => startAccept({ clock, crypto, random }, visiting(kernel), channel, options, on),
  };
  return { invites, load: book.load };
}
