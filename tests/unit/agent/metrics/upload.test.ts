/** The agent's uploader against the relay's own routes: each hour once, whatever gets lost on the way; nothing without a yes. */
import { createUploader, type RelayApi } from '@leanvibe/agent/internal/metrics/upload';
import { HOUR_MS } from '@leanvibe/protocol/http/metric-limits';
import { createFlags } from '@leanvibe/relay/internal/flags/flags';
import { metricRoutes } from '@leanvibe/relay/internal/metrics/routes';
import { quotaOf } from '@leanvibe/relay/internal/plans/tiers';
import { expect, test } from 'vitest';
import { createRandom } from '../../../help/random.js';
import { createTestHttp } from '../../../help/relay-http.js';
import { openTestDatabases } from '../../../help/relay-db.js';
import { silent } from '../../../help/store-things.js';
import { accountOf, worldOf, type World } from '../../relay/metrics/kit.js';
import { counting, idOf, START } from './kit.js';

const [databases] = openTestDatabases();
if (databases === undefined) throw new Error('no database');
const ME = accountOf(1);
const TOKEN = 'lvd_agent';

type Line = 'good' | 'answer-lost' | 'down' | 'hanging' | 503;

async function relayOf() {
  const world: World = await worldOf(await databases!.open(), START);
  await world.consent(ME, true);
  const flags = createFlags({ clock: world.clock, logger: silent, readShares: () => Promise.resolve(new Map()) });
  const doorman = {
    quota: () => Promise.resolve(null),
    admit: (token: string) =>
      Promise.resolve(token === TOKEN ? { account: ME, device: accountOf(2), kind: 'mac_agent' as const, quota: quotaOf('free') } : null),
  };
  const http = createTestHttp({
    routes: metricRoutes({ ...world, logger: silent, flags, count: () => undefined }),
    clock: world.clock,
    doors: { doorman },
  });
  let line: Line = 'good';
  let token: string | null = TOKEN;
  const bodies: string[] = [];
  const relayApi: RelayApi = {
    relay: () => (token === null ? null : { origin: 'http://relay.test', token }),
    fetch: async (url, { method, headers, body, signal }) => {
      if (line === 'hanging')
        return new Promise((_, reject) => void signal.addEventListener('abort', () => reject(new Error('broken off'))));
      if (line === 'down') throw new Error('ECONNREFUSED');
      if (typeof line === 'number') return { status: line };
      bodies.push(body);
      const response = await http.ask(method, url.replace('http://relay.test', ''), { headers, body });
      if (line === 'answer-lost') throw new Error('ECONNRESET');
      return { status: response.status };
    },
  };
  const counted = async (): Promise<number> =>
    (await world.db.sql.selectFrom('metricHour').select('tokens').where('project', '=', idOf('p')).execute()).reduce(
      (sum, row) => sum + row.tokens,
      0,
    );
  return {
    world,
    relayApi,
    bodies,
    counted,
    become: (next: Line) => void (line = next),
    sign: (next: string | null) => void (token = next),
  };
}

async function agentOn(relay: Awaited<ReturnType<typeof relayOf>>) {
  const one = await counting(undefined, relay.world.clock);
  const uploader = createUploader({
    clock: one.clock,
    random: createRandom('upload'),
    logger: silent,
    metrics: one.metrics,
    relayApi: relay.relayApi,
  });
  const stop = async (): Promise<void> => {
    await uploader.stop();
    await one.metrics.stop();
    expect(one.clock.pending()).toBe(0);
  };
  return { ...one, uploader, stop };
}

test('an hour is told once, whatever gets lost, and later hours follow', async () => {
  const relay = await relayOf();
  const { metrics, clock, uploader, stop } = await agentOn(relay);
  await metrics.setOn(true);
  relay.become('down');
  metrics.add('p', { tokens: 5 });
  await clock.advance(HOUR_MS);
  expect(await uploader.run()).toMatchObject({ type: 'later' });
  for (const line of ['answer-lost', 503, 'answer-lost'] as const) {
    relay.become(line);
    expect(await uploader.run()).toMatchObject({ type: 'later' });
    expect(await relay.counted()).toBe(5);
  }
  metrics.add('p', { tokens: 7 });
  await clock.advance(HOUR_MS);
  relay.become('good');
  await uploader.run();
  expect(await uploader.run()).toEqual({ type: 'done', batches: 0 });
  expect(await relay.counted()).toBe(12);
  expect(new Set(relay.bodies).size).toBe(2);
  await stop();
});

test('what was previewed is what was sent', async () => {
  const relay = await relayOf();
  const { metrics, clock, uploader, stop } = await agentOn(relay);
  await metrics.setOn(true);
  relay.become('down');
  metrics.add('p', { tokens: 5 });
  await clock.advance(HOUR_MS);
  const { body } = await metrics.preview();
  relay.become('good');
  await uploader.run();
  expect(relay.bodies).toEqual([body]);
  await stop();
});

test('off, signed out, or not agreed to by the account: nothing is counted there, and what waits goes when it may', async () => {
  const relay = await relayOf();
  const { metrics, clock, uploader, stop } = await agentOn(relay);
  metrics.add('p', { tokens: 1 });
  await clock.advance(2 * HOUR_MS);
  expect(await uploader.run()).toEqual({ type: 'off' });
  expect(relay.bodies).toEqual([]);
  await metrics.setOn(true);
  relay.sign(null);
  metrics.add('p', { tokens: 2 });
  await clock.advance(HOUR_MS);
  expect(await uploader.run()).toEqual({ type: 'signed-out' });
  relay.sign(TOKEN);
  await relay.world.consent(ME, false);
  expect(await uploader.run()).toEqual({ type: 'not-allowed', status: 403 });
  expect(await relay.counted()).toBe(0);
  await relay.world.consent(ME, true);
  expect(await uploader.run()).toMatchObject({ type: 'done' });
  expect(await relay.counted()).toBe(2);
  await stop();
});

test('a batch no relay will take keeps no later one back', async () => {
  const relay = await relayOf();
  const { metrics, clock, records, uploader, stop } = await agentOn(relay);
  await metrics.setOn(true);
  await records.put('metrics/next', {
    key: 'a'.repeat(32),
    body: JSON.stringify({ samples: [{ project: idOf('p'), hourMs: 0, tokens: 5 }] }),
  });
  relay.become('down');
  metrics.add('p', { tokens: 7 });
  await clock.advance(HOUR_MS);
  relay.become('good');
  expect(await uploader.run()).toMatchObject({ type: 'done' });
  expect(await relay.counted()).toBe(7);
  await stop();
});

test('a no breaks off what is being sent, at once', async () => {
  const relay = await relayOf();
  const { metrics, clock, uploader, stop } = await agentOn(relay);
  await metrics.setOn(true);
  metrics.add('p', { tokens: 5 });
  relay.become('down');
  await clock.advance(HOUR_MS);
  relay.become('hanging');
  const running = uploader.run();
  await clock.advance(1);
  await metrics.setOn(false);
  // No time passes: nothing else could end it.
  expect(await running).toEqual({ type: 'off' });
  relay.become('good');
  await metrics.setOn(true);
  expect(await uploader.run()).toEqual({ type: 'done', batches: 0 });
  expect(relay.bodies).toEqual([]);
  await stop();
});
