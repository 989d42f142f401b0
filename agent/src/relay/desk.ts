/** Relays as a person deals with them: signing in and out, and how each stands. */
import type { Engine } from '@leanvibe/core/engine/api';
import type { ClockDep } from '@leanvibe/core/ports/clock';
import { ControlFailure } from '../control/error.js';
import type { AlarmView } from '../control/leaf-views.js';
import type { RelayLoginParams, RelayProofRow, RelayRow } from '../control/relay-views.js';
import type { RelayApi } from './api.js';
import type { KnownRelay, RelayBook } from './book.js';
import type { Farewells } from './farewell.js';
import type { RelayLinks } from './links.js';
import { exposureOf, mailboxRefusal, originTyped } from './words.js';

export interface RelayDesk {
  login(params: RelayLoginParams): Promise<RelayRow>;
  /** Absent: the only one. `told`: false when the relay could not be told yet: this device's token there counts until it is. */
  logout(typed: string | undefined): Promise<{ readonly origin: string; readonly told: boolean; readonly why: string | null }>;
  rows(): readonly RelayRow[];
  /** C33: entries read back at random. */
  prove(count: number): Promise<readonly RelayProofRow[]>;
}

export interface RelayDeskDeps extends ClockDep {
  readonly engine: Pick<Engine, 'relays' | 'spaces'>;
  readonly book: RelayBook;
  readonly links: RelayLinks;
  readonly farewells: Farewells;
  api(origin: string): Promise<RelayApi>;
  /** What this device is called at the relay. */
  label(): string;
  spaceName(space: string): string;
  /** What a person was told of relays since the start. */
  alarms(): readonly AlarmView[];
  /** Whether the person agreed that relays are told counts. */
  counted(): boolean;
}

/** A first answer is waited for so long, so that what is said after signing in is true. */
const WELCOME_MS = 8_000;
const LOOK_MS = 50;

export function createRelayDesk(deps: RelayDeskDeps): RelayDesk {
  const { book, clock, engine, farewells, links } = deps;

  const rowOf = (relay: KnownRelay): RelayRow => {
    const view = engine.relays.views().find((one) => one.origin === relay.origin);
    const { account, device, email, origin } = relay;
    const trouble = view === undefined ? links.trouble(origin) : null;
    return {
      origin,
      email,
      account,
      device,
      state: view?.state ?? (trouble?.refused === true ? 'refused' : 'offline'),
      reason: view?.reason ?? trouble?.words ?? null,
      mailboxes: (view?.mailboxes ?? []).map((one) => ({
        space: one.space,
        spaceName: deps.spaceName(one.space),
        mailbox: one.mailbox,
        state: one.state,
        reason: one.reason === null ? null : mailboxRefusal(one.reason),
        owner: one.owner,
        pending: one.pendingOut,
        pendingIn: one.pendingIn,
        entries: one.entries,
        acknowledged: one.acknowledged,
      })),
      doubts: deps.alarms().flatMap((one) => (one.relay === origin ? [{ alarm: one.alarm, message: one.message, at: one.at }] : [])),
    };
  };
  const known = (typed: string | undefined): KnownRelay => {
    const all = book.all();
    const [only] = all;
    if (typed === undefined) {
      if (only === undefined)
        throw new ControlFailure('not-found', 'this agent is signed in to no relay', 'leanvibe relay login <address>');
      if (all.length > 1) throw new ControlFailure('ambiguous', `signed in to ${all.map((one) => one.origin).join(', ')}`, 'say which one');
      return only;
    }
    const origin = originTyped(typed);
    const found = all.find((one) => one.origin === origin);
    if (found === undefined) throw new ControlFailure('not-found', `this agent is not signed in to ${typed}`, 'see: leanvibe relay status');
    return found;
  };
  const settled = async (origin: string): Promise<void> => {
    for (const untilMs = clock.nowMs() + WELCOME_MS; clock.nowMs() < untilMs; ) {
      const view = engine.relays.views().find((one) => one.origin === origin);
      if (view?.state === 'in-step' || view?.state === 'refused' || links.trouble(origin) !== null) return;
      await new Promise<void>((resolve) => clock.after(LOOK_MS, resolve));
    }
  };

  return {
    async login({ code, email, insecure = false, invite, password, register = false, relay }) {
      const origin = originTyped(relay);
      if (origin === null)
        throw new ControlFailure('bad-request', `${relay} is no address of a relay`, 'it looks like https://relay.example, without a path');
      if (!insecure && exposureOf(origin) === 'internet')
        throw new ControlFailure(
          'refused',
          `${origin} is not encrypted: anybody on the way could read your password and this device's token`,
          'use its https:// address; or, where the way there is safe by other means, add --insecure',
        );
      const api = await deps.api(origin);
      if (register) {
        const made = await api.register(email, password, invite ?? null);
        if (!made.ok)
          throw new ControlFailure(
            made.error.status === 0 ? 'unreachable' : 'refused',
            `no account was made at ${origin}: ${made.error.message}`,
          );
      }
      const signed = await api.signIn({ email, password, code: code ?? null, metrics: deps.counted() }, deps.label());
      if (!signed.ok) {
        const { message, status } = signed.error;
        const fix = register
          ? 'if the relay sent a letter, follow its link first; then sign in without --register'
          : status === 0
            ? 'check the address, and that the relay runs'
            : `a new account: leanvibe relay login ${origin} --register`;
        throw new ControlFailure(status === 0 ? 'unreachable' : 'refused', `not signed in to ${origin}: ${message}`, fix);
      }
      await book.put({ origin, email, ...signed.value });
      links.follow();
      // The token it had is of no use any more.
      await farewells.tell(origin);
      await settled(origin);
      return rowOf(known(origin));
    },
    async logout(typed) {
      const relay = known(typed);
      await book.leave(relay.origin);
      links.follow();
      const why = await farewells.tell(relay.origin);
      return { origin: relay.origin, told: why === null, why };
    },
    rows: () => book.all().map(rowOf),
    async prove(count) {
      const proofs = await engine.relays.prove(count);
      return proofs.map((one) => ({ ...one, spaceName: deps.spaceName(one.space) }));
    },
  };
}
