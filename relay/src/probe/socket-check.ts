/** A WebSocket there and back on `/sync`: many proxies pass HTTP and stop at the upgrade, and only this shows it. */
import { WebSocket } from 'ws';
import type { Asker } from './ask.js';
import { codeOf, systemWords } from '../cli/failure.js';
import type { Outcome } from './outcome.js';

/** Opens, sends a ping frame and waits for its echo; no token is needed for that, so a probe holds none. */
export async function askSocket({ base, elapsedMs, timeoutMs }: Asker): Promise<Outcome> {
  const began = elapsedMs();
  const url = new URL('/sync', base);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  const socket = new WebSocket(url, { handshakeTimeout: timeoutMs, perMessageDeflate: false, maxPayload: 65_536, followRedirects: false });
  const wrong = await new Promise<string | null>((resolve) => {
    const late = setTimeout(() => resolve(`no echo within ${timeoutMs / 1000} s`), timeoutMs);
    const done = (reason: string | null): void => {
      clearTimeout(late);
      resolve(reason);
    };
    socket.once('open', () => socket.ping('probe'));
    socket.once('pong', (echo: Buffer) => done(echo.toString() === 'probe' ? null : 'the echo is not what was sent'));
    socket.once('close', (code) => done(`closed with ${code} before an echo came`));
    socket.once('unexpected-response', (_request, response) => {
      response.resume();
      done(
        `WebSockets are blocked: the upgrade was answered ${response.statusCode ?? 0}; let the proxy pass Upgrade and Connection on /sync`,
      );
    });
    socket.on('error', (error) => done(codeOf(error) === '' ? `the upgrade failed: ${error.message}` : systemWords(error)));
  });
  socket.terminate();
  const tookMs = Math.round(elapsedMs() - began);
  return { check: 'websocket', essential: true, ok: wrong === null, reason: wrong ?? `${tookMs} ms`, tookMs };
}
