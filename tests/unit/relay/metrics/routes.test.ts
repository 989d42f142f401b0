/** Metrics, projects and plans over HTTP: whose token may what, hostile batches, other people's projects, forged webhooks. */
import { HOUR_MS } from '@leanvibe/protocol/http/metric-limits';
import type { Series, Summary } from '@leanvibe/protocol/http/metrics';
import type { Plans } from '@leanvibe/protocol/http/plans';
import type { Projects } from '@leanvibe/protocol/http/projects';
import { createFlags } from '@leanvibe/relay/internal/flags/flags';
import { ACCOUNT_SCOPES } from '@leanvibe/relay/internal/http/who';
import { metricRoutes } from '@leanvibe/relay/internal/metrics/routes';
import { planRoutes } from '@leanvibe/relay/internal/plans/routes';
import { quotaOf } from '@leanvibe/relay/internal/plans/tiers';
import type { Act } from '@leanvibe/relay/internal/ports/audit';
import type { Caller } from '@leanvibe/relay/internal/ports/caller';
import { projectRoutes } from '@leanvibe/relay/internal/projects/routes';
import { createHmac } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import { openTestDatabases } from '../../../help/relay-db.js';
import { createTestHttp, problemOf, type Ask, type TestHttp } from '../../../help/relay-http.js';
import { chance, silent } from '../../../help/store-things.js';
import { accountOf, HOUR, NOW, projectOf, worldOf, type World } from './kit.js';

const SECRET = 'whsec_0123456789';
const KEY = { 'idempotency-key': 'key-0123456789abcdef' };
const quota = quotaOf('free');
const [me, other] = [accountOf(1), accountOf(2)];

function doorsOf(): Parameters<typeof createTestHttp>[0]['doors'] {
  const callers: Record<string, Caller> = {
    lvd_mine: { account: me, device: accountOf(91), kind: 'mac_agent', quota },
    lvd_phone: { account: me, device: accountOf(92), kind: 'ios_app', quota },
    lvd_others: { account: other, device: accountOf(93), kind: 'mac_agent', quota },
  };
  const signedIn = { type: 'access', account: me, session: accountOf(94), scopes: ACCOUNT_SCOPES, quota } as const;
  return {
    doorman: { quota: () => Promise.resolve(null), admit: (token) => Promise.resolve(callers[token] ?? null) },
    accessDoor: { admit: (token) => Promise.resolve(token === 'person' ? signedIn : null) },
  };
}

const [databases] = openTestDatabases();
if (databases === undefined) throw new Error('no database');

describe('over HTTP', () => {
  let world: World;
  let http: TestHttp;
  let acts: Act[];
  let shares: Map<string, number>;
  let tiers: string[];

  beforeEach(async () => {
    world = await worldOf(await databases.open());
    await world.consent(me, true);
    await world.consent(other, true);
    [acts, shares, tiers] = [[], new Map(), []];
    http = serve([SECRET]);
  });

  function serve(billingSecrets: readonly string[]): TestHttp {
    const audit = { note: (act: Act) => void acts.push(act), flush: () => Promise.resolve(), close: () => Promise.resolve() };
    const flags = createFlags({ clock: world.clock, logger: silent, readShares: () => Promise.resolve(shares) });
    const setTier = (_: unknown, account: string, tier: string): Promise<boolean> => Promise.resolve(tiers.push(`${account} ${tier}`) > 0);
    const deps = { ...world, random: chance, logger: silent, audit, flags, count: () => undefined, billingSecrets, setTier };
    return createTestHttp({
      routes: [...metricRoutes(deps), ...projectRoutes(deps), ...planRoutes(deps)],
      clock: world.clock,
      doors: doorsOf() ?? {},
    });
  }

  const post = (samples: unknown, ask: Ask = {}): Promise<Response> =>
    http.ask('POST', '/api/v1/metrics/agent', { token: 'lvd_mine', headers: KEY, json: { samples }, ...ask });
  const sample = { project: projectOf(1), hourMs: HOUR - HOUR_MS, tokens: 3 };
  const read = async <T>(path: string, token = 'person'): Promise<T> => {
    const response = await http.ask('GET', path, { token });
    expect(response.status).toBe(200);
    return (await response.json()) as T;
  };

  test('a batch is counted, counted once, and shown', async () => {
    expect(await (await post([sample])).json()).toEqual({ counted: true, samples: 1 });
    // The same numbers, written another way.
    const again = `{"samples":[{"tokens":3,"hourMs":${sample.hourMs},"project":"${sample.project}","syncBytes":0}]}`;
    const headers = { ...KEY, 'content-type': 'application/json' };
    expect(await (await http.ask('POST', '/api/v1/metrics/agent', { token: 'lvd_mine', headers, body: again })).json()).toEqual({
      counted: false,
      samples: 1,
    });
    expect(await problemOf(await post([{ ...sample, tokens: 4 }]))).toBe('conflict');
    const series = await read<Series>(`/api/v1/projects/${projectOf(1)}/metrics?timeframe=24h`);
    expect(series.points).toMatchObject([{ startMs: sample.hourMs, tokens: 3 }]);
    expect((await read<Summary>('/api/v1/metrics/summary')).own).toMatchObject({ tokens: 3, projects: 1 });
    expect((await read<Projects>('/api/v1/projects')).items).toEqual([{ project: projectOf(1), name: null, madeMs: NOW, changedMs: NOW }]);
  });

  test('only an agent reports: no token, a person, a phone and a batch without a name are refused', async () => {
    const { token: _, ...nobody } = { token: '' };
    expect((await http.ask('POST', '/api/v1/metrics/agent', { ...nobody, headers: KEY, json: { samples: [sample] } })).status).toBe(401);
    expect((await post([sample], { token: 'person' })).status).toBe(401);
    expect((await post([sample], { token: 'lvd_phone' })).status).toBe(403);
    for (const name of ['short', 'with spaces in it….', 'a'.repeat(65), "'; drop table metricHour; --"])
      expect([name, (await post([sample], { headers: { 'idempotency-key': encodeURI(name).slice(0, 80) } })).status]).toEqual([name, 422]);
    expect((await post([sample], { headers: {} })).status).toBe(422);
  });

  test('hostile batches are refused whole, with a reason, and leave nothing', async () => {
    const bad: readonly unknown[] = [
      [],
      'samples',
      [{ ...sample, prompt: 'rm -rf' }],
      [{ ...sample, project: 'my secret project' }],
      [{ ...sample, project: projectOf(1).toUpperCase() }],
      [{ ...sample, tokens: -1 }],
      [{ ...sample, tokens: 1.5 }],
      [{ ...sample, tokens: 1e300 }],
      [{ ...sample, tokens: '3' }],
      [{ ...sample, tokens: null }],
      [{ ...sample, cpuPercent: 25_601 }],
      [{ ...sample, memoryMb: -0.5 }],
      [{ ...sample, hourMs: sample.hourMs + 1 }],
      [{ ...sample, hourMs: HOUR + 2 * HOUR_MS }],
      [{ ...sample, hourMs: Number.MAX_SAFE_INTEGER }],
      [sample, { ...sample, syncBytes: 1e12 }],
      Array.from({ length: 501 }, () => sample),
    ];
    for (const samples of bad) {
      const response = await post(samples);
      expect([samples, response.status]).toEqual([samples, 422]);
      expect(await problemOf(response)).toBe('invalid');
    }
    expect(
      (await http.ask('POST', '/api/v1/metrics/agent', { token: 'lvd_mine', headers: KEY, json: { samples: [sample], extra: 1 } })).status,
    ).toBe(422);
    for (const table of ['metricHour', 'metricDay', 'metricBatch', 'project'] as const)
      expect(await world.db.sql.selectFrom(table).selectAll().execute()).toEqual([]);
  });

  test('without consent: 403, and what to do', async () => {
    await world.consent(me, false);
    expect(await problemOf(await post([sample]))).toBe('consent-needed');
    const feedback = { project: projectOf(1), verdict: 1, latencyMs: 5 };
    expect(
      await problemOf(await http.ask('POST', `/api/v1/suggestions/${projectOf('s')}/feedback`, { token: 'lvd_phone', json: feedback })),
    ).toBe('consent-needed');
  });

  test('intake that an operator turned off asks to try again later', async () => {
    shares.set('metrics-intake', 0);
    const response = await post([sample]);
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '3600']);
  });

  test('feedback is two numbers and no word', async () => {
    const say = (json: unknown) => http.ask('POST', `/api/v1/suggestions/${projectOf('s')}/feedback`, { token: 'lvd_phone', json });
    expect(await (await say({ project: projectOf(1), verdict: 1, latencyMs: 250 })).json()).toEqual({ counted: true });
    expect(await (await say({ project: projectOf(1), verdict: 0, latencyMs: 1 })).json()).toEqual({ counted: false });
    for (const json of [
      { project: projectOf(1), verdict: 2, latencyMs: 1 },
      { project: projectOf(1), verdict: 1 },
      { project: projectOf(1), verdict: 1, latencyMs: 1, comment: 'bad' },
    ])
      expect((await say(json)).status).toBe(422);
    const series = await read<Series>(`/api/v1/projects/${projectOf(1)}/metrics`);
    expect(series.points).toMatchObject([{ feedback: { accepted: 1, rejected: 0, latencyMsMean: 250 } }]);
  });

  test('projects: kept, renamed, listed in pages, removed with their numbers; nobody sees those of others', async () => {
    const put = (id: string, name: string | null, token = 'lvd_mine') =>
      http.ask('PUT', `/api/v1/projects/${id}`, { token, json: { name } });
    const ids = [1, 2, 3].map(projectOf).sort();
    for (const id of ids) expect((await put(id, 'AAEC')).status).toBe(200);
    expect((await put(ids[0] ?? '', 'AwQ=')).status).toBe(200);
    const first = await read<Projects>('/api/v1/projects?limit=2');
    expect(first.items.map(({ project, name }) => [project, name])).toEqual([
      [ids[0], 'AwQ='],
      [ids[1], 'AAEC'],
    ]);
    expect(await read<Projects>(`/api/v1/projects?limit=2&cursor=${first.next}`)).toMatchObject({
      items: [{ project: ids[2] }],
      next: null,
    });
    expect((await read<Projects>('/api/v1/projects', 'lvd_others')).items).toEqual([]);
    expect((await http.ask('GET', `/api/v1/projects/${ids[0]}/metrics`, { token: 'lvd_others' })).status).toBe(404);
    expect((await http.ask('DELETE', `/api/v1/projects/${ids[0]}`, { token: 'lvd_others' })).status).toBe(404);
    expect((await http.ask('DELETE', `/api/v1/projects/${ids[0]}`, { token: 'lvd_phone' })).status).toBe(403);
    expect((await http.ask('DELETE', `/api/v1/projects/${ids[0]}`, { token: 'lvd_mine' })).status).toBe(204);
    expect((await http.ask('DELETE', `/api/v1/projects/${ids[0]}`, { token: 'lvd_mine' })).status).toBe(404);
    for (const name of ['secret name', '', 'AwR=', 'AAE', `${'A'.repeat(1368)}`, 'A'.repeat(4000)])
      expect([name, (await put(ids[1] ?? '', name)).status]).toEqual([name, 422]);
    expect((await put('../etc', 'AAEC')).status).toBeGreaterThanOrEqual(404);
    expect(acts.map(({ act, device }) => [act, device])).toEqual([
      ...Array.from({ length: 4 }, () => ['project.put', accountOf(91)]),
      ['project.remove', accountOf(91)],
    ]);
  });

  test('plans are for everyone to see', async () => {
    const { plans } = (await (await http.ask('GET', '/api/v1/plans')).json()) as Plans;
    expect(plans.map(({ tier }) => tier)).toEqual(['free', 'team', 'enterprise']);
  });

  describe('the webhook of the payment service', () => {
    const account = '0b9c5a4e-7f0d-4b0a-9f57-0a4f6f3d2c11';
    const object = {
      id: 'sub_1',
      object: 'subscription',
      status: 'active',
      metadata: { account, tier: 'team' },
      items: { data: [{ price: 'p' }] },
    };
    const event = JSON.stringify({ id: 'evt_1', type: 'customer.subscription.created', created: 100, data: { object } });
    const tell = (body: string, signed = body, atMs = NOW, secret = SECRET): Promise<Response> => {
      const seconds = Math.floor(atMs / 1000);
      const signature = createHmac('sha256', secret).update(`${seconds}.${signed}`).digest('hex');
      return http.ask('POST', '/billing/webhook', { body, headers: { 'stripe-signature': `t=${seconds},v1=${signature}` } });
    };

    test('changes a tier once, and says so in the audit', async () => {
      expect(await (await tell(event)).json()).toEqual({ received: true, applied: true });
      expect(await (await tell(event)).json()).toEqual({ received: true, applied: false });
      expect(tiers).toEqual([`${account} team`]);
      expect(acts).toMatchObject([{ account, act: 'plan.change', subject: 'team' }]);
    });

    test('refuses what was changed, is old, was signed with another secret, or not at all', async () => {
      for (const response of [
        tell(event.replace('team', 'enterprise'), event),
        tell(event, event, NOW - 301_000),
        tell(event, event, NOW, 'other'),
      ])
        expect(await problemOf(await response)).toBe('bad-request');
      expect((await http.ask('POST', '/billing/webhook', { body: event })).status).toBe(400);
      expect((await tell('{"id":"evt_2"}')).status).toBe(422);
      expect((await tell('no json')).status).toBe(422);
      expect(tiers).toEqual([]);
    });

    test('is not there where it is not configured, not even for the right signature by an empty secret', async () => {
      http = serve([]);
      expect((await tell(event)).status).toBe(404);
      expect((await tell(event, event, NOW, '')).status).toBe(404);
    });
  });
});
