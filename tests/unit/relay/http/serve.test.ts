/** The server around the API, spoken to as an attacker would: headers without end, bodies without length, upgrades nobody asked for, and a calm end. */
import { serveHttp, type HttpServer } from '@leanvibe/relay/internal/http/serve';
import { defineRoute } from '@leanvibe/relay/internal/http/route';
import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { rawHttp, rawRequest } from '../../../help/raw-http.js';
import { createTestHttp } from '../../../help/relay-http.js';
import { until } from '../../../help/wait.js';

interface Serving {
  readonly http: HttpServer;
  readonly counted: string[];
  readonly release: () => void;
}

async function serve(more: { readonly connectionsPerAddressMax?: number } = {}): Promise<Serving> {
  const counted: string[] = [];
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  const { app } = createTestHttp({
    routes: [
      defineRoute(
        {
          method: 'post',
          path: '/size',
          tag: 'test',
          summary: 'Size',
          auth: 'none',
          limit: 'none',
          body: z.strictObject({}),
          bodyBytesMax: 1_000,
          answer: { status: 204 },
        },
        () => Promise.resolve(undefined),
      ),
      defineRoute(
        {
          method: 'get',
          path: '/slow',
          tag: 'test',
          summary: 'Slow',
          auth: 'none',
          limit: 'none',
          answer: { status: 200, type: 'text/plain' },
        },
        async ({ address }) => {
          await held;
          return new Response(address);
        },
      ),
      defineRoute(
        {
          method: 'get',
          path: '/large',
          tag: 'test',
          summary: 'Large',
          auth: 'none',
          limit: 'none',
          answer: { status: 200, type: 'text/plain' },
        },
        () => Promise.resolve(new Response(Buffer.alloc(LARGE, 'x'))),
      ),
    ],
  });
  const served = await serveHttp({
    host: '127.0.0.1',
    port: 0,
    app,
    proxies: 0,
    count: (reason) => void counted.push(reason),
    ...LIMITS,
    ...more,
  });
  if (!served.ok) throw new Error(served.error.message);
  onTestFinished(() => {
    release();
    return served.value.stop(0);
  });
  return { http: served.value, counted, release };
}

const HOST = 'Host: relay.test';
const LARGE = 32 * 1024 * 1024;
const LIMITS = { connectionsMax: 1_000, connectionsPerAddressMax: 200 };

describe('the server', () => {
  test('two thousand headers, or a hundred thousand bytes of them, are refused', async () => {
    const { http, counted } = await serve();
    const many = Array.from({ length: 2_000 }, (_, at) => `a${at}: `);
    expect((await rawHttp(http.port, rawRequest('GET /docs HTTP/1.1', [HOST, ...many]))).status).toBe(431);
    expect((await rawHttp(http.port, rawRequest('GET /docs HTTP/1.1', [HOST, ...many.slice(0, 150)]))).status).toBe(431);
    expect((await rawHttp(http.port, rawRequest('GET /docs HTTP/1.1', [HOST, `a: ${'x'.repeat(100_000)}`]))).status).toBe(431);
    expect((await rawHttp(http.port, rawRequest('GET /docs HTTP/1.1', [HOST]))).status).toBe(200);
    expect(counted).toEqual(['http-headers', 'http-headers', 'http-headers']);
  });

  test('a chunked body is counted as it comes', async () => {
    const { http } = await serve();
    const chunk = `400\r\n${' '.repeat(1_024)}\r\n`;
    const chunked = [HOST, 'Content-Type: application/json', 'Transfer-Encoding: chunked'];
    expect((await rawHttp(http.port, rawRequest('POST /size HTTP/1.1', chunked, `${chunk.repeat(100)}0\r\n\r\n`))).status).toBe(413);
    expect((await rawHttp(http.port, rawRequest('POST /size HTTP/1.1', chunked, '2\r\n{}\r\n0\r\n\r\n'))).status).toBe(204);
  });

  test('nonsense, a missing host, two lengths, CONNECT and upgrades get nothing', async () => {
    const { http, counted } = await serve();
    expect((await rawHttp(http.port, 'nonsense\r\n\r\n')).status).toBe(400);
    expect((await rawHttp(http.port, rawRequest('GET /docs HTTP/1.1', []))).status).toBe(400);
    expect(
      (await rawHttp(http.port, rawRequest('POST /size HTTP/1.1', [HOST, 'Content-Length: 2', 'Transfer-Encoding: chunked'], '{}'))).status,
    ).toBe(400);
    expect((await rawHttp(http.port, `GET /sync HTTP/1.1\r\n${HOST}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`)).status).toBe(
      426,
    );
    expect((await rawHttp(http.port, `CONNECT evil.org:443 HTTP/1.1\r\n${HOST}\r\n\r\n`)).status).toBe(0);
    expect(counted).toContain('http-malformed');
  });

  test('who asks for much and reads none of it is cut off; who reads late, but reads, is not', { timeout: 40_000 }, async () => {
    const { http, counted } = await serve();
    const ask = (): Socket => {
      const socket = connect(http.port, '127.0.0.1');
      socket.on('error', () => socket.destroy());
      socket.pause().write(rawRequest('GET /large HTTP/1.1', [HOST]));
      return socket;
    };
    const [unread, late] = [ask(), ask()];
    let got = 0;
    late.on('data', (piece: Buffer) => (got += piece.length));
    late.pause();
    const trickle = setInterval(() => late.resume() && setTimeout(() => late.pause(), 5), 1_000);
    onTestFinished(() => clearInterval(trickle));
    await until('the one that does not read is cut off', () => counted.includes('http-unread'), 20_000);
    unread.resume();
    await until('it is gone', () => unread.destroyed);
    clearInterval(trickle);
    late.resume();
    await until('the other has read it all', () => got > LARGE, 20_000);
    expect(counted).toEqual(['http-unread']);
  });

  test('hundreds of requests in one piece are not answered side by side', async () => {
    const { counted, http } = await serve();
    const socket = connect(http.port, '127.0.0.1');
    const gone = new Promise((resolve) => socket.once('close', resolve));
    socket.on('error', () => socket.destroy());
    socket.write(`GET /docs HTTP/1.1\r\n${HOST}\r\n\r\n`.repeat(400));
    await gone;
    expect(counted).toEqual(['http-pipelined']);
  });

  test('one address may hold so many connections', async () => {
    const { http, counted } = await serve({ connectionsPerAddressMax: 3 });
    const sockets = Array.from({ length: 3 }, () => connect(http.port, '127.0.0.1'));
    await Promise.all(sockets.map((socket) => new Promise((resolve) => socket.once('connect', resolve))));
    expect((await rawHttp(http.port, rawRequest('GET /docs HTTP/1.1', [HOST]))).status).toBe(0);
    sockets.forEach((socket) => socket.destroy());
    expect(counted).toEqual(['http-connections-address']);
  });

  test('an answer under way ends before the server does, and nothing new is let in', async () => {
    const { http, release } = await serve();
    const answered = new Promise<string>((resolve, reject) => {
      const asking = request({ host: '127.0.0.1', port: http.port, path: '/slow' }, (response) => {
        response.setEncoding('utf8').on('data', resolve);
      });
      asking.on('error', reject).end();
    });
    while ((await new Promise<number>((resolve) => http.server.getConnections((_, count) => resolve(count)))) === 0)
      await new Promise(setImmediate);
    await new Promise((resolve) => setTimeout(resolve, 100));
    const stopped = http.stop(20_000);
    expect((await rawHttp(http.port, rawRequest('GET /docs HTTP/1.1', [HOST]))).status).toBe(0);
    release();
    expect(await answered).toBe('127.0.0.1');
    await stopped;
  });
});
