/** The client of the relay's API against the API itself, and against what is none. */
import { account } from '@leanvibe/protocol/http/account';
import { tokens } from '@leanvibe/protocol/http/auth';
import { done } from '@leanvibe/protocol/http/base';
import { createRelayClient, type Fetch } from '@leanvibe/protocol/http/client';
import { paired } from '@leanvibe/protocol/http/devices';
import { expect, test } from 'vitest';
import { openTestDatabases } from '../../../help/relay-db.js';
import { createTestPeople, PASSWORD } from '../../../help/relay-people.js';

const [databases] = openTestDatabases();

test('registers, signs in, pairs and leaves, typed by the schemas of the answers', async () => {
  if (databases === undefined) throw new Error('no database');
  const relay = await createTestPeople(await databases.open());
  const fetch: Fetch = (url, init) => Promise.resolve(relay.app.request(url, { ...init }, { peer: '192.0.2.1' }));
  const ask = createRelayClient({ origin: 'http://relay.test', fetch });
  const credentials = { email: 'alice@example.org', password: PASSWORD };
  expect(await ask({ method: 'POST', path: '/api/v1/auth/register', body: credentials, answer: done })).toEqual({
    ok: true,
    value: { done: true },
  });
  const signedIn = await ask({ method: 'POST', path: '/api/v1/auth/login', body: credentials, answer: tokens });
  if (!signedIn.ok) throw new Error(signedIn.error.detail);
  const token = signedIn.value.accessToken;
  const device = await ask({
    method: 'POST',
    path: '/api/v1/devices/pair',
    token,
    body: { kind: 'pwa', label: 'browser' },
    answer: paired,
  });
  if (!device.ok) throw new Error(device.error.detail);
  expect(await ask({ method: 'POST', path: '/api/v1/devices/leave', token: device.value.token, answer: null })).toEqual({
    ok: true,
    value: null,
  });
  expect(await ask({ method: 'GET', path: '/api/v1/account', token, answer: account })).toMatchObject({
    ok: true,
    value: { email: 'alice@example.org' },
  });
  expect(await ask({ method: 'GET', path: '/api/v1/account', answer: account })).toMatchObject({
    ok: false,
    error: { code: 'unauthorised', status: 401, retryMs: null },
  });
});

test('says what it met when that is no relay', async () => {
  const answers =
    (status: number, body: string, headers: Readonly<Record<string, string>> = {}): Fetch =>
    () =>
      Promise.resolve(new Response(body, { status, headers }));
  const codeOf = async (fetch: Fetch): Promise<unknown> => {
    const asked = await createRelayClient({ origin: 'http://relay.test', fetch })({
      method: 'GET',
      path: '/api/v1/account',
      answer: account,
    });
    return asked.ok ? 'ok' : [asked.error.code, asked.error.retryMs];
  };
  expect(await codeOf(answers(200, '<html>'))).toEqual(['odd-answer', null]);
  expect(await codeOf(answers(200, '{"account":1}'))).toEqual(['odd-answer', null]);
  expect(await codeOf(answers(503, 'busy', { 'retry-after': '7' }))).toEqual(['odd-answer', 7_000]);
  expect(await codeOf(answers(404, '{"type":"about:blank"}', { 'content-type': 'application/problem+json' }))).toEqual([
    'odd-answer',
    null,
  ]);
  expect(await codeOf(() => Promise.reject(new TypeError('fetch failed')))).toEqual(['unreachable', null]);
});
