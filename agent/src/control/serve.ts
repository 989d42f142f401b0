/** The control API's server: loopback only, with limits on everything a slow or hostile program could hold open. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { getRequestListener } from '@hono/node-server';
import { err, ok, type Result } from '@leanvibe/core/base/result';
import { type ControlDeps, createApp } from './app.js';
import { ERROR_CODES, type ErrorCode } from './error.js';
import { type GateRefusal, headerValues, judge } from './gate.js';
import { SECURITY_HEADERS } from './headers.js';
import { bearer, sameSecret } from './token.js';

export interface ControlServer {
  readonly port: number;
  /** Lets answers under way end for a moment, then closes every connection. */
  stop(): Promise<void>;
}

export interface ListenError {
  readonly code: 'port-in-use' | 'cannot-listen';
  readonly message: string;
  readonly fix: string;
}

const HOST = '127.0.0.1';
const LIMITS = {
  maxHeaderSize: 16 * 1024,
  headersTimeout: 5_000,
  requestTimeout: 30_000,
  connectionsCheckingInterval: 1_000,
  keepAliveTimeout: 5_000,
  insecureHTTPParser: false,
  requireHostHeader: false,
} as const;
const CONNECTIONS_MAX = 256;
const HEADERS_MAX = 64;
const FAREWELL_MS = 500;

export async function serveControl(deps: ControlDeps, options: { readonly port: number }): Promise<Result<ControlServer, ListenError>> {
  let port = options.port;
  const answer = getRequestListener(createApp(deps).fetch, { overrideGlobalObjects: false });
  const judged = ({ rawHeaders, method, url = '', socket }: IncomingMessage): GateRefusal | null =>
    judge({ headers: rawHeaders, method, target: url, remoteAddress: socket.remoteAddress }, port);
  // Judged before the framework sees it: building its request already believes the Host header.
  const server = createServer(LIMITS, (request, response) => {
    const refusal = judged(request);
    if (refusal === null) return void answer(request, response);
    deps.count(refusal.reason);
    turnAway(response, refusal);
  });
  server.maxConnections = CONNECTIONS_MAX;
  server.maxHeadersCount = HEADERS_MAX;
  server.maxRequestsPerSocket = 10_000;
  server.on('drop', () => deps.count('control-connections'));
  server.on('clientError', (error, socket) => {
    deps.count('code' in error && /TIMEOUT/.test(String(error.code)) ? 'control-slow' : 'control-malformed');
    socket.destroy();
  });
  server.on('upgrade', (request, socket) => {
    const refusal = judged(request);
    const given = bearer(headerValues(request.rawHeaders, 'authorization')[0]);
    const known = given !== null && sameSecret(given, deps.token);
    deps.count(refusal?.reason ?? (known ? 'control-upgrade' : 'control-token'));
    refuseUpgrade(socket, refusal?.code ?? (known ? 'forbidden-upgrade' : 'unauthorised'));
  });
  server.on('connect', (_request, socket) => {
    deps.count('control-target');
    refuseUpgrade(socket, 'forbidden-host');
  });
  const listening = await listen(server, options.port);
  if (!listening.ok) return listening;
  port = listening.value;
  return ok({ port, stop: () => stop(server) });
}

function listen(server: Server, port: number): Promise<Result<number, ListenError>> {
  return new Promise((resolve) => {
    const fail = (error: Error): void => resolve(err(explain(error, port)));
    server.once('error', fail);
    server.listen({ host: HOST, port, exclusive: true }, () => {
      server.off('error', fail);
      resolve(ok((server.address() as AddressInfo).port));
    });
  });
}

function explain(error: Error, port: number): ListenError {
  const code = 'code' in error ? String(error.code) : error.name;
  const fix = 'stop the other program, or choose another port with --port or LEANVIBE_PORT (0 picks a free one)';
  if (code === 'EADDRINUSE') return { code: 'port-in-use', message: `port ${port} on ${HOST} is in use by another program`, fix };
  if (code === 'EACCES')
    return {
      code: 'cannot-listen',
      message: `this user may not listen on port ${port}`,
      fix: 'choose a port above 1023 with --port or LEANVIBE_PORT',
    };
  return {
    code: 'cannot-listen',
    message: `cannot listen on ${HOST}:${port} (${code})`,
    fix: 'choose another port with --port or LEANVIBE_PORT',
  };
}

function turnAway(response: ServerResponse, { code, message }: GateRefusal): void {
  response.writeHead(ERROR_CODES[code], { ...SECURITY_HEADERS, 'content-type': 'application/json; charset=utf-8', connection: 'close' });
  response.end(`${JSON.stringify({ error: { code, message, fix: '' } })}\n`);
}

function refuseUpgrade(socket: Duplex, code: ErrorCode): void {
  socket.on('error', () => socket.destroy());
  const status = ERROR_CODES[code];
  socket.end(`HTTP/1.1 ${status} ${status === 401 ? 'Unauthorized' : 'Forbidden'}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () =>
    socket.destroy(),
  );
}

function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const hurry = setTimeout(() => server.closeAllConnections(), FAREWELL_MS);
    server.close(() => {
      clearTimeout(hurry);
      resolve();
    });
    server.closeIdleConnections();
  });
}
