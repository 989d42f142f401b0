/** The relay's HTTP when its answers break off, never end, or are no answers: words, and nothing thrown. */
import { createRelayApi } from '@leanvibe/agent/internal/relay/api';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';

type Answer = (response: ServerResponse) => void;
const ID = '00000000-0000-4000-8000-000000000000';

const json =
  (status: number, body: unknown): Answer =>
  (response) =>
    void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
/** The head of an answer, a little of its body, and the end of the connection. */
const broken: Answer = (response) => {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': '500' });
  response.write('{"a":');
  setTimeout(() => response.destroy(), 20);
};
const paired = json(201, {
  token: `lvd_${'a'.repeat(43)}`,
  device: { device: ID, kind: 'mac_agent', label: 'mac', madeMs: 1, pairedBy: null, publicKey: null },
});
const signedIn = json(200, { account: ID, accessToken: 'access', accessExpiresMs: 1, refreshToken: 'refresh', refreshExpiresMs: 2 });

async function relayThat(answers: Readonly<Record<string, Answer>>) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const path = (request.url ?? '').replace('/api/v1', '');
    asked.push(path);
    response.on('error', () => undefined);
    request.resume();
    request.on('end', () => (answers[path] ?? json(404, { detail: 'no such thing' }))(response));
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { api: createRelayApi(`http://127.0.0.1:${(server.address() as AddressInfo).port}`), asked };
}

const WHO = { email: 'ana@example.org', password: 'x', code: null, metrics: true };

test('an answer that breaks off in its middle is an answer that did not come', async () => {
  const { api } = await relayThat({ '/auth/login': broken, '/devices/leave': broken });
  expect(await api.signIn(WHO, 'mac')).toEqual({ ok: false, error: { status: 0, message: 'the connection broke' } });
  expect(await api.leave('lvd_x')).toMatchObject({ ok: false, error: { status: 0 } });
});

test('a device token that was made is kept, whatever becomes of the word about counts and of the end of the sign-in', async () => {
  const { api, asked } = await relayThat({
    '/auth/login': signedIn,
    '/devices/pair': paired,
    '/account/consent': broken,
    '/auth/logout': broken,
  });
  expect(await api.signIn(WHO, 'mac')).toMatchObject({ ok: true, value: { account: ID, token: `lvd_${'a'.repeat(43)}` } });
  expect(asked).toEqual(['/auth/login', '/devices/pair', '/account/consent', '/auth/logout']);
});

test('an answer without end is read no further than any answer of a relay goes', async () => {
  const endless: Answer = (response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    const more = (): void => {
      while (!response.destroyed && response.write(Buffer.alloc(64 * 1024, 'a')));
      if (!response.destroyed) response.once('drain', more);
    };
    more();
  };
  const { api } = await relayThat({ '/auth/login': endless });
  expect(await api.signIn(WHO, 'mac')).toMatchObject({ ok: false, error: { message: expect.stringMatching(/as a relay does/) as string } });
});

test('somebody else who answers is no relay, in words', async () => {
  const { api } = await relayThat({ '/auth/login': (response) => void response.writeHead(200).end('<html>hello</html>') });
  expect(await api.signIn(WHO, 'mac')).toMatchObject({ ok: false, error: { message: expect.stringMatching(/as a relay does/) as string } });
});
