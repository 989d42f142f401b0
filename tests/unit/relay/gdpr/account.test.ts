/** What is held of an account: told whole to its owner, and gone whole after thirty days, but for a receipt. */
import { describe, expect, test } from 'vitest';
import { openTestDatabases } from '../../../help/relay-db.js';
import { problemOf } from '../../../help/relay-http.js';
import { createTestPeople, expected, PASSWORD, type TestPeople } from '../../../help/relay-people.js';
import type { Tokens } from '@leanvibe/protocol/http/auth';

const DAY_MS = 86_400_000;

for (const databases of openTestDatabases()) {
  describe(`accounts on ${databases.name}`, () => {
    const start = async (): Promise<TestPeople> => createTestPeople(await databases.open());
    const signIn = async (relay: TestPeople, email: string): Promise<Tokens> =>
      (await expected(await relay.post('/api/v1/auth/login', { email, password: PASSWORD }), 200)) as Tokens;

    test('the export holds everything of its owner, nothing of anybody else, and no secret', async () => {
      const relay = await start();
      const [alice, bob] = [await relay.join('alice@example.org'), await relay.join('bob@example.org')];
      const [hers, his] = [await relay.pair(alice.accessToken), await relay.pair(bob.accessToken)];
      const answer = await relay.ask('GET', '/api/v1/account/export', { token: alice.accessToken });
      const text = await answer.text();
      const { rooms } = JSON.parse(text) as { readonly rooms: Readonly<Record<string, readonly object[]>> };
      expect(Object.keys(rooms)).toEqual(['account', 'sessions', 'devices', 'audit']);
      expect(rooms['account']).toMatchObject([{ email: 'alice@example.org' }]);
      expect(rooms['devices']).toMatchObject([{ device: hers.device.device }]);
      expect(rooms['audit']?.map((row) => (row as { readonly act: string }).act).toSorted()).toEqual([
        'account.export',
        'device.pair',
        'login',
        'register',
      ]);
      for (const not of [bob.account, his.device.device, 'bob@example.org', 'argon2', alice.refreshToken, hers.token, '192.0.2.1'])
        expect(text).not.toContain(not);
    });

    test('the trail is read page by page, and an address is the same word each time but not the address', async () => {
      const relay = await start();
      const { accessToken } = await relay.join('alice@example.org');
      await relay.post('/api/v1/auth/login', { email: 'alice@example.org', password: 'wrong password' });
      for (let at = 0; at < 3; at++) await relay.clock.advance(1_000).then(() => relay.pair(accessToken));
      const acts: string[] = [];
      const addresses = new Set<string | null>();
      for (let cursor = ''; ; ) {
        const list = (await expected(await relay.ask('GET', `/api/v1/account/audit?limit=2${cursor}`, { token: accessToken }), 200)) as {
          readonly items: readonly { readonly act: string; readonly outcome: string; readonly address: string | null }[];
          readonly next: string | null;
        };
        acts.push(...list.items.map(({ act, outcome }) => `${act} ${outcome}`));
        for (const { address } of list.items) addresses.add(address);
        if (list.next === null) break;
        cursor = `&cursor=${list.next}`;
      }
      expect(acts.toSorted()).toEqual([
        'device.pair done',
        'device.pair done',
        'device.pair done',
        'login done',
        'login refused',
        'register done',
      ]);
      expect([...addresses]).toEqual([expect.stringMatching(/^[0-9a-f]{32}$/)]);
    });

    test('what could not be written of the trail when the relay ends is counted and logged', async () => {
      let lost = 0;
      const logged: string[] = [];
      const logger = { log: (_level: string, event: string) => void logged.push(event) };
      const relay = await createTestPeople(await databases.open(), { auditLost: () => void lost++, logger });
      const { accessToken } = await relay.join('alice@example.org');
      await relay.people.audit.flush();
      await relay.pair(accessToken);
      await relay.db.close();
      await relay.people.close();
      expect(lost).toBe(1);
      expect(logged).toContain('audit-lost-at-end');
    });

    test('consent is given and taken back', async () => {
      const relay = await start();
      const { accessToken: token } = await relay.join('alice@example.org');
      const consent = async (): Promise<number | null> =>
        ((await expected(await relay.ask('GET', '/api/v1/account', { token }), 200)) as { readonly consentMs: number | null }).consentMs;
      expect(await consent()).toBeNull();
      await expected(await relay.post('/api/v1/account/consent', { metrics: true }, token), 200);
      expect(await consent()).toBe(relay.clock.nowMs());
      await expected(await relay.post('/api/v1/account/consent', { metrics: false }, token), 200);
      expect(await consent()).toBeNull();
    });

    test('a deleted account can do nothing but come back, with all its devices', async () => {
      const relay = await start();
      const { accessToken } = await relay.join('alice@example.org');
      const { token } = await relay.pair(accessToken);
      expect(await relay.people.doorman.admit(token)).not.toBeNull();
      const remove = (password: string): Promise<Response> =>
        relay.ask('DELETE', '/api/v1/account', { token: accessToken, json: { password } });
      expect((await remove('not the password')).status).toBe(401);
      await expected(await remove(PASSWORD), 202);
      expect((await relay.ask('GET', '/api/v1/account', { token: accessToken })).status).toBe(401);
      expect(await relay.people.doorman.admit(token)).toBeNull();
      const back = await signIn(relay, 'alice@example.org');
      expect(await problemOf(await relay.post('/api/v1/devices/pair', { kind: 'pwa', label: 'x' }, back.accessToken))).toBe(
        'insufficient-scope',
      );
      expect((await relay.ask('GET', '/api/v1/account/export', { token: back.accessToken })).status).toBe(200);
      await relay.clock.advance(29 * DAY_MS);
      expect(await relay.people.sweep()).toBe(0);
      const late = await signIn(relay, 'alice@example.org');
      await expected(await relay.ask('POST', '/api/v1/account/restore', { token: late.accessToken }), 200);
      expect(await relay.people.doorman.admit(token)).not.toBeNull();
      await relay.clock.advance(2 * DAY_MS);
      expect(await relay.people.sweep()).toBe(0);
    });

    test('after thirty days nothing of it is in any table, but the receipt; others keep everything', async () => {
      const relay = await start();
      const [alice, bob] = [await relay.join('alice@example.org'), await relay.join('bob@example.org')];
      for (const { accessToken } of [alice, bob]) await relay.pair(accessToken);
      await relay.post('/api/v1/auth/password/reset-request', { email: 'alice@example.org' });
      await relay.letterTo('alice@example.org');
      const { receipt } = (await expected(
        await relay.ask('DELETE', '/api/v1/account', { token: alice.accessToken, json: { password: PASSWORD } }),
        202,
      )) as {
        readonly receipt: string;
      };
      const asked = (): Promise<Response> => relay.ask('GET', `/api/v1/receipts/${receipt}`);
      expect((await asked()).status).toBe(404);
      await relay.clock.advance(30 * DAY_MS);
      expect(await relay.people.sweep()).toBe(1);
      expect(relay.swept).toEqual(['alice@example.org']);
      expect(await expected(await asked(), 200)).toMatchObject({ receipt, rows: { account: 1, devices: 1, sessions: 2, proofs: 1 } });
      for (const table of ['account', 'session', 'refresh', 'device', 'audit', 'reset', 'recoveryCode', 'pending', 'receipt'] as const) {
        const rows = JSON.stringify(await relay.db.sql.selectFrom(table).selectAll().execute());
        for (const trace of [alice.account, 'alice@example.org']) expect(rows).not.toContain(trace);
      }
      await relay.people.audit.flush();
      expect(await relay.db.sql.selectFrom('device').select('account').execute()).toEqual([{ account: bob.account }]);
      expect((await relay.ask('POST', '/api/v1/account/restore', { token: alice.accessToken })).status).toBe(401);
      await relay.join('alice@example.org');
    });
  });
}
