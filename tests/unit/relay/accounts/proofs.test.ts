/** Second factors and new passwords: each code once, each letter once, and every other sign-in out. */
import type { Tokens } from '@leanvibe/protocol/http/auth';
import { createSecrets } from '@leanvibe/relay/internal/accounts/secrets';
import { TOTP } from 'otpauth';
import { describe, expect, test } from 'vitest';
import { createRandom } from '../../../help/random.js';
import { openTestDatabases } from '../../../help/relay-db.js';
import { problemOf } from '../../../help/relay-http.js';
import { createTestPeople, expected, PASSWORD, SECRET, type TestPeople } from '../../../help/relay-people.js';

const EMAIL = 'alice@example.org';
const STEP_MS = 30_000;

for (const databases of openTestDatabases()) {
  describe(`proofs on ${databases.name}`, () => {
    const start = async (): Promise<TestPeople> => createTestPeople(await databases.open());
    let address = 0;
    /** Each from an address of its own, so that the account alone is counted. */
    const login = (relay: TestPeople, code?: string, password = PASSWORD): Promise<Response> =>
      relay.post(
        '/api/v1/auth/login',
        { email: EMAIL, password, ...(code === undefined ? {} : { code }) },
        undefined,
        `203.0.113.${address++}`,
      );

    async function enrol(
      relay: TestPeople,
    ): Promise<{ readonly codeAt: (steps: number) => string; readonly recoveryCodes: readonly string[]; readonly token: string }> {
      const { accessToken: token } = await relay.join(EMAIL);
      expect((await relay.post('/api/v1/auth/mfa/setup', { password: 'not the password' }, token)).status).toBe(401);
      const { secret, uri } = (await expected(await relay.post('/api/v1/auth/mfa/setup', { password: PASSWORD }, token), 200)) as {
        readonly secret: string;
        readonly uri: string;
      };
      expect(uri).toContain(`secret=${secret}`);
      const codeAt = (steps: number): string => new TOTP({ secret }).generate({ timestamp: relay.clock.nowMs() + steps * STEP_MS });
      expect((await login(relay)).status).toBe(200);
      const { recoveryCodes } = (await expected(await relay.post('/api/v1/auth/mfa/confirm', { code: codeAt(0) }, token), 200)) as {
        readonly recoveryCodes: readonly string[];
      };
      const stored = await relay.db.sql.selectFrom('recoveryCode').selectAll().execute();
      expect(JSON.stringify(stored)).not.toContain(recoveryCodes[0]);
      return { codeAt, recoveryCodes, token };
    }

    test('a code is asked for, taken one step early or late, and never twice', async () => {
      const relay = await start();
      const { codeAt } = await enrol(relay);
      expect(await problemOf(await login(relay))).toBe('code-needed');
      expect((await login(relay, codeAt(0))).status).toBe(401);
      await relay.clock.advance(2 * STEP_MS);
      const late = codeAt(-1);
      expect((await login(relay, late)).status).toBe(200);
      expect((await login(relay, late)).status).toBe(401);
      const early = codeAt(1);
      const twice = await Promise.all([login(relay, early), login(relay, early)]);
      expect(twice.map(({ status }) => status).toSorted()).toEqual([200, 401]);
      expect((await login(relay, codeAt(0))).status).toBe(401);
      await relay.clock.advance(2 * STEP_MS);
      expect((await login(relay, codeAt(2))).status).toBe(401);
      expect((await login(relay, codeAt(-2))).status).toBe(401);
    });

    test('wrong codes lock like wrong passwords, though the password is right', async () => {
      const relay = await start();
      const { codeAt } = await enrol(relay);
      await relay.clock.advance(10 * STEP_MS);
      const wrong = codeAt(1_000);
      for (let at = 0; at < 5; at++) expect((await login(relay, wrong)).status).toBe(401);
      expect((await login(relay, codeAt(0))).status).toBe(429);
    });

    test('neither a sign-in without a code nor a letter that resets makes room for more wrong codes', async () => {
      const relay = await start();
      const { codeAt } = await enrol(relay);
      await relay.clock.advance(10 * STEP_MS);
      const wrong = codeAt(1_000);
      const statuses: number[] = [];
      for (let at = 0; at < 4; at++) statuses.push((await login(relay, wrong)).status);
      expect(await problemOf(await login(relay))).toBe('code-needed');
      for (let at = 0; at < 4; at++) statuses.push((await login(relay, wrong)).status);
      expect(statuses).toEqual([401, 401, 401, 401, 401, 429, 429, 429]);
      expect(await problemOf(await login(relay))).toBe('too-many');
      await relay.post('/api/v1/auth/password/reset-request', { email: EMAIL });
      const { token } = await relay.letterTo(EMAIL);
      await expected(await relay.post('/api/v1/auth/password/reset', { token, next: 'twelve new words' }), 200);
      expect((await login(relay, codeAt(0), 'twelve new words')).status).toBe(429);
      await relay.clock.advance(30 * STEP_MS);
      expect((await login(relay, codeAt(0), 'twelve new words')).status).toBe(200);
    });

    test('who is asked for a code is not counted as failing, however often', async () => {
      const relay = await start();
      const { codeAt } = await enrol(relay);
      await relay.clock.advance(10 * STEP_MS);
      for (let at = 0; at < 7; at++) expect(await problemOf(await login(relay))).toBe('code-needed');
      expect((await login(relay, codeAt(0))).status).toBe(200);
    });

    test('once a copy started with the rotated secret, the former one is needed for nothing any more', async () => {
      const relay = await start();
      const { codeAt } = await enrol(relay);
      const anew = { clock: relay.clock, secret: `${SECRET} anew` };
      await createTestPeople(relay.db, { ...anew, previousSecret: SECRET });
      // A copy that still has the former one goes on meanwhile; what it seals is found by the next sweep.
      const { accessToken } = await relay.join('bob@example.org');
      await expected(await relay.post('/api/v1/auth/mfa/setup', { password: PASSWORD }, accessToken), 200);
      const both = await createTestPeople(relay.db, { ...anew, previousSecret: SECRET });
      await both.people.sweep();
      const now = createSecrets(anew.secret, null, createRandom('now'));
      for (const row of await relay.db.sql.selectFrom('account').select(['account', 'totp', 'totpNext']).execute())
        for (const sealed of [row.totp, row.totpNext]) expect(sealed === null || now.openNow(`totp ${row.account}`, sealed)).not.toBeNull();
      const keys = await relay.db.sql.selectFrom('signingKey').select(['kid', 'privateKey']).where('retiredMs', 'is', null).execute();
      for (const { kid, privateKey } of keys) expect(now.openNow(`signing ${kid}`, privateKey)).not.toBeNull();
      const alone = await createTestPeople(relay.db, anew);
      await relay.clock.advance(10 * STEP_MS);
      const tokens = (await expected(await login(alone, codeAt(0)), 200)) as Tokens;
      expect((await alone.ask('GET', '/api/v1/account', { token: tokens.accessToken })).status).toBe(200);
    });

    test('where the secret is lost, an authenticator is answered in words, locks nobody, and is set up again by a recovery code', async () => {
      const relay = await start();
      const { codeAt, recoveryCodes } = await enrol(relay);
      const lost = await createTestPeople(relay.db, { clock: relay.clock, secret: `${SECRET} forgotten` });
      await relay.clock.advance(10 * STEP_MS);
      for (let at = 0; at < 7; at++) {
        const answer = await login(lost, codeAt(0));
        expect([answer.status, await answer.text()]).toEqual([401, expect.stringContaining('use a recovery code')]);
      }
      const [first = '', second = ''] = recoveryCodes;
      const { accessToken } = (await expected(await login(lost, first), 200)) as Tokens;
      await expected(await lost.post('/api/v1/auth/mfa/disable', { password: PASSWORD, code: second }, accessToken), 200);
      await expected(await lost.post('/api/v1/auth/mfa/setup', { password: PASSWORD }, accessToken), 200);
    });

    test('ten recovery codes, each good once', async () => {
      const relay = await start();
      const { recoveryCodes, token } = await enrol(relay);
      expect(new Set(recoveryCodes).size).toBe(10);
      const [first = '', second = ''] = recoveryCodes;
      expect((await login(relay, first.toUpperCase())).status).toBe(200);
      expect((await login(relay, first)).status).toBe(401);
      expect((await login(relay, 'aaaa-bbbb-cccc-dddd')).status).toBe(401);
      expect((await expected(await relay.ask('GET', '/api/v1/account', { token }), 200)) as object).toMatchObject({
        mfa: true,
        recoveryCodesLeft: 9,
      });
      expect((await relay.post('/api/v1/auth/mfa/setup', { password: PASSWORD }, token)).status).toBe(409);
      expect((await relay.post('/api/v1/auth/mfa/disable', { password: 'not the password', code: second }, token)).status).toBe(401);
      await expected(await relay.post('/api/v1/auth/mfa/disable', { password: PASSWORD, code: second }, token), 200);
      expect((await login(relay)).status).toBe(200);
    });

    test('a changed password ends every other sign-in', async () => {
      const relay = await start();
      const mine = await relay.join(EMAIL);
      const other = (await expected(await login(relay), 200)) as Tokens;
      const change = (current: string, next: string): Promise<Response> =>
        relay.post('/api/v1/auth/password/change', { current, next }, mine.accessToken);
      expect((await change('not the password', 'twelve new words')).status).toBe(401);
      expect((await change(PASSWORD, 'password1234')).status).toBe(422);
      await expected(await change(PASSWORD, 'twelve new words'), 200);
      expect((await relay.ask('GET', '/api/v1/account', { token: other.accessToken })).status).toBe(401);
      expect((await relay.ask('GET', '/api/v1/account', { token: mine.accessToken })).status).toBe(200);
      expect((await relay.post('/api/v1/auth/refresh', { refreshToken: other.refreshToken })).status).toBe(401);
      expect([(await login(relay)).status, (await login(relay, undefined, 'twelve new words')).status]).toEqual([401, 200]);
    });

    test('a letter resets once and for an hour, ends every sign-in, and lifts the lock', async () => {
      const relay = await start();
      const { accessToken } = await relay.join(EMAIL);
      const ask = async (): Promise<string> => {
        const before = relay.letters.length;
        await expected(await relay.post('/api/v1/auth/password/reset-request', { email: EMAIL }), 202);
        while (relay.letters.length === before) await new Promise(setImmediate);
        return relay.letters.at(-1)?.token ?? '';
      };
      const reset = (token: string, next = 'twelve new words'): Promise<Response> =>
        relay.post('/api/v1/auth/password/reset', { token, next });
      const replaced = await ask();
      const token = await ask();
      for (let at = 0; at < 6; at++)
        await relay.post('/api/v1/auth/login', { email: EMAIL, password: 'wrong password' }, undefined, `198.51.100.${at}`);
      expect((await login(relay)).status).toBe(429);
      expect((await reset(replaced)).status).toBe(403);
      expect((await reset(token, 'short')).status).toBe(422);
      await expected(await reset(token), 200);
      expect((await reset(token, 'thirteen new words')).status).toBe(403);
      expect((await relay.ask('GET', '/api/v1/account', { token: accessToken })).status).toBe(401);
      expect((await login(relay, undefined, 'twelve new words')).status).toBe(200);
      const late = await ask();
      await relay.clock.advance(3_600_000);
      expect((await reset(late)).status).toBe(403);
      expect(JSON.stringify(await relay.db.sql.selectFrom('reset').selectAll().execute())).not.toContain(late);
    });
  });
}
