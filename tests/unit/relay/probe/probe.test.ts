/** The probe: it finds what is wrong and says the right reason, through real ports and real refusals. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { judge, type Verdict } from '@leanvibe/relay/internal/probe/outcome';
import { probe } from '@leanvibe/relay/internal/probe/probe';
import { expect, onTestFinished, test } from 'vitest';
import { createWell, listen } from '../../../help/relay-well.js';

function look(base: string, requiredPercent = 85): Promise<Verdict> {
  const asker = { base, fetch, elapsedMs: () => performance.now(), timeoutMs: 2000 };
  return probe(asker, { requiredPercent, latencyMsMax: 60_000 });
}

const failing = ({ outcomes }: Verdict): Record<string, string> =>
  Object.fromEntries(outcomes.filter(({ ok }) => !ok).map(({ check, reason }) => [check, reason]));

test('a relay that is well passes everything', async () => {
  const { url } = await listen(createWell());
  const verdict = await look(url, 100);
  expect([verdict.ok, verdict.passedPercent, failing(verdict)]).toEqual([true, 100, {}]);
  expect(verdict.outcomes.map(({ check }) => check)).toEqual(
    expect.arrayContaining(['health', 'ready', 'database', 'api', 'websocket', 'latency', 'header:content-security-policy']),
  );
});

test('the database is down: alive, not ready, and the database is named', async () => {
  const well = createWell();
  well.wrong.set('database', 'no answer within 3 s');
  const verdict = await look((await listen(well)).url);
  expect(verdict.ok).toBe(false);
  expect(failing(verdict)).toEqual({
    ready: 'not ready: database: no answer within 3 s',
    database: 'the database does not work: no answer within 3 s',
  });
});

test('a proxy that passes HTTP and refuses upgrades is found, though it is one check of many', async () => {
  const { url } = await listen(createWell());
  const proxy = createServer((request, response) => {
    fetch(new URL(request.url ?? '/', url)).then(
      async (answer) => {
        response.writeHead(answer.status, Object.fromEntries([...answer.headers].filter(([name]) => name !== 'content-length')));
        response.end(Buffer.from(await answer.arrayBuffer()));
      },
      () => response.writeHead(502).end(),
    );
  });
  proxy.on('upgrade', (_request, socket) => socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n'));
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    proxy.closeAllConnections();
    proxy.close();
  });
  const verdict = await look(`http://127.0.0.1:${(proxy.address() as AddressInfo).port}`, 50);
  expect(verdict.ok).toBe(false);
  expect(Object.keys(failing(verdict))).toEqual(['websocket']);
  expect(failing(verdict)['websocket']).toMatch(/WebSockets are blocked: the upgrade was answered 400; let the proxy pass Upgrade/);
});

test('an upgrade that hangs, or is cut, is told apart', async () => {
  const silent = (socket: Duplex): void =>
    void socket
      .on('error', () => socket.destroy())
      .on('end', () => socket.destroy())
      .resume();
  const hanging = await look((await listen(createWell(), { onUpgrade: (_request, socket) => silent(socket) })).url, 50);
  expect(failing(hanging)['websocket']).toMatch(/no echo within 2 s|Opening handshake has timed out/);
  const cut = await look((await listen(createWell(), { onUpgrade: (_request, socket) => void socket.destroy() })).url, 50);
  expect(failing(cut)['websocket']).toMatch(/socket hang up|ECONNRESET/);
});

test('a missing header is named with what it is for; whether that fails the probe is the share', async () => {
  const { url } = await listen(createWell(), { drop: 'content-security-policy' });
  const strict = await look(url, 100);
  expect([strict.ok, failing(strict)]).toEqual([false, { 'header:content-security-policy': 'missing: inline scripts could run' }]);
  expect((await look(url, 85)).ok).toBe(true);
});

test('nobody there is one failure, in words', async () => {
  const verdict = await look('http://127.0.0.1:59998');
  expect([verdict.ok, failing(verdict)]).toEqual([false, { health: 'nothing answers there' }]);
});

test('the share counts all checks, and an essential one failing fails whatever the share', () => {
  const outcome = (ok: boolean, essential: boolean): Verdict['outcomes'][number] => ({ check: 'x', essential, ok, reason: '', tookMs: 1 });
  const nine = Array.from({ length: 9 }, () => outcome(true, true));
  expect(judge([...nine, outcome(false, false)], 85)).toMatchObject({ ok: true, passedPercent: 90 });
  expect(judge([...nine, outcome(false, false)], 91)).toMatchObject({ ok: false });
  expect(judge([...nine, outcome(false, true)], 0)).toMatchObject({ ok: false });
  expect(judge([], 0)).toMatchObject({ passedPercent: 0 });
});
