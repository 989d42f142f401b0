/** Registering, signing in and staying signed in, over both databases; and everything that must not sign anybody in. */
import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import type { Tokens } from '@leanvibe/protocol/http/auth';
import { describe, expect, test } from 'vitest';
import { createVirtualClock } from '../../../help/clock.js';
import { openTestDatabases } from '../../../help/relay-db.js';
import { problemOf } from '../../../help/relay-http.js';
import { createTestPeople, expected, ISSUER, PASSWORD, SECRET, type TestPeople } from '../../../help/relay-people.js';

const MINUTE_MS = 60_000;

for (const databases of openTestDatabases()) {
  describe(`signing in on ${databases.name}`, () => {
    const start = async (options?: Parameters<typeof createTestPeople>[1]): Promise<TestPeople> =>
      createTestPeople(await databases.open(), options);
    const login = (relay: TestPeople, email: string, password = PASSWORD, more: object = {}, peer?: string): Promise<Response> =>
      relay.post('/api/v1/auth/login', { email, password, ...more }, undefined, peer);
    const account = (relay: TestPeople, token: string): Promise<Response> => relay.ask('GET', '/api/v1/account', { token });

    test('who registers signs in, and is known by any spelling of the address', async () => {
      const relay = await start();
      await relay.join('Alice@Example.org');
      const again = (await expected(await login(relay, ' alice@example.ORG '), 200)) as Tokens;
      const shown = (await expected(await account(relay, again.accessToken), 200)) as { readonly email: string; readonly tier: string };
      expect([shown.email, shown.tier]).toEqual(['alice@example.org', 'free']);
      const rows = JSON.stringify(await relay.db.sql.selectFrom('account').selectAll().execute());
      expect(rows).not.toContain(PASSWORD);
      expect(JSON.stringify(await relay.db.sql.selectFrom('refresh').selectAll().execute())).not.toContain(again.refreshToken);
    });

    test('passwords: length in characters, any Unicode in any form, nothing widely known', async () => {
      const relay = await start();
      const register = async (password: string, email = `${Math.abs(password.length)}x@example.org`): Promise<number> =>
        (await relay.post('/api/v1/auth/register', { email, password })).status;
      for (const bad of [
        'elevenchars',
        '123456789012',
        'passwordpassword',
        'password1234',
        'Password!!!!',
        'aaaaaaaaaaaa',
        'abababababab',
        'qwertyuiop12',
        'hans@example.org',
      ])
        expect([bad, await register(bad, 'hans@example.org')]).toEqual([bad, 422]);
      expect(await register('x'.repeat(3) + 'y z'.repeat(85))).toBe(422);
      expect(await register('🦩🦩🦆🦆🐦🐦🦉🦉🦅🦅🐧🐧', 'birds@example.org')).toBe(202);
      expect(await register('correct horse battery staple, and then some more words up to 64 and beyond', 'long@example.org')).toBe(202);
      expect(await register('zwölf Umläute', 'umlaut@example.org')).toBe(202);
      expect((await login(relay, 'umlaut@example.org', 'zwölf Umläute'.normalize('NFD'))).status).toBe(200);
    });

    test('nothing tells whether an address has an account, where mail confirms', async () => {
      const relay = await start({ accounts: { confirm: 'mail' } });
      await relay.post('/api/v1/auth/register', { email: 'known@example.org', password: PASSWORD });
      const { token } = await relay.letterTo('known@example.org');
      expect((await login(relay, 'known@example.org')).status).toBe(401);
      await expected(await relay.post('/api/v1/auth/confirm', { token }), 200);
      expect(await problemOf(await relay.post('/api/v1/auth/confirm', { token }))).toBe('forbidden');
      expect((await login(relay, 'known@example.org')).status).toBe(200);
      const seen = async (email: string): Promise<unknown[]> => {
        const answers = [
          await relay.post('/api/v1/auth/register', { email, password: 'eleven tall cranes' }),
          await login(relay, email, 'eleven tall cranes'),
          await relay.post('/api/v1/auth/password/reset-request', { email }),
        ];
        return Promise.all(
          answers.map(async (answer) => {
            const headers = [...answer.headers].filter(([name]) => name !== 'x-request-id' && name !== 'ratelimit');
            return [answer.status, headers, (await answer.text()).replace(/"requestId":"\w+"/, '')];
          }),
        );
      };
      expect(await seen('known@example.org')).toEqual(await seen('nobody@example.org'));
      await relay.people.close();
      expect(relay.letters.map(({ kind, to }) => `${kind} ${to}`).toSorted()).toEqual(
        [
          'confirm known@example.org',
          'registered-already known@example.org',
          'reset known@example.org',
          'confirm nobody@example.org',
        ].toSorted(),
      );
    });

    test('an invite is good once; a closed relay takes nobody', async () => {
      const relay = await start({ accounts: { registration: 'invite' } });
      const register = (email: string, invite?: string): Promise<Response> =>
        relay.post('/api/v1/auth/register', { email, password: PASSWORD, ...(invite === undefined ? {} : { invite }) });
      const invite = await relay.people.makeInvite(MINUTE_MS);
      expect((await register('a@example.org')).status).toBe(403);
      expect((await register('a@example.org', invite)).status).toBe(202);
      expect((await register('b@example.org', invite)).status).toBe(403);
      const late = await relay.people.makeInvite(MINUTE_MS);
      await relay.clock.advance(MINUTE_MS);
      expect((await register('b@example.org', late)).status).toBe(403);
      const closed = await start({ accounts: { registration: 'closed' } });
      expect((await closed.post('/api/v1/auth/register', { email: 'a@example.org', password: PASSWORD })).status).toBe(403);
    });

    test('five failures lock the account for everybody and the address for every account, for a quarter of an hour, known or not', async () => {
      const relay = await start();
      await relay.join('alice@example.org');
      for (const email of ['alice@example.org', 'nobody@example.org']) {
        for (let at = 0; at < 5; at++) expect((await login(relay, email, 'wrong password', {}, `198.51.100.${at}`)).status).toBe(401);
        const locked = await login(relay, email, PASSWORD, {}, '198.51.100.77');
        expect([locked.status, locked.headers.get('retry-after')]).toEqual([429, '900']);
        expect((await login(relay, 'bob@example.org', PASSWORD, {}, '198.51.100.77')).status).toBe(401);
      }
      for (let at = 0; at < 5; at++) await login(relay, `bob${at}@example.org`, 'wrong password', {}, '203.0.113.1');
      expect((await login(relay, 'bob9@example.org', 'wrong password', {}, '203.0.113.1')).status).toBe(429);
      await relay.clock.advance(15 * MINUTE_MS);
      expect((await login(relay, 'alice@example.org', PASSWORD, {}, '203.0.113.1')).status).toBe(200);
    });

    test('a lock is over after its quarter of an hour also by a clock that was set back', async () => {
      const db = await databases.open();
      const ahead = await createTestPeople(db, { clock: createVirtualClock(10 * 3_600_000) });
      await ahead.join('alice@example.org');
      for (let at = 0; at < 5; at++) await login(ahead, 'alice@example.org', 'wrong password', {}, `198.51.100.${at}`);
      expect((await login(ahead, 'alice@example.org')).status).toBe(429);
      const back = await createTestPeople(db, { clock: createVirtualClock(9 * 3_600_000) });
      expect((await login(back, 'alice@example.org')).status).toBe(200);
    });

    test('many guesses at once are no more than many one after another', async () => {
      const relay = await start();
      await relay.join('alice@example.org');
      const statuses = await Promise.all(
        Array.from(
          { length: 30 },
          async (_, at) => (await login(relay, 'alice@example.org', 'wrong password', {}, `198.51.100.${at}`)).status,
        ),
      );
      expect(statuses.filter((status) => status === 401)).toHaveLength(5);
    });

    test('a refresh token is good once; using it again ends the whole sign-in', async () => {
      const relay = await start();
      const first = await relay.join('alice@example.org');
      const other = (await expected(await login(relay, 'alice@example.org'), 200)) as Tokens;
      const refresh = (refreshToken: string): Promise<Response> => relay.post('/api/v1/auth/refresh', { refreshToken });
      const second = (await expected(await refresh(first.refreshToken), 200)) as Tokens;
      const third = (await expected(await refresh(second.refreshToken), 200)) as Tokens;
      expect((await refresh(first.refreshToken)).status).toBe(401);
      expect((await refresh(third.refreshToken)).status).toBe(401);
      expect((await account(relay, third.accessToken)).status).toBe(401);
      expect((await account(relay, other.accessToken)).status).toBe(200);
      const twice = await Promise.all([refresh(other.refreshToken), refresh(other.refreshToken)]);
      expect(twice.filter(({ status }) => status === 200).length).toBeLessThanOrEqual(1);
      expect((await account(relay, other.accessToken)).status).toBe(401);
      const late = (await expected(await login(relay, 'alice@example.org'), 200)) as Tokens;
      await relay.clock.advance(30 * 86_400_000);
      expect((await refresh(late.refreshToken)).status).toBe(401);
    });

    test('logging out ends this sign-in, logging out everywhere all of them', async () => {
      const relay = await start();
      const [one, two] = [await relay.join('alice@example.org'), (await expected(await login(relay, 'alice@example.org'), 200)) as Tokens];
      const { token } = await relay.pair(one.accessToken);
      await expected(await relay.ask('POST', '/api/v1/auth/logout', { token: one.accessToken }), 200);
      expect([(await account(relay, one.accessToken)).status, (await account(relay, two.accessToken)).status]).toEqual([401, 200]);
      expect(await relay.people.doorman.admit(token)).not.toBeNull();
      await expected(await relay.post('/api/v1/auth/logout-all', { devices: true }, two.accessToken), 200);
      expect((await account(relay, two.accessToken)).status).toBe(401);
      expect(await relay.people.doorman.admit(token)).toBeNull();
    });

    test('access tokens: none but our own, for half an hour and what copies may be apart', async () => {
      const relay = await start();
      const { accessToken } = await relay.join('alice@example.org');
      const [head = '', body = ''] = accessToken.split('.');
      const claims = JSON.parse(Buffer.from(body, 'base64url').toString()) as Readonly<Record<string, unknown>>;
      const { kid } = JSON.parse(Buffer.from(head, 'base64url').toString()) as { readonly kid: string };
      const { publicKey } = await relay.db.sql.selectFrom('signingKey').select('publicKey').executeTakeFirstOrThrow();
      const coded = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
      const hmac = (header: object, key: string): string => {
        const text = `${coded(header)}.${body}`;
        return `${text}.${createHmac('sha256', key).update(text).digest('base64url')}`;
      };
      const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const own = (header: object, payload: object = claims): string => {
        const text = `${coded(header)}.${coded(payload)}`;
        return `${text}.${sign('sha256', Buffer.from(text), { key: pair.privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
      };
      const jwk = pair.publicKey.export({ format: 'jwk' });
      const forged = [
        `${coded({ alg: 'none', kid, typ: 'at+jwt' })}.${body}.`,
        `${coded({ alg: 'None', kid })}.${body}.`,
        hmac({ alg: 'HS256', kid, typ: 'at+jwt' }, publicKey),
        hmac({ alg: 'HS256', kid, typ: 'at+jwt' }, ''),
        own({ alg: 'ES256', kid, typ: 'at+jwt' }),
        own({ alg: 'ES256', kid, typ: 'at+jwt', jwk }),
        own({ alg: 'ES256', typ: 'at+jwt', jwk }),
        ...['../../dev/null', "x' union select '", '', 'ffffffffffffffff', '__proto__'].map((bad) =>
          own({ alg: 'ES256', kid: bad, typ: 'at+jwt' }),
        ),
        own({ alg: 'ES256', kid, typ: 'at+jwt', jku: 'https://evil.org/keys' }),
        accessToken.slice(0, -4),
        `${accessToken}.x`,
        `${head}..${accessToken.split('.')[2] ?? ''}`,
        'x'.repeat(2_000),
        'lvd_x',
      ];
      for (const token of forged) expect([token, (await account(relay, token)).status]).toEqual([token, 401]);
      await relay.clock.advance(30 * MINUTE_MS - 1_000);
      expect((await account(relay, accessToken)).status).toBe(200);
      await relay.clock.advance(1_000 + 5_000);
      expect((await account(relay, accessToken)).status).toBe(401);
      expect(claims['iss']).toBe(ISSUER);
    });

    test('a fresh token is good at a copy whose clock is a little behind', async () => {
      const db = await databases.open();
      const ahead = await createTestPeople(db, { clock: createVirtualClock(1_700_000_004_000) });
      const { accessToken } = await ahead.join('alice@example.org');
      const behind = await createTestPeople(db, { clock: createVirtualClock(1_700_000_000_000) });
      expect((await account(behind, accessToken)).status).toBe(200);
    });

    test('used refresh tokens of a sign-in that goes on are let go of once they are too old for anything', async () => {
      const relay = await start();
      let { refreshToken } = await relay.join('alice@example.org');
      for (let days = 0; days < 40; days += 10) {
        ({ refreshToken } = (await expected(await relay.post('/api/v1/auth/refresh', { refreshToken }), 200)) as Tokens);
        await relay.clock.advance(10 * 86_400_000);
      }
      await relay.people.sweep();
      expect(await relay.db.sql.selectFrom('refresh').select('usedMs').orderBy('expiresMs').execute()).toHaveLength(3);
      expect((await relay.post('/api/v1/auth/refresh', { refreshToken })).status).toBe(200);
    });

    test('keys are rotated without signing anybody out; a changed secret makes new ones', async () => {
      const relay = await start();
      const before = await relay.join('alice@example.org');
      await relay.people.rotateSigningKey();
      const after = (await expected(await login(relay, 'alice@example.org'), 200)) as Tokens;
      expect(before.accessToken.split('.')[0]).not.toBe(after.accessToken.split('.')[0]);
      for (const { accessToken } of [before, after]) expect((await account(relay, accessToken)).status).toBe(200);
      const rotated = await createTestPeople(relay.db, { clock: relay.clock, secret: `${SECRET} anew`, previousSecret: SECRET });
      for (const { accessToken } of [before, after]) expect((await account(rotated, accessToken)).status).toBe(200);
      const lost = await createTestPeople(relay.db, { clock: relay.clock, secret: `${SECRET} forgotten` });
      expect((await login(lost, 'alice@example.org')).status).toBe(200);
    });
  });
}
