/** A9: the control API against pages of other sites, rebinding names, other programs and slow ones. */
import { connect } from 'node:net';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { METHODS } from '@leanvibe/agent/internal/control/methods';
import { describe, expect, test } from 'vitest';
import { startAgent, type TestAgent } from '../help/agent.js';
import { rawHttp, rawRequest } from '../help/raw-http.js';
import { until } from '../help/wait.js';

const json = 'Content-Type: application/json';

function post(
  agent: TestAgent,
  options: {
    readonly host?: string;
    readonly headers?: readonly string[];
    readonly token?: string | null;
    readonly type?: string;
    readonly target?: string;
    readonly body?: string;
  },
): string {
  const { port } = agent.agent;
  const { host = `127.0.0.1:${port}`, headers = [], token = agent.token, type = json, target = '/api/v1/id', body = '{}' } = options;
  const auth = token === null ? [] : [`Authorization: Bearer ${token}`];
  return rawRequest(
    `POST ${target} HTTP/1.1`,
    [`Host: ${host}`, ...auth, type, `Content-Length: ${Buffer.byteLength(body)}`, ...headers],
    body,
  );
}

function upgrade(host: string, headers: readonly string[] = []): string {
  return `${['GET /yjs/room HTTP/1.1', `Host: ${host}`, 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==', ...headers].join('\r\n')}\r\n\r\n`;
}

const HOSTS = (port: number): readonly string[] => [
  'evil.com',
  `evil.com:${port}`,
  `127.0.0.1.nip.io:${port}`,
  `localhost.:${port}`,
  `[::1]:${port}`,
  `0.0.0.0:${port}`,
  `127.1:${port}`,
  `2130706433:${port}`,
  `LOCALHOST:${port}`,
  '127.0.0.1',
  'localhost',
  `127.0.0.1:${port + 1}`,
  `127.0.0.1:${port}.evil.com`,
  `127.0.0.1:${port}@evil.com`,
  `evil.com#127.0.0.1:${port}`,
  `127.0.0.1:0${port}`,
  '',
];
const ORIGINS = (port: number): readonly string[] => [
  'null',
  'file://',
  'http://evil.com',
  `http://evil.com:${port}`,
  `https://127.0.0.1:${port}`,
  'http://127.0.0.1',
  `http://127.0.0.1:${port + 1}`,
  `http://127.0.0.1:${port}.evil.com`,
  `http://127.0.0.1:${port}/`,
  `http://localhost:${port}`,
  'chrome-extension://abcdef',
  `http://127.0.0.1:${port}, http://evil.com`,
];

describe('A9 the control API', () => {
  test('A9 answers the right request under both of its names', async () => {
    const agent = await startAgent();
    const { port } = agent.agent;
    for (const host of [`127.0.0.1:${port}`, `localhost:${port}`]) {
      expect((await rawHttp(port, post(agent, { host }))).status).toBe(200);
      expect((await rawHttp(port, post(agent, { host, headers: [`Origin: http://${host}`, 'Sec-Fetch-Site: same-origin'] }))).status).toBe(
        200,
      );
    }
  });

  test('A9 refuses every other Host, with the right token, on HTTP and on upgrade alike', async () => {
    const agent = await startAgent();
    const { port } = agent.agent;
    for (const host of HOSTS(port)) {
      expect([host, (await rawHttp(port, post(agent, { host }))).status]).toEqual([host, 403]);
      expect([host, (await rawHttp(port, upgrade(host, [`Authorization: Bearer ${agent.token}`]))).status]).toEqual([host, 403]);
      expect([host, (await rawHttp(port, rawRequest('GET / HTTP/1.1', [`Host: ${host}`]))).status]).toEqual([host, 403]);
    }
    const { refusals } = await agent.ask('status', {});
    expect(refusals['control-host']).toBe(HOSTS(port).length * 3);
  });

  test('A9 refuses no Host, two Hosts and targets that name another server', async () => {
    const agent = await startAgent();
    const { port } = agent.agent;
    const good = `Host: 127.0.0.1:${port}`;
    const auth = `Authorization: Bearer ${agent.token}`;
    const rest = [auth, json, 'Content-Length: 2'];
    const refused = async (line: string, headers: readonly string[]): Promise<number> =>
      (await rawHttp(port, rawRequest(line, headers, '{}'))).status;
    expect(await refused('POST /api/v1/id HTTP/1.1', rest)).toBe(403);
    expect(await refused('POST /api/v1/id HTTP/1.0', rest)).toBe(403);
    expect(await refused('POST /api/v1/id HTTP/1.1', [good, 'Host: evil.com', ...rest])).toBeOneOf([400, 403]);
    expect(await refused(`POST http://127.0.0.1:${port}/api/v1/id HTTP/1.1`, [good, ...rest])).toBe(403);
    expect(await refused('POST http://evil.com/api/v1/id HTTP/1.1', [good, ...rest])).toBe(403);
    expect(await refused('POST //evil.com/api/v1/id HTTP/1.1', [good, ...rest])).toBe(403);
    expect(await refused('CONNECT evil.com:80 HTTP/1.1', [good])).toBe(403);
  });

  test('A9 refuses every other Origin and every cross-site fetch, on HTTP and on upgrade alike', async () => {
    const agent = await startAgent();
    const { port } = agent.agent;
    const host = `127.0.0.1:${port}`;
    for (const origin of ORIGINS(port)) {
      const headers = [`Origin: ${origin}`];
      expect([origin, (await rawHttp(port, post(agent, { headers }))).status]).toEqual([origin, 403]);
      expect([origin, (await rawHttp(port, upgrade(host, [...headers, `Authorization: Bearer ${agent.token}`]))).status]).toEqual([
        origin,
        403,
      ]);
    }
    for (const site of ['cross-site', 'same-site', 'nonsense']) {
      expect((await rawHttp(port, post(agent, { headers: [`Sec-Fetch-Site: ${site}`] }))).status).toBe(403);
    }
  });

  test('A9 refuses requests without the token, on every path of the API and on upgrade', async () => {
    const agent = await startAgent();
    const { port } = agent.agent;
    const host = `127.0.0.1:${port}`;
    const flipped = `${agent.token.slice(0, -1)}${agent.token.endsWith('A') ? 'B' : 'A'}`;
    for (const token of [null, '', 'x', agent.token.slice(1), `${agent.token}x`, flipped]) {
      for (const target of ['/api/v1/id', '/api/v1/status', '/api/v1/stop', '/api/v1/nothing'])
        expect((await rawHttp(port, post(agent, { token, target }))).status).toBe(401);
      const auth = token === null ? [] : [`Authorization: Bearer ${token}`];
      expect((await rawHttp(port, rawRequest('GET /api/v1/events HTTP/1.1', [`Host: ${host}`, ...auth]))).status).toBe(401);
      expect((await rawHttp(port, upgrade(host, auth))).status).toBe(401);
    }
    expect((await rawHttp(port, upgrade(host, [`Authorization: Bearer ${agent.token}`]))).status).toBe(403);
    expect((await rawHttp(port, rawRequest(`GET /api/v1/events?token=${agent.token} HTTP/1.1`, [`Host: ${host}`]))).status).toBe(401);
    expect(
      (
        await rawHttp(
          port,
          rawRequest('POST /api/v1/id HTTP/1.1', [`Host: ${host}`, `Authorization: Basic ${agent.token}`, json, 'Content-Length: 2'], '{}'),
        )
      ).status,
    ).toBe(401);
  });

  test('A9 every method there is needs the token, and refuses what it does not know', async () => {
    const agent = await startAgent();
    const { port } = agent.agent;
    for (const method of Object.keys(METHODS)) {
      const target = `/api/v1/${method}`;
      expect([method, (await rawHttp(port, post(agent, { token: null, target }))).status]).toEqual([method, 401]);
      for (const body of ['{"nosuch":1}', '[]', 'x', '{"__proto__":{"a":1},"constructor":1}'])
        expect([method, body, (await rawHttp(port, post(agent, { target, body }))).status]).toEqual([method, body, 400]);
    }
    expect((await agent.ask('space.list', {})).length).toBe(1);
  });

  test('A9 refuses what a form or a simple cross-site request can send, and answers no CORS question', async () => {
    const agent = await startAgent();
    const { port } = agent.agent;
    for (const type of [
      'Content-Type: text/plain',
      'Content-Type: application/x-www-form-urlencoded',
      'Content-Type: multipart/form-data; boundary=x',
      'Content-Type: text/plain; application/json',
      'X-None: 1',
    ]) {
      expect([type, (await rawHttp(port, post(agent, { type }))).status]).toEqual([type, 415]);
    }
    const preflight = await rawHttp(
      port,
      rawRequest('OPTIONS /api/v1/id HTTP/1.1', [
        `Host: 127.0.0.1:${port}`,
        `Origin: http://127.0.0.1:${port}`,
        'Access-Control-Request-Method: POST',
      ]),
    );
    expect(preflight.status).toBe(401);
    expect(preflight.head.toLowerCase()).not.toContain('access-control-');
    for (const method of ['GET', 'PUT', 'DELETE', 'PATCH', 'TRACE']) {
      const line = `${method} /api/v1/id HTTP/1.1`;
      expect(
        (await rawHttp(port, rawRequest(line, [`Host: 127.0.0.1:${port}`, `Authorization: Bearer ${agent.token}`, json]))).status,
      ).toBeOneOf([400, 404, 405]);
    }
  });

  test('A9 serves no file by path, whatever the path', async () => {
    const agent = await startAgent();
    const { port } = agent.agent;
    for (const target of [
      '/page/../../../package.json',
      '/page/..%2f..%2fpackage.json',
      '/page/%2e%2e/%2e%2e/package.json',
      '/../../etc/passwd',
      '/page/....//page.css',
      '/page/page.css%00.html',
      '/page//etc/passwd',
      '/%5c..%5c..%5cpackage.json',
      '/page/constructor',
      '/page/__proto__',
    ]) {
      const answer = await rawHttp(port, rawRequest(`GET ${target} HTTP/1.1`, [`Host: 127.0.0.1:${port}`]));
      expect([target, answer.status]).toEqual([target, answer.status === 400 ? 400 : 404]);
      expect(answer.body).not.toMatch(/leanvibe\/agent|root:/);
    }
  });

  test('A9 reads no body beyond its limit, announced or counted', async () => {
    const agent = await startAgent();
    const { port } = agent.agent;
    const headers = [`Host: 127.0.0.1:${port}`, `Authorization: Bearer ${agent.token}`, json];
    const announced = await rawHttp(port, rawRequest('POST /api/v1/id HTTP/1.1', [...headers, 'Content-Length: 99999999999'], '{}'), 3_000);
    expect(announced.status).toBe(413);
    const chunk = `100000\r\n${'x'.repeat(0x100000)}\r\n`;
    const counted = await rawHttp(
      port,
      Buffer.from(rawRequest('POST /api/v1/id HTTP/1.1', [...headers, 'Transfer-Encoding: chunked'], `${chunk.repeat(16)}0\r\n\r\n`)),
      5_000,
    );
    expect(counted.status).toBe(413);
    const smuggled = await rawHttp(
      port,
      rawRequest('POST /api/v1/id HTTP/1.1', [...headers, 'Content-Length: 2', 'Transfer-Encoding: chunked'], '0\r\n\r\n'),
      3_000,
    );
    expect(smuggled.status).toBeOneOf([0, 400]);
  });

  test('A9 closes slow and oversized requests, and answers honest ones meanwhile', { timeout: 40_000 }, async () => {
    const agent = await startAgent();
    const { port } = agent.agent;
    const slow = Array.from({ length: 100 }, () => connect({ host: '127.0.0.1', port }));
    let closed = 0;
    for (const socket of slow) {
      socket.on('error', () => socket.destroy());
      socket.on('close', () => (closed += 1));
      socket.write('POST /api/v1/id HTTP/1.1\r\nHost: 127.0.0.1');
    }
    const big = await rawHttp(port, rawRequest('GET / HTTP/1.1', [`Host: 127.0.0.1:${port}`, `X-Big: ${'x'.repeat(40_000)}`]));
    expect(big.status).toBeOneOf([0, 431]);
    expect((await agent.ask('id', {})).deviceId).toBe(agent.agent.deviceId);
    const { tookMs } = await until('the slow ones are closed', () => closed === slow.length, 15_000);
    expect(tookMs).toBeLessThan(15_000);
    const { refusals } = await agent.ask('status', {});
    expect(refusals['control-slow']).toBeGreaterThanOrEqual(1);
  });

  test('A9 the page link works once, its cookie reads the page only, and every answer carries the security headers', async () => {
    const agent = await startAgent({ name: '<img src=x onerror=alert(1)>' });
    const { port } = agent.agent;
    const host = `Host: 127.0.0.1:${port}`;
    const path = new URL(agent.agent.link());
    const first = await rawHttp(port, rawRequest(`GET /${path.search} HTTP/1.1`, [host]));
    expect(first.status).toBe(200);
    expect(first.body).toContain('&lt;img src=x');
    expect(first.body).not.toContain('<img');
    expect(first.body).not.toMatch(/<script>|style=|onerror="|onclick/);
    const cookie = /set-cookie: (leanvibe=[^;]+); (.*)/i.exec(first.head);
    expect(cookie?.[2]).toContain('HttpOnly');
    expect(cookie?.[2]).toContain('SameSite=Strict');
    const signed = `Cookie: ${cookie?.[1] ?? ''}`;
    expect((await rawHttp(port, rawRequest(`GET /${path.search} HTTP/1.1`, [host]))).status).toBe(401);
    expect((await rawHttp(port, rawRequest('GET / HTTP/1.1', [host]))).status).toBe(401);
    expect((await rawHttp(port, rawRequest('GET / HTTP/1.1', [host, signed]))).status).toBe(200);
    expect((await rawHttp(port, rawRequest('POST /api/v1/id HTTP/1.1', [host, signed, json, 'Content-Length: 2'], '{}'))).status).toBe(401);
    for (const answer of [first, await rawHttp(port, post(agent, {})), await rawHttp(port, rawRequest('GET /nothing HTTP/1.1', [host]))]) {
      expect(answer.head).toMatch(/content-security-policy: default-src 'none'; script-src 'self'; style-src 'self'/i);
      expect(answer.head).toMatch(/frame-ancestors 'none'/);
      expect(answer.head).toMatch(/x-content-type-options: nosniff/i);
      expect(answer.head).toMatch(/referrer-policy: no-referrer/i);
      expect(answer.head.toLowerCase()).not.toContain('access-control-');
    }
  });

  test('A9 another user of this machine can read neither token nor home', async () => {
    const agent = await startAgent();
    expect(statSync(agent.home).mode & 0o777).toBe(0o700);
    expect(statSync(join(agent.home, 'control.token')).mode & 0o777).toBe(0o600);
  });
});
