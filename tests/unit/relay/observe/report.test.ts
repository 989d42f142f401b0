/** Error reports: what a Sentry-compatible server is sent, and that losing one harms nothing. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createErrorReport, type ErrorReport, parseDsn } from '@leanvibe/relay/internal/observe/report';
import { expect, onTestFinished, test } from 'vitest';
import { createVirtualClock } from '../../../help/clock.js';
import { createRandom } from '../../../help/random.js';

interface Heard {
  readonly path: string;
  readonly auth: string;
  readonly body: string;
}

async function server(status: number): Promise<{ readonly port: number; readonly heard: Heard[] }> {
  const heard: Heard[] = [];
  const http = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += String(chunk)));
    request.on('end', () => {
      heard.push({ path: request.url ?? '', auth: String(request.headers['x-sentry-auth']), body });
      response.writeHead(status).end();
    });
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => new Promise<void>((resolve) => http.close(() => resolve())));
  return { port: (http.address() as AddressInfo).port, heard };
}

function report(dsn: string, lost: { count: number }): ErrorReport {
  const made = createErrorReport({
    dsn,
    release: '0.1.0',
    environment: 'production',
    clock: createVirtualClock(),
    random: createRandom('1'),
    fetch,
    onLost: () => (lost.count += 1),
  });
  if (made === null) throw new Error('the DSN is good');
  return made;
}

test('an error arrives as an envelope with its event and fields', async () => {
  const { port, heard } = await server(200);
  const lost = { count: 0 };
  const errors = report(`http://publickey@127.0.0.1:${port}/base/42`, lost);
  errors.tell('commit-failed', { reason: 'disk-full' });
  await errors.settle();
  expect(heard.map(({ path }) => path)).toEqual(['/base/api/42/envelope/']);
  expect(heard[0]?.auth).toContain('sentry_key=publickey');
  const lines = (heard[0]?.body ?? '').split('\n').map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(lines[1]).toEqual({ type: 'event' });
  expect(lines[2]).toMatchObject({ message: 'commit-failed', extra: { reason: 'disk-full' }, event_id: lines[0]?.['event_id'] });
  expect(lost.count).toBe(0);
});

test('at most 30 a minute are sent; refused and undeliverable ones are counted and throw nothing', async () => {
  const { port, heard } = await server(429);
  const lost = { count: 0 };
  const errors = report(`http://k@127.0.0.1:${port}/1`, lost);
  for (let at = 0; at < 40; at++) errors.tell('again', {});
  await errors.settle();
  expect([heard.length, lost.count]).toEqual([30, 40]);
  const nobody = report('http://k@127.0.0.1:1/1', lost);
  nobody.tell('again', {});
  await nobody.settle();
  expect(lost.count).toBe(41);
});

test('a DSN without key or project is none', () => {
  for (const dsn of ['https://host/1', 'https://key@host', 'https://key@host/', 'words', 'ftp://key@host/1'])
    expect(parseDsn(dsn)).toBeNull();
});
