/** Copies of a relay that were started together: what one signed the others believe at once. */
import type { Tokens } from '@leanvibe/protocol/http/auth';
import { describe, expect, test } from 'vitest';
import { openTestDatabases } from '../../../help/relay-db.js';
import { createTestPeople, expected, PASSWORD } from '../../../help/relay-people.js';

const EMAIL = 'alice@example.org';

for (const databases of openTestDatabases()) {
  describe(`copies on ${databases.name}`, () => {
    test('a key that one copy made a moment ago is looked up by the others, and made-up ones not without end', async () => {
      const one = await createTestPeople(await databases.open());
      const other = await createTestPeople(one.db, { clock: one.clock });
      // Both have just looked, and found no key or the same.
      const made = await one.join(EMAIL);
      const signedIn = await one.post('/api/v1/auth/login', { email: EMAIL, password: PASSWORD });
      const { accessToken } = (await expected(signedIn, 200)) as Tokens;
      for (const token of [made.accessToken, accessToken]) expect((await other.ask('GET', '/api/v1/account', { token })).status).toBe(200);
      const [, claims, signature] = accessToken.split('.');
      for (let at = 0; at < 40; at++) {
        const head = Buffer.from(JSON.stringify({ alg: 'ES256', typ: 'at+jwt', kid: String(at).padStart(16, '0') })).toString('base64url');
        expect((await other.ask('GET', '/api/v1/account', { token: `${head}.${claims}.${signature}` })).status).toBe(401);
      }
      expect((await other.ask('GET', '/api/v1/account', { token: accessToken })).status).toBe(200);
    });
  });
}
