/** Invites made on this device (C42): links to them, who knocked, and the person's answer. Guests are served while there is an invite they may mean. */
import type { Engine, EngineEvent } from '@leanvibe/core/engine/api';
import type { InviteView, RequestView } from '@leanvibe/core/engine/team-api';
import type { LoggerDep } from '@leanvibe/core/ports/logger';
import type { Role } from '@leanvibe/protocol/link';
import { ControlFailure } from '../control/error.js';
import type { InviteOffer, InviteRow, RequestRow } from '../control/team-views.js';
import { owners } from '../product/access.js';
import type { Catalogs } from '../product/catalog.js';
import { cleanName, type Names } from '../product/names.js';
import { byIdStart } from '../product/resolve.js';
import { isShared, type Teams } from '../product/teams.js';
import type { Lan } from '../transport/lan.js';
import { checkWords } from './check-words.js';
import { createInviteDoor, type DoorDeps } from './invite-door.js';
import { encodeInviteLink } from './invite-link.js';

export interface InvitesDeps extends DoorDeps, LoggerDep {
  readonly engine: Pick<Engine, 'device' | 'invites' | 'subscribe'>;
  readonly lan: Pick<Lan, 'addresses' | 'serve' | 'acceptOver'>;
  readonly names: Names;
  readonly teams: Teams;
  readonly catalogs: Catalogs;
  readonly told: (request: RequestRow, state: RequestState) => void;
}

export type RequestState = Extract<EngineEvent, { readonly type: 'request' }>['state'];

export interface NewInvite {
  readonly space: string | undefined;
  readonly role: Role;
  readonly expiresInMs: number;
  readonly uses: number;
  readonly auto: boolean;
}

export interface InviteDesk {
  create(wanted: NewInvite): Promise<InviteOffer>;
  /** The newest first. */
  list(space: string | undefined): readonly InviteRow[];
  revoke(id: string): Promise<InviteRow>;
  requests(): readonly RequestRow[];
  approve(id: string, role: Role | undefined): Promise<RequestRow>;
  deny(id: string): Promise<RequestRow>;
  stop(): void;
}

export function createInviteDesk(deps: InvitesDeps): InviteDesk {
  const { engine, lan, rendezvous, names, teams, catalogs, logger, told } = deps;
  const { invites } = engine;
  const door = createInviteDoor(deps);
  /** Also those that were just decided, for as long as the telling takes. */
  const known = new Map<string, RequestView>();

  const linkTo = ({ id, secret, space, expiresAtMs }: InviteView): string =>
    encodeInviteLink({
      device: engine.device,
      invite: id,
      secret,
      personName: names.person(),
      spaceName: names.ofSpace(space),
      expiresAtMs,
      origins: rendezvous?.origins() ?? [],
      addresses: lan.addresses(),
    });
  const rowOf = (view: InviteView): InviteRow => ({
    id: view.id,
    space: view.space,
    spaceName: names.ofSpace(view.space),
    role: view.role,
    expiresAt: new Date(view.expiresAtMs).toISOString(),
    uses: view.uses,
    used: view.used,
    approval: view.approval,
    state: view.state,
    link: view.state === 'open' ? linkTo(view) : null,
  });
  const requestOf = (view: RequestView): RequestRow => ({
    id: view.id,
    invite: view.invite,
    space: view.space,
    spaceName: names.ofSpace(view.space),
    role: view.role,
    personName: cleanName(view.personName, 'unnamed person'),
    deviceName: cleanName(view.deviceName),
    person: view.person,
    deviceId: view.device,
    words: checkWords(view.device),
    at: new Date(view.atMs).toISOString(),
  });

  /** A viewer cannot write them down, and nobody should have to guess who came. */
  const nameThem = async ({ space, person, personName, device, deviceName }: RequestView): Promise<void> => {
    const catalog = await catalogs.read(space);
    if (!catalog.people.some(({ id }) => id === person))
      await catalogs.edit(space, { type: 'person.name', id: person, name: cleanName(personName, 'unnamed person') });
    if (!catalog.devices.some(({ id }) => id === device))
      await catalogs.edit(space, { type: 'device.name', id: device, name: cleanName(deviceName) });
    await names.refresh();
  };

  const onRequest = (id: string, state: RequestState): void => {
    for (const one of invites.pending()) known.set(one.id, one);
    const request = known.get(id);
    if (request === undefined) return;
    told(requestOf(request), state);
    if (state === 'waiting') return;
    known.delete(id);
    if (state === 'admitted')
      nameThem(request).catch((error: unknown) =>
        logger.log('warn', 'name-not-kept', { why: error instanceof Error ? error.name : 'unknown' }),
      );
  };
  for (const one of invites.pending()) known.set(one.id, one);
  const unsubscribe = engine.subscribe((event) => {
    if (event.type === 'request') onRequest(event.request, event.state);
  });
  door.look();

  const inviteOf = (id: string): InviteView => byIdStart(invites.list(), id, 'invite', 'leanvibe invite list');
  const pendingOf = (id: string): RequestView => byIdStart(invites.pending(), id, 'request', 'leanvibe invite requests');

  return {
    async create({ space: text, role, expiresInMs, uses, auto }) {
      const view = teams.find(text);
      const name = names.ofSpace(view.space);
      if (!isShared(view))
        throw new ControlFailure(
          'refused',
          `${name} holds your own devices, and nobody else is invited into it`,
          'a device of yours: leanvibe pair; other people: leanvibe space create <name>, then invite into that',
        );
      if (view.standing !== 'live')
        throw new ControlFailure('refused', `you are not in ${name} ${view.standing === 'removed' ? 'any more' : 'yet'}`);
      await names.settlePerson();
      const made = await invites.create({ space: view.space, role, expiresInMs, uses, approval: auto ? 'auto' : 'ask' });
      if (!made.ok) throw new ControlFailure('refused', made.error, /^only an? /.test(made.error) ? `ask ${owners(view, names)}` : '');
      door.look();
      return { ...rowOf(made.value), link: linkTo(made.value) };
    },
    list(text) {
      const space = text === undefined ? null : teams.find(text).space;
      const views = invites.list().filter((one) => space === null || one.space === space);
      return [...views].sort((a, b) => b.madeAtMs - a.madeAtMs || (a.id < b.id ? -1 : 1)).map(rowOf);
    },
    async revoke(text) {
      const { id, state } = inviteOf(text);
      if (state === 'revoked') throw new ControlFailure('refused', 'that invite is taken back already');
      const done = await invites.revoke(id);
      if (!done.ok) throw new ControlFailure('refused', done.error);
      door.look();
      return rowOf(inviteOf(id));
    },
    requests: () => [...invites.pending()].sort((a, b) => a.atMs - b.atMs || (a.id < b.id ? -1 : 1)).map(requestOf),
    async approve(text, role) {
      const request = pendingOf(text);
      const done = await invites.approve(request.id, role);
      if (!done.ok) throw new ControlFailure('refused', done.error, 'to turn them away: leanvibe invite deny');
      return { ...requestOf(request), role: role ?? request.role };
    },
    async deny(text) {
      const request = pendingOf(text);
      const done = await invites.deny(request.id);
      if (!done.ok) throw new ControlFailure('refused', done.error);
      return requestOf(request);
    },
    stop() {
      unsubscribe();
      door.stop();
    },
  };
}
