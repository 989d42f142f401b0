/** Devices: paired within the quota, handed on by an agent to telephones only, and out at once when revoked. */
import { sql as raw } from 'kysely';
import { describe, expect, test } from 'vitest';
import { createVirtualClock } from '../../../help/clock.js';
import { openTestDatabases } from '../../../help/relay-db.js';
import { problemOf } from '../../../help/relay-http.js';
import { createTestPeople, expected, type TestPeople } from '../../../help/relay-people.js';

interface Listed {
  readonly items: readonly { readonly device: string; readonly label: string }[];
  readonly next: string | null;
}

for (const databases of openTestDatabases()) {
  describe(`devices on ${databases.name}`, () => {
    const start = async (devices?: number): Promise<TestPeople> =>
      createTestPeople(await databases.open(), devices === undefined ? {} : { devices });
    const pairAs = (relay: TestPeople, token: string, kind: string): Promise<Response> =>
      relay.post('/api/v1/devices/pair', { kind, label: 'one more' }, token);

    test('a token is shown once, kept as a hash, and admits until it is revoked', async () => {
      const relay = await start();
      const { account, accessToken } = await relay.join('alice@example.org');
      const { device, token } = await relay.pair(accessToken);
      expect(token).toMatch(/^lvd_[A-Za-z0-9_-]{43}$/);
      expect(JSON.stringify(await relay.db.sql.selectFrom('device').selectAll().execute())).not.toContain(token);
      const caller = await relay.people.doorman.admit(token);
      expect([caller?.account, caller?.device, caller?.kind, caller?.quota.tier]).toEqual([account, device.device, 'mac_agent', 'free']);
      for (const bad of ['', 'lvd_', 'lvd_x', `${token}x`, token.toLowerCase(), '\u0000', 'x'.repeat(100_000)])
        expect(await relay.people.doorman.admit(bad)).toBeNull();
      expect((await relay.ask('DELETE', `/api/v1/devices/${device.device}`, { token: accessToken })).status).toBe(204);
      expect(await relay.people.doorman.admit(token)).toBeNull();
      expect(relay.hints).toEqual([{ type: 'revoked', account, device: device.device }]);
      expect((await relay.ask('DELETE', `/api/v1/devices/${device.device}`, { token: accessToken })).status).toBe(404);
    });

    test('what another copy revoked is out when its hint comes, and after seconds when the hint is lost', async () => {
      const relay = await start();
      const other = await createTestPeople(relay.db, { clock: relay.clock });
      const { account, accessToken } = await relay.join('alice@example.org');
      const [one, two] = [await relay.pair(accessToken), await relay.pair(accessToken)];
      for (const { token } of [one, two]) expect(await other.people.doorman.admit(token)).not.toBeNull();
      for (const { device } of [one, two]) await relay.ask('DELETE', `/api/v1/devices/${device.device}`, { token: accessToken });
      other.hear({ type: 'revoked', account, device: one.device.device });
      expect(await other.people.doorman.admit(one.token)).toBeNull();
      await relay.clock.advance(5_000);
      expect(await other.people.doorman.admit(two.token)).toBeNull();
    });

    test('a clock that was set back lets nobody in by what was remembered before; a locked owner has no quota', async () => {
      const db = await databases.open();
      const clock = createVirtualClock(1_700_000_000_000);
      let backMs = 0;
      const other = await createTestPeople(db, { clock: { ...clock, nowMs: () => clock.nowMs() - backMs } });
      const relay = await createTestPeople(db, { clock });
      const { account, accessToken } = await relay.join('alice@example.org');
      const { device, token } = await relay.pair(accessToken);
      expect(await other.people.doorman.admit(token)).not.toBeNull();
      await relay.ask('DELETE', `/api/v1/devices/${device.device}`, { token: accessToken });
      backMs = 3_600_000;
      expect(await other.people.doorman.admit(token)).toBeNull();
      expect((await relay.people.doorman.quota(account))?.tier).toBe('free');
      await db.sql.updateTable('account').set({ lockedMs: 1 }).where('account', '=', account).execute();
      expect(await relay.people.doorman.quota(account)).toBeNull();
    });

    if (databases.server !== null)
      test('what is being paired while its pairer, or its sign-in, is shut out goes with it', async () => {
        const relay = await start();
        const { accessToken } = await relay.join('alice@example.org');
        const agent = await relay.pair(accessToken);
        // Between the look at who pairs and the end of it there is time for whoever revokes.
        await raw`create function wait() returns trigger as $$ begin perform pg_sleep(0.5); return new; end $$ language plpgsql`.execute(
          relay.db.sql,
        );
        await raw`create trigger slow before insert on device for each row execute function wait()`.execute(relay.db.sql);
        const shutOut = async (pairing: Promise<Response>, out: () => Promise<Response>): Promise<void> => {
          await new Promise((resolve) => setTimeout(resolve, 200));
          expect((await out()).status).toBeLessThan(300);
          const paired = await pairing;
          if (paired.status !== 201) return;
          const { token } = (await paired.json()) as typeof agent;
          expect(await relay.people.doorman.admit(token)).toBeNull();
        };
        const { token } = agent;
        await shutOut(pairAs(relay, token, 'pwa'), () =>
          relay.ask('DELETE', `/api/v1/devices/${agent.device.device}`, { token: accessToken }),
        );
        await shutOut(pairAs(relay, accessToken, 'pwa'), () => relay.post('/api/v1/auth/logout-all', { devices: true }, accessToken));
      });

    test('an agent hands tokens to telephones and browsers, never to agents; they hand on none', async () => {
      const relay = await start();
      const { accessToken } = await relay.join('alice@example.org');
      const agent = await relay.pair(accessToken);
      const phone = (await expected(await pairAs(relay, agent.token, 'ios_app'), 201)) as typeof agent;
      expect(phone.device.pairedBy).toBe(agent.device.device);
      expect(await problemOf(await pairAs(relay, agent.token, 'mac_agent'))).toBe('forbidden');
      expect(await problemOf(await pairAs(relay, phone.token, 'pwa'))).toBe('insufficient-scope');
      await relay.people.audit.flush();
      const trail = await relay.db.sql.selectFrom('audit').select(['device', 'outcome']).where('act', '=', 'device.pair').execute();
      expect(
        trail
          .filter((row) => row.device === agent.device.device)
          .map((row) => row.outcome)
          .toSorted(),
      ).toEqual(['done', 'refused']);
      expect((await relay.ask('DELETE', `/api/v1/devices/${agent.device.device}`, { token: accessToken })).status).toBe(204);
      expect(await relay.people.doorman.admit(phone.token)).toBeNull();
    });

    test('telephones of a revoked agent stay when that is asked for; a device can leave by itself', async () => {
      const relay = await start();
      const { accessToken } = await relay.join('alice@example.org');
      const agent = await relay.pair(accessToken);
      const phone = (await expected(await pairAs(relay, agent.token, 'pwa'), 201)) as typeof agent;
      expect((await relay.ask('DELETE', `/api/v1/devices/${agent.device.device}?paired=keep`, { token: accessToken })).status).toBe(204);
      expect(await relay.people.doorman.admit(phone.token)).not.toBeNull();
      expect((await relay.ask('POST', '/api/v1/devices/leave', { token: phone.token })).status).toBe(204);
      expect(await relay.people.doorman.admit(phone.token)).toBeNull();
    });

    test('the quota holds, however many pair at once', async () => {
      const relay = await start(3);
      const { accessToken } = await relay.join('alice@example.org');
      const statuses = await Promise.all(Array.from({ length: 8 }, async () => (await pairAs(relay, accessToken, 'pwa')).status));
      expect(statuses.toSorted()).toEqual([201, 201, 201, 403, 403, 403, 403, 403]);
    });

    test('lists go page by page, and hold nobody else; names are ours to change only', async () => {
      const relay = await start();
      const { accessToken } = await relay.join('alice@example.org');
      const bob = await relay.join('bob@example.org');
      const his = await relay.pair(bob.accessToken);
      for (let at = 0; at < 5; at++) await relay.pair(accessToken, 'pwa', `device ${at}`);
      const seen: string[] = [];
      for (let cursor = ''; ; ) {
        const list = (await expected(await relay.ask('GET', `/api/v1/devices?limit=2${cursor}`, { token: accessToken }), 200)) as Listed;
        seen.push(...list.items.map(({ device }) => device));
        if (list.next === null) break;
        cursor = `&cursor=${list.next}`;
      }
      expect(new Set(seen).size).toBe(5);
      expect(seen).not.toContain(his.device.device);
      const rename = (device: string): Promise<Response> =>
        relay.ask('PATCH', `/api/v1/devices/${device}`, { token: accessToken, json: { label: 'kitchen' } });
      expect((await rename(seen[0] ?? '')).status).toBe(200);
      expect((await rename(his.device.device)).status).toBe(404);
      expect((await relay.ask('DELETE', `/api/v1/devices/${his.device.device}`, { token: accessToken })).status).toBe(404);
      for (const cursor of ['AAAA', Buffer.from("1 ' or 1=1").toString('base64url')])
        expect((await relay.ask('GET', `/api/v1/devices?cursor=${cursor}`, { token: accessToken })).status).toBe(422);
    });
  });
}
