/** A COMMIT whose answer is lost is done over: each time what was done is known again, and nobody is told anything else. */
import type { Tokens } from '@leanvibe/protocol/http/auth';
import type { Paired } from '@leanvibe/protocol/http/devices';
import type { BillingEvent } from '@leanvibe/protocol/http/plans';
import { setTier } from '@leanvibe/relay/internal/accounts/others';
import { applyBilling } from '@leanvibe/relay/internal/plans/billing';
import { projectRoutes } from '@leanvibe/relay/internal/projects/routes';
import { describe, expect, test } from 'vitest';
import { openTestDatabases } from '../../../help/relay-db.js';
import { problemOf } from '../../../help/relay-http.js';
import { breakable, type BreakableDatabase, whileTimePasses } from '../../../help/relay-lost-answer.js';
import { createTestPeople, expected, PASSWORD, type TestPeople, type TestPeopleOptions } from '../../../help/relay-people.js';
import { chance } from '../../../help/store-things.js';
import { systemClock } from '../../../help/system-clock.js';

const EMAIL = 'alice@example.org';
const NEXT = 'twelve new words';

interface Breakable extends BreakableDatabase {
  readonly relay: TestPeople;
  /** Another copy of the relay, on the database as it is. */
  other(): Promise<TestPeople>;
  /** Asks while the next transaction's answer is lost. */
  losing(ask: () => Promise<Response>, status: number): Promise<unknown>;
}

for (const databases of openTestDatabases()) {
  describe(`answers lost on ${databases.name}`, () => {
    const start = async (options?: TestPeopleOptions): Promise<Breakable> => {
      const real = await databases.open();
      const broken = breakable(real);
      const relay = await createTestPeople(broken.db, options);
      return {
        ...broken,
        relay,
        other: () => createTestPeople(real, { clock: relay.clock }),
        async losing(ask, status) {
          broken.loseAnswers(1);
          return expected(await whileTimePasses(relay.clock, ask()), status);
        },
      };
    };
    const account = (relay: TestPeople, token: string): Promise<Response> => relay.ask('GET', '/api/v1/account', { token });

    test('signing up, in, and staying signed in', async () => {
      const { relay, losing } = await start();
      await losing(() => relay.post('/api/v1/auth/register', { email: EMAIL, password: PASSWORD }), 202);
      const signIn = (): Promise<Response> => relay.post('/api/v1/auth/login', { email: EMAIL, password: PASSWORD });
      const first = (await losing(signIn, 200)) as Tokens;
      const refresh =
        ({ refreshToken }: Tokens) =>
        (): Promise<Response> =>
          relay.post('/api/v1/auth/refresh', { refreshToken });
      const second = (await losing(refresh(first), 200)) as Tokens;
      expect((await account(relay, second.accessToken)).status).toBe(200);
      const third = (await expected(await refresh(second)(), 200)) as Tokens;
      expect((await refresh(second)()).status).toBe(401);
      expect((await account(relay, third.accessToken)).status).toBe(401);
      await relay.people.audit.flush();
      const trail = await relay.db.sql.selectFrom('audit').select(['act', 'outcome']).execute();
      expect(trail.map(({ act, outcome }) => `${act} ${outcome}`).toSorted()).toEqual([
        'login done',
        'refresh.reused refused',
        'register done',
      ]);
    });

    test('letters that confirm and reset, and invites', async () => {
      const { relay, losing } = await start({ accounts: { confirm: 'mail', registration: 'invite' } });
      const invite = await relay.people.makeInvite(60_000_000);
      const register = (email: string): Promise<Response> => relay.post('/api/v1/auth/register', { email, password: PASSWORD, invite });
      await losing(() => register(EMAIL), 202);
      expect((await register('bob@example.org')).status).toBe(403);
      const { token } = await relay.letterTo(EMAIL);
      await losing(() => relay.post('/api/v1/auth/confirm', { token }), 200);
      expect((await relay.post('/api/v1/auth/confirm', { token })).status).toBe(403);
      await relay.post('/api/v1/auth/password/reset-request', { email: EMAIL });
      await expect.poll(() => relay.letters.at(-1)?.kind).toBe('reset');
      const reset = relay.letters.at(-1)?.token;
      await losing(() => relay.post('/api/v1/auth/password/reset', { token: reset, next: NEXT }), 200);
      expect((await relay.post('/api/v1/auth/password/reset', { token: reset, next: NEXT })).status).toBe(403);
      await expected(await relay.post('/api/v1/auth/login', { email: EMAIL, password: NEXT }), 200);
    });

    test('devices paired and revoked', async () => {
      const { relay, losing } = await start({ devices: 1 });
      const { accessToken: token, account: alice } = await relay.join(EMAIL);
      const { device, token: deviceToken } = (await losing(
        () => relay.post('/api/v1/devices/pair', { kind: 'mac_agent', label: 'a device' }, token),
        201,
      )) as Paired;
      expect((await relay.people.doorman.admit(deviceToken))?.device).toBe(device.device);
      await losing(() => relay.ask('DELETE', `/api/v1/devices/${device.device}`, { token }), 204);
      expect(await relay.people.doorman.admit(deviceToken)).toBeNull();
      expect(relay.hints).toEqual([{ type: 'revoked', account: alice, device: device.device }]);
      expect((await relay.ask('DELETE', `/api/v1/devices/${device.device}`, { token })).status).toBe(404);
    });

    test('projects removed, and billing', async () => {
      const broken = breakable(await databases.open());
      const routes = projectRoutes({
        db: broken.db,
        clock: systemClock,
        random: chance,
        audit: { note: () => undefined, flush: () => Promise.resolve(), close: () => Promise.resolve() },
      });
      const relay = await createTestPeople(broken.db, { routes });
      const { accessToken: token, account: alice } = await relay.join(EMAIL);
      const path = `/api/v1/projects/${'ab'.repeat(16)}`;
      await expected(await relay.ask('PUT', path, { token, json: { name: null } }), 200);
      broken.loseAnswers(1);
      expect((await relay.ask('DELETE', path, { token })).status).toBe(204);
      expect((await relay.ask('DELETE', path, { token })).status).toBe(404);
      const event: BillingEvent = {
        id: 'evt_1',
        type: 'customer.subscription.created',
        created: 1,
        data: { object: { id: 'sub_1', object: 'subscription', status: 'active', metadata: { account: alice, tier: 'team' } } },
      };
      const apply = (): Promise<string> => applyBilling({ db: broken.db, clock: systemClock, random: chance, setTier }, event);
      broken.loseAnswers(1);
      expect([await apply(), await apply()]).toEqual(['applied', 'seen']);
    });

    test('an invite outlives whatever fails before there is an account', async () => {
      const { relay, goAway } = await start({ accounts: { registration: 'invite' } });
      const invite = await relay.people.makeInvite(60_000);
      const register = (): Promise<Response> => relay.post('/api/v1/auth/register', { email: EMAIL, password: PASSWORD, invite });
      goAway(1);
      expect(await problemOf(await register())).toBe('unavailable');
      expect((await register()).status).toBe(202);
      expect((await register()).status).toBe(403);
    });

    test('a password that is reset while somebody signs in with the old one leaves them outside', async () => {
      const { relay, beforeNext, other: another } = await start();
      await relay.join(EMAIL);
      const other = await another();
      await relay.post('/api/v1/auth/password/reset-request', { email: EMAIL });
      const { token } = await relay.letterTo(EMAIL);
      beforeNext(async () => void (await expected(await other.post('/api/v1/auth/password/reset', { token, next: NEXT }), 200)));
      const late = await relay.post('/api/v1/auth/login', { email: EMAIL, password: PASSWORD });
      expect([late.status, await late.text()]).toEqual([401, expect.stringContaining('changed')]);
      expect(await relay.db.sql.selectFrom('session').select('session').where('endedMs', 'is', null).execute()).toEqual([]);
      await expected(await relay.post('/api/v1/auth/login', { email: EMAIL, password: NEXT }), 200);
    });
  });
}
