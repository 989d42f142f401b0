/** The authorisation matrix: every route of the OpenAPI document, asked by everybody who might, answered exactly as matrix.ts says. */
import { createConsents } from '@leanvibe/relay/internal/accounts/others';
import { setTier } from '@leanvibe/relay/internal/accounts/others';
import { createFlags } from '@leanvibe/relay/internal/flags/flags';
import type { Route } from '@leanvibe/relay/internal/http/route';
import { createIntake } from '@leanvibe/relay/internal/metrics/intake';
import { METRIC_MONTHS } from '@leanvibe/relay/internal/metrics/keeper';
import { createMonths } from '@leanvibe/relay/internal/db/months';
import { metricRoutes } from '@leanvibe/relay/internal/metrics/routes';
import { planRoutes } from '@leanvibe/relay/internal/plans/routes';
import { projectRoutes } from '@leanvibe/relay/internal/projects/routes';
import type { Database } from '@leanvibe/relay/internal/db/database';
import { beforeAll, describe, expect, test } from 'vitest';
import { createVirtualClock, type VirtualClock } from '../../../help/clock.js';
import { openTestDatabases } from '../../../help/relay-db.js';
import { createTestPeople, expected, PASSWORD, type TestPeople } from '../../../help/relay-people.js';
import { createWell } from '../../../help/relay-well.js';
import { chance, silent } from '../../../help/store-things.js';
import { BODIES, MATRIX } from './matrix.js';

const [databases] = openTestDatabases();
if (databases === undefined) throw new Error('no database');

const NUMBERS = 'n'.repeat(40);
const BOBS_PROJECT = 'b0'.repeat(16);

function otherRoutes(db: Database, clock: VirtualClock): readonly Route[] {
  const base = { db, clock, random: chance, logger: silent, consents: createConsents(db.dialect), count: () => undefined };
  const audit = { note: () => undefined, flush: () => Promise.resolve(), close: () => Promise.resolve() };
  const flags = createFlags({ ...base, readShares: () => Promise.resolve(new Map()) });
  const months = createMonths(base, METRIC_MONTHS);
  const deps = { ...base, audit, flags, months, intake: createIntake({ ...base, months }), billingSecrets: ['whsec_0123456789'], setTier };
  return [...metricRoutes(deps), ...projectRoutes(deps), ...planRoutes(deps)];
}

type Operation = { readonly 'x-auth': string; readonly requestBody?: unknown };

describe('the authorisation matrix', () => {
  let relay: TestPeople;
  let operations: readonly (readonly [string, Operation])[];
  let bobs: string;
  let made = 0;
  const never = new Map<string, string>();

  beforeAll(async () => {
    const db = await databases.open();
    const clock = createVirtualClock(Date.UTC(2026, 10, 20));
    relay = await createTestPeople(db, { clock, routes: [...otherRoutes(db, clock), ...createWell({ token: NUMBERS }).routes] });
    const openapi = (await expected(await relay.ask('GET', '/openapi.json'), 200)) as {
      readonly paths: Record<string, Record<string, Operation>>;
    };
    operations = Object.entries(openapi.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => [`${method} ${path}`, operation] as const),
    );
    const bob = await relay.join('bob@example.org');
    bobs = (await relay.pair(bob.accessToken)).device.device;
    const gone = await relay.pair(bob.accessToken);
    await relay.ask('DELETE', `/api/v1/devices/${gone.device.device}`, { token: bob.accessToken });
    await clock.advance(31 * 60_000);
    never.set('a bad token', 'nonsense').set('a bad device token', 'lvd_nonsense');
    never.set('an expired token', bob.accessToken).set('a revoked device', gone.token);
  });

  const ask = (name: string, token?: string): Promise<Response> => {
    const [method = '', path = ''] = name.split(' ');
    const at = path.replace('{id}', path.includes('/projects') || path.includes('/suggestions') ? BOBS_PROJECT : bobs);
    const body = operations.find(([known]) => known === name)?.[1].requestBody === undefined ? {} : { json: BODIES[name] ?? {} };
    return relay.ask(method.toUpperCase(), at, { ...body, ...(token === undefined ? {} : { token }) });
  };

  /** Somebody new for each route: some routes end what asks. */
  const visitors = async (): Promise<readonly string[]> => {
    const email = `somebody${made++}@example.org`;
    const { accessToken } = await relay.join(email);
    const agent = await relay.pair(accessToken);
    const viewers = [await relay.pair(accessToken, 'ios_app'), await relay.pair(accessToken, 'pwa')];
    const left = `left${made++}@example.org`;
    const leaving = await relay.join(left);
    await expected(await relay.ask('DELETE', '/api/v1/account', { token: leaving.accessToken, json: { password: PASSWORD } }), 202);
    const deleted = (await expected(await relay.post('/api/v1/auth/login', { email: left, password: PASSWORD }), 200)) as {
      readonly accessToken: string;
    };
    return [accessToken, deleted.accessToken, agent.token, ...viewers.map(({ token }) => token)];
  };

  test('lists every route, and no others', () => {
    expect(operations.map(([name]) => name).toSorted()).toEqual(Object.keys(MATRIX).toSorted());
  });

  test('lists a route as open to all exactly where it asks for no token', () => {
    for (const [name, operation] of operations)
      expect([name, operation['x-auth'] === 'none']).toEqual([name, typeof MATRIX[name] === 'number']);
  });

  test('no token, a bad, an expired, a revoked one: nobody', async () => {
    for (const [name, row] of Object.entries(MATRIX)) {
      const status = typeof row === 'number' ? row : 401;
      for (const [who, token] of [['no token', undefined] as const, ...never])
        expect([name, who, (await ask(name, token)).status]).toEqual([name, who, status]);
    }
  });

  test('what is told of the relay itself is the same for whoever has an account, and its numbers are for their own token', async () => {
    const [token = ''] = await visitors();
    for (const [name, row] of Object.entries(MATRIX))
      if (/ \/(health|status|metrics)/.test(name)) expect([name, (await ask(name, token)).status]).toEqual([name, row]);
    expect((await ask('get /metrics', NUMBERS)).status).toBe(200);
  });

  test('everybody else: as listed', async () => {
    for (const [name, row] of Object.entries(MATRIX)) {
      if (typeof row === 'number') continue;
      const [person, deleted, agent, viewer] = row;
      const seen: number[] = [];
      for (const token of await visitors()) seen.push((await ask(name, token)).status);
      expect([name, ...seen]).toEqual([name, person, deleted, agent, viewer, viewer]);
    }
  });
});
