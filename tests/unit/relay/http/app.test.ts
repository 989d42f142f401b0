/** The HTTP API's frame: problems, request ids, headers, CORS, rates, bodies, and what is believed of an address. */
import { DatabaseGone, SqliteFailure } from '@leanvibe/relay/internal/db/errors';
import { defineRoute, type Route } from '@leanvibe/relay/internal/http/route';
import { Refusal } from '@leanvibe/relay/internal/http/problem';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { createTestHttp, problemOf } from '../../../help/relay-http.js';

const thing = z.strictObject({ name: z.string().max(20), deep: z.unknown().optional() });
const heard: unknown[] = [];
const routes: readonly Route[] = [
  defineRoute(
    {
      method: 'post',
      path: '/api/v1/things/{id}',
      tag: 'test',
      summary: 'Say it back',
      auth: 'none',
      limit: 'default',
      params: z.strictObject({ id: z.string().max(5) }),
      body: thing,
      bodyBytesMax: 1_000,
      answer: { status: 201, schema: z.strictObject({ id: z.string(), name: z.string() }) },
    },
    ({ params, body, header }) => {
      heard.push(body);
      header('location', `/api/v1/things/${params.id}`);
      return Promise.resolve({ id: params.id, name: body.name });
    },
  ),
  defineRoute(
    {
      method: 'get',
      path: '/where',
      tag: 'test',
      summary: 'The address',
      auth: 'none',
      limit: 'none',
      answer: { status: 200, type: 'text/plain' },
    },
    ({ address }) => Promise.resolve(new Response(address)),
  ),
  defineRoute(
    { method: 'get', path: '/breaks', tag: 'test', summary: 'Fails', auth: 'none', limit: 'default', answer: { status: 204 } },
    () => {
      throw new Error('secret words of the database');
    },
  ),
  defineRoute(
    {
      method: 'get',
      path: '/leaks',
      tag: 'test',
      summary: 'Leaks',
      auth: 'none',
      limit: 'default',
      answer: { status: 200, schema: thing },
    },
    () => Promise.resolve({ name: 'a', hash: 'secret' } as { name: string }),
  ),
  defineRoute(
    { method: 'get', path: '/away', tag: 'test', summary: 'No database', auth: 'none', limit: 'default', answer: { status: 204 } },
    () => {
      throw new DatabaseGone('the database does not answer', { perhapsDone: false });
    },
  ),
  defineRoute(
    { method: 'get', path: '/full', tag: 'test', summary: 'No room', auth: 'none', limit: 'default', answer: { status: 204 } },
    () => {
      throw new SqliteFailure('SQLITE_FULL', 'database or disk is full');
    },
  ),
  defineRoute({ method: 'get', path: '/no', tag: 'test', summary: 'Says no', auth: 'none', limit: 'auth', answer: { status: 204 } }, () => {
    throw new Refusal('gone', 'it was here');
  }),
];

const streamed = (bytes: number): ReadableStream<Uint8Array> => {
  let left = bytes;
  return new ReadableStream({
    pull(controller) {
      if (left <= 0) return controller.close();
      controller.enqueue(new Uint8Array(Math.min(left, 100)).fill(0x20));
      left -= 100;
    },
  });
};

describe('problems', () => {
  const http = createTestHttp({ routes });

  test('every refusal is a problem document that leads to the log by its request id', async () => {
    const cases = [
      ['GET', '/nowhere', 404, 'not-found'],
      ['GET', '/api/v1/things/a', 405, 'method-not-allowed'],
      ['BREW', '/no', 405, 'method-not-allowed'],
      ['GET', '/breaks', 500, 'failed'],
      ['GET', '/leaks', 500, 'failed'],
      ['GET', '/no', 410, 'gone'],
      ['GET', '/no?extra=1', 422, 'invalid'],
      ['POST', '/api/v1/things/toolong', 422, 'invalid'],
    ] as const;
    for (const [method, path, status, code] of cases) {
      const response = await http.ask(method, path, method === 'POST' ? { json: { name: 'a' } } : {});
      expect([path, response.status]).toEqual([path, status]);
      const text = await response.clone().text();
      expect(text).not.toContain('secret');
      expect(await problemOf(response)).toBe(code);
      expect(http.lines.at(-1)).toContain(response.headers.get('x-request-id'));
    }
    expect(http.lines.join()).not.toContain('secret words');
    expect(http.counted.get('http-failed')).toBe(2);
  });

  test('a database that is away, or has no room, is 503 and no failure of the relay', async () => {
    const before = http.counted.get('http-failed');
    for (const [path, reason] of [
      ['/away', 'http-database-gone'],
      ['/full', 'http-disk-full'],
    ] as const) {
      const response = await http.ask('GET', path);
      expect([response.status, response.headers.get('retry-after'), http.counted.get(reason)]).toEqual([503, '5', 1]);
      expect(await problemOf(response)).toBe('unavailable');
      expect(http.lines.slice(-2).map((line) => (JSON.parse(line) as { readonly level: string }).level)).toEqual(['warn', 'warn']);
    }
    expect(http.counted.get('http-failed')).toBe(before);
  });

  test('a method that is not there is answered with those that are', async () => {
    const response = await http.ask('DELETE', '/api/v1/things/a');
    expect(response.headers.get('allow')).toBe('POST');
  });

  test('a sane request id is taken over, another is replaced', async () => {
    const given = await http.ask('GET', '/where', { headers: { 'x-request-id': 'abcdef-0123' } });
    expect(given.headers.get('x-request-id')).toBe('abcdef-0123');
    for (const bad of ['short', 'x'.repeat(65), 'with space here', '<script>alert']) {
      const made = await http.ask('GET', '/where', { headers: { 'x-request-id': bad } });
      expect(made.headers.get('x-request-id')).toMatch(/^[0-9a-f]{32}$/);
    }
  });

  test('the log knows routes, not addresses asked for', async () => {
    await http.ask('GET', '/nowhere/lvd_secret?token=secret');
    expect(http.lines.at(-1)).toContain('unmatched');
    expect(http.lines.join()).not.toContain('lvd_secret');
    expect(http.served.at(-1)).toEqual({ method: 'GET', route: 'unmatched', status: 404, ms: 0 });
  });
});

describe('headers', () => {
  const http = createTestHttp({ routes });

  test('every answer, refused ones too, carries the security headers', async () => {
    for (const path of ['/where', '/nowhere', '/breaks', '/docs', '/openapi.json']) {
      const { headers } = await http.ask('GET', path);
      expect(headers.get('strict-transport-security')).toMatch(/^max-age=\d{8}/);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(headers.get('permissions-policy')).toContain('camera=()');
      expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
      expect(headers.get('content-security-policy')).not.toContain('unsafe');
      expect(headers.get('cache-control')).toBe(path === '/docs' || path === '/openapi.json' ? 'public, max-age=300' : 'no-store');
    }
  });

  test('only listed origins are let in, and never with credentials', async () => {
    const answer = (origin: string, method = 'GET'): Promise<Response> =>
      http.ask(method, '/where', { headers: { origin, ...(method === 'OPTIONS' ? { 'access-control-request-method': 'GET' } : {}) } });
    const ours = await answer('https://app.example.org');
    expect(ours.headers.get('access-control-allow-origin')).toBe('https://app.example.org');
    const before = await answer('https://app.example.org', 'OPTIONS');
    expect([before.status, before.headers.get('access-control-allow-headers')]).toEqual([204, expect.stringContaining('authorization')]);
    for (const origin of ['https://evil.org', 'null', 'https://app.example.org.evil.org', 'http://app.example.org']) {
      for (const method of ['GET', 'OPTIONS']) {
        const response = await answer(origin, method);
        expect(response.headers.get('access-control-allow-origin')).toBeNull();
        expect(response.headers.get('vary')).toContain('Origin');
        if (method === 'OPTIONS') expect(await problemOf(response)).toBe('forbidden-origin');
      }
    }
    for (const response of [ours, before]) expect(response.headers.get('access-control-allow-credentials')).toBeNull();
  });
});

describe('rates', () => {
  test('each address has its own allowance, told in headers, and is let in again after the window', async () => {
    const http = createTestHttp({ routes, limits: { default: 3, auth: 1 } });
    const statuses = async (peer: string, times: number): Promise<number[]> => {
      const seen: number[] = [];
      for (let at = 0; at < times; at++) seen.push((await http.ask('GET', '/breaks', { peer })).status);
      return seen;
    };
    expect(await statuses('192.0.2.1', 4)).toEqual([500, 500, 500, 429]);
    expect(await statuses('192.0.2.2', 1)).toEqual([500]);
    expect(await statuses('2001:db8:1:2::3', 3)).toEqual([500, 500, 500]);
    expect(await statuses('2001:db8:1:2:ffff::4', 1)).toEqual([429]);
    const refused = await http.ask('GET', '/nowhere');
    expect(await problemOf(refused)).toBe('too-many');
    expect(refused.headers.get('retry-after')).toBe('60');
    expect(refused.headers.get('ratelimit-policy')).toBe('"default";q=3;w=60');
    expect(refused.headers.get('ratelimit')).toBe('"default";r=0;t=60');
    expect((await http.ask('GET', '/no')).headers.get('ratelimit')).toBe('"auth";r=0;t=60');
    await http.clock.advance(60_000);
    expect(await statuses('192.0.2.1', 1)).toEqual([500]);
  });
});

describe('addresses', () => {
  test('what a client says of itself counts only behind proxies of ours', async () => {
    const where = async (proxies: number, peer: string, forwarded: string): Promise<string> =>
      (
        await createTestHttp({ routes, settings: { proxies } }).ask('GET', '/where', { peer, headers: { 'x-forwarded-for': forwarded } })
      ).text();
    expect(await where(0, '10.0.0.1', '203.0.113.7')).toBe('10.0.0.1');
    expect(await where(1, '10.0.0.1', '203.0.113.7')).toBe('203.0.113.7');
    expect(await where(1, '::ffff:10.0.0.1', '198.51.100.9, 203.0.113.7')).toBe('203.0.113.7');
    expect(await where(2, '10.0.0.1', '198.51.100.9, 203.0.113.7:4711, 10.2.3.4')).toBe('203.0.113.7');
    expect(await where(2, '10.0.0.1', '203.0.113.7')).toBe('10.0.0.1');
    expect(await where(1, '10.0.0.1', 'nonsense')).toBe('10.0.0.1');
  });
});

describe('bodies', () => {
  const http = createTestHttp({ routes });
  const post = (ask: Parameters<typeof http.ask>[2]): Promise<Response> => http.ask('POST', '/api/v1/things/a', ask);
  const raw = (body: BodyInit, type = 'application/json'): Promise<Response> => post({ body, headers: { 'content-type': type } });

  test('what fits is answered', async () => {
    const response = await post({ json: { name: 'ärger' } });
    expect([response.status, await response.json(), response.headers.get('location')]).toEqual([
      201,
      { id: 'a', name: 'ärger' },
      '/api/v1/things/a',
    ]);
  });

  test('bytes are counted, chunked ones too', async () => {
    for (const body of ['x'.repeat(1_001), streamed(1_100), streamed(1_000_000)]) {
      const response = await raw(body);
      expect(response.headers.get('connection')).toBe('close');
      expect(await problemOf(response)).toBe('too-large');
    }
    expect((await raw(`{"name":"a"}${' '.repeat(900)}`)).status).toBe(201);
  });

  test('unknown fields, prototype keys, wrong types, broken text and depth are refused; a key given twice counts once', async () => {
    const refused = async (body: BodyInit, type?: string): Promise<string> => problemOf(await raw(body, type));
    expect(await refused('{"name":"a","more":1}')).toBe('invalid');
    for (const key of ['__proto__', 'constructor', 'prototype', '\\u005f_proto__'])
      expect(await refused(`{"name":"a","${key}":{"admin":true}}`)).toBe('invalid');
    expect(await refused('{"name":"a","deep":{"__proto__":{"admin":true}}}')).toBe('invalid');
    expect(await refused('{"name":1}')).toBe('invalid');
    expect(await refused('[]')).toBe('invalid');
    expect(await refused('{"name":')).toBe('bad-request');
    expect(await refused(new Uint8Array([0x22, 0xff, 0x22]))).toBe('bad-request');
    expect(await refused(`{"name":"a","deep":${'['.repeat(200)}${']'.repeat(200)}}`)).toBe('bad-request');
    expect(await refused('name=a', 'application/x-www-form-urlencoded')).toBe('wrong-type');
    expect(await refused('{"name":"a"}', 'text/plain')).toBe('wrong-type');
    expect(await problemOf(await post({ body: 'x', headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' } }))).toBe(
      'wrong-type',
    );
    expect(await (await raw('{"name":"a","name":"b"}')).json()).toEqual({ id: 'a', name: 'b' });
    expect(heard.every((body) => Object.keys(body as object).join() === 'name')).toBe(true);
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
  });
});

describe('the document', () => {
  test('lists every route with its token, scope, limit and refusals', async () => {
    const http = createTestHttp({ routes });
    const openapi = (await (await http.ask('GET', '/openapi.json')).json()) as {
      readonly openapi: string;
      readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly 'x-auth': string; readonly responses: object }>>>>;
    };
    expect(openapi.openapi).toBe('3.1.0');
    expect(Object.keys(openapi.paths)).toEqual(expect.arrayContaining(['/api/v1/things/{id}', '/docs', '/openapi.json']));
    expect(openapi.paths['/api/v1/things/{id}']?.['post']?.['x-auth']).toBe('none');
    expect(Object.keys(openapi.paths['/api/v1/things/{id}']?.['post']?.responses ?? {})).toEqual([
      '201',
      '400',
      '413',
      '415',
      '422',
      '429',
      '500',
      '503',
    ]);
    expect(await (await http.ask('GET', '/docs')).text()).not.toMatch(/<script(?! src="\/docs\/page\.js" defer>)|style=|onclick/);
  });

  test('two routes of one name do not start', () => {
    expect(() => createTestHttp({ routes: [...routes, ...routes] })).toThrow('two routes for POST');
  });
});
