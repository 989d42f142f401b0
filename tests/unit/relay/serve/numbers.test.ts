/** Every number the relay promises of itself moves in a relay that is used: real HTTP, real WebSockets, real engines. */
import { connect } from 'node:net';
import { METRICS, type MetricName } from '@leanvibe/relay/internal/observe/metric-table';
import { createAudit } from '@leanvibe/relay/internal/audit/audit';
import { createSecrets } from '@leanvibe/relay/internal/accounts/secrets';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import Sqlite from 'better-sqlite3';
import { join } from 'node:path';
import { createVirtualClock } from '../../../help/clock.js';
import { openTestDatabases } from '../../../help/relay-db.js';
import { attend, flow, inStep, liveRelay, signIn } from '../../../help/relay-live.js';
import { chance, silent } from '../../../help/store-things.js';
import { tempFolder } from '../../../help/temp.js';
import { until } from '../../../help/wait.js';
import { createWorld } from '../../../help/world.js';

const [databases] = openTestDatabases();
/** Twenty thousand rows must wait before one is lost: asked of its room below, not of a whole relay. */
const ELSEWHERE: readonly MetricName[] = ['leanvibe_relay_audit_lost_total'];
/** Nobody's: no Redis and no collector of errors listens there. */
const DEAD = '127.0.0.1:9';

/** By series, `name{labels}`. */
async function numbersOf(origin: string): Promise<ReadonlyMap<string, number>> {
  const text = await (await fetch(`${origin}/metrics`)).text();
  return read(text);
}

function read(text: string): ReadonlyMap<string, number> {
  const lines = text.split('\n').filter((line) => line.startsWith('leanvibe_relay_'));
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]));
}

test('every metric of the table moves in a relay under use, and names nobody (C32)', async () => {
  const folder = await tempFolder('numbers');
  const relay = await liveRelay(folder, {
    REDIS_URL: `redis://${DEAD}`,
    RELAY_ERROR_DSN: `http://key@${DEAD}/1`,
    RELAY_LOG_LEVEL: 'error',
  });
  const world = createWorld('relay numbers');
  const [mac, phone] = [await world.device('mac'), await world.device('phone')];
  await world.pair(mac, phone);
  const document = mac.engine.newDocument();
  await mac.edit(document, { type: 'note.append', text: 'counted' });
  flow(world);
  const token = await signIn(relay.origin, 'ana@example.org', true);
  const leave = attend(mac, relay.origin, token);
  await inStep(mac);
  attend(phone, relay.origin, await signIn(relay.origin, 'ana@example.org', false));
  await inStep(phone);
  await fetch(`${relay.origin}/health/complete`);
  const used = await numbersOf(relay.origin);
  expect(used.get('leanvibe_relay_connections')).toBe(2);
  const inbound = used.get('leanvibe_relay_entries_total{direction="in"}') ?? 0;
  expect(inbound).toBeGreaterThan(0);
  expect(used.get('leanvibe_relay_entry_bytes_total{direction="in"}')).toBeGreaterThan(inbound * 100);
  expect(used.get('leanvibe_relay_commit_seconds_count')).toBeGreaterThan(0);

  leave();
  const stranger = new WebSocket(`${relay.origin.replace('http', 'ws')}/sync`, { origin: 'https://evil.test' });
  stranger.on('error', () => undefined);
  await until('the stranger is refused', async () =>
    (await numbersOf(relay.origin)).has('leanvibe_relay_refused_total{room="sync",reason="upgrade-origin"}'),
  );
  // A table goes missing under it: an error nobody expects, which cannot be reported either.
  const beside = new Sqlite(join(folder, 'leanvibe-relay.db'));
  beside.exec('drop table device');
  beside.close();
  await new Promise((resolve) => setTimeout(resolve, 5_100)); // what the doorman remembers
  attend(mac, relay.origin, token);
  await until('the error is counted and its report lost', async () =>
    (await numbersOf(relay.origin)).get('leanvibe_relay_reports_lost_total'),
  );

  const last = await whileDraining(relay.port, relay.stop);
  const left = [...last.keys()].filter((series) => series.startsWith('leanvibe_relay_connections_closed_total'));
  expect(left).toEqual(
    expect.arrayContaining([
      'leanvibe_relay_connections_closed_total{reason="left"}',
      'leanvibe_relay_connections_closed_total{reason="unavailable"}',
    ]),
  );
  const still = (Object.keys(METRICS) as MetricName[]).filter((name) => !ELSEWHERE.includes(name) && !moved(name, used, last));
  expect(still).toEqual([]);
  for (const series of last.keys()) expect(series).not.toMatch(/ana@|[0-9a-f]{16}|127\.0\.0\.1/);
}, 60_000);

function moved(name: MetricName, ...all: readonly ReadonlyMap<string, number>[]): boolean {
  return all.some((series) => [...series].some(([key, value]) => new RegExp(`^${name}(_count)?(\\{|$)`).test(key) && value > 0));
}

/** Asks for the numbers by a request that began before the relay was told to stop. */
async function whileDraining(port: number, stop: () => Promise<unknown>): Promise<ReadonlyMap<string, number>> {
  const socket = connect(port, '127.0.0.1');
  let text = '';
  socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  socket.write('GET /metrics HTTP/1.1\r\nHost: relay\r\n');
  await new Promise((resolve) => setTimeout(resolve, 100));
  const stopped = stop();
  socket.write('Connection: close\r\n\r\n');
  await stopped;
  return read(text);
}

test('an audit row that cannot be kept any more is counted', async () => {
  const db = await databases?.open();
  if (db === undefined) throw new Error('no database');
  let lost = 0;
  const clock = createVirtualClock();
  const secrets = createSecrets('a secret of tests that is long enough to be one', null, chance);
  const audit = createAudit({
    months: { ensure: () => Promise.resolve() },
    db,
    clock,
    random: chance,
    logger: silent,
    secrets,
    count: () => undefined,
    auditLost: () => lost++,
  });
  const note = (): void => audit.note({ account: null, device: null, act: 'a', subject: 's', outcome: 'done', address: null });
  for (let at = 0; at < 20_000; at++) note();
  expect(lost).toBe(0);
  note();
  expect(lost).toBe(1);
});
