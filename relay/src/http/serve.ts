/** The relay's HTTP server: limits on everything a slow or hostile client could hold open, and an end that lets answers under way finish. */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { getRequestListener } from '@hono/node-server';
import { err, ok, type Result } from '@leanvibe/core/base/result';
import type { App } from './app.js';
import { guardSockets, type SocketLimits, type Sockets } from './sockets.js';

export interface ServeOptions extends SocketLimits {
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  readonly app: App;
  /** Called for every upgrade with its socket still unanswered; absent: upgrades are refused. Whoever takes it closes it, and handles its errors. */
  readonly onUpgrade?: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
}

export interface HttpServer {
  readonly server: Server;
  readonly port: number;
  /** Accepts nothing new, closes idle connections, waits for the others, and destroys what is still open after `drainMs`. */
  stop(drainMs: number): Promise<void>;
}

export interface ListenFailure {
  /** `EADDRINUSE`, `EACCES`, … */
  readonly code: string;
  readonly message: string;
}

const LIMITS = {
  maxHeaderSize: 16 * 1024,
  headersTimeout: 10_000,
  /** For the body too, of which there is a quarter of a megabyte at most. */
  requestTimeout: 10_000,
  connectionsCheckingInterval: 1_000,
  keepAliveTimeout: 15_000,
  insecureHTTPParser: false,
  requireHostHeader: true,
  noDelay: true,
} as const;
const HEADERS_MAX = 100;
const REQUESTS_PER_SOCKET_MAX = 10_000;
/** Requests of one socket that are being answered: Node begins all it has read, and one read may hold hundreds. No browser or proxy sends a second one early. */
const PIPELINED_MAX = 16;

export async function serveHttp(options: ServeOptions): Promise<Result<HttpServer, ListenFailure>> {
  const { app, count, onUpgrade } = options;
  const answer = getRequestListener((request, env) => app.fetch(request, { peer: env.incoming.socket.remoteAddress ?? '' }), {
    overrideGlobalObjects: false,
  });
  const drain = { begun: false };
  const answering = new WeakMap<Socket, number>();
  const server = createServer(LIMITS, (request, response) => {
    const { socket } = request;
    const unanswered = (answering.get(socket) ?? 0) + 1;
    if (socket.destroyed) return;
    if (unanswered > PIPELINED_MAX) {
      count('http-pipelined');
      return void socket.destroy();
    }
    answering.set(socket, unanswered);
    response.once('close', () => answering.set(socket, (answering.get(socket) ?? 1) - 1));
    // Node drops what comes after the limit without a word: a request may not lose its Authorization header among two thousand others.
    if (request.rawHeaders.length >= HEADERS_MAX * 2) {
      count('http-headers');
      response.writeHead(431, { connection: 'close', 'content-length': '0' }).end();
      return;
    }
    if (drain.begun) response.setHeader('connection', 'close');
    // An answer that began before the end leaves its connection open for more; nobody else would close it.
    response.once('close', () => drain.begun && setImmediate(() => server.closeIdleConnections()));
    void answer(request, response);
  });
  server.maxHeadersCount = HEADERS_MAX;
  server.maxRequestsPerSocket = REQUESTS_PER_SOCKET_MAX;
  const sockets = guardSockets(server, options);
  server.on('clientError', (error, socket) => refuseBroken(error, socket, count));
  server.on('connect', (_request, socket) => {
    count('http-connect');
    socket.destroy();
  });
  server.on('upgrade', (request, socket, head) => {
    if (onUpgrade !== undefined) {
      sockets.upgraded(request.socket);
      return onUpgrade(request, socket, head);
    }
    count('http-upgrade');
    socket.on('error', () => socket.destroy());
    socket.end('HTTP/1.1 426 Upgrade Required\r\nConnection: close\r\nContent-Length: 0\r\n\r\n', () => socket.destroy());
  });
  const listening = await listen(server, options);
  return listening.ok ? ok({ server, port: listening.value, stop: (drainMs) => stop(server, sockets, drain, drainMs) }) : listening;
}

function refuseBroken(error: Error, socket: Duplex, count: (reason: string) => void): void {
  const code = 'code' in error ? String(error.code) : '';
  const [reason, status] = /TIMEOUT/.test(code)
    ? ['http-slow', '408 Request Timeout']
    : code === 'HPE_HEADER_OVERFLOW'
      ? ['http-headers', '431 Request Header Fields Too Large']
      : ['http-malformed', '400 Bad Request'];
  // The parser complains again for each piece that still comes after the first complaint.
  if (!socket.writable) return void socket.destroy();
  count(reason);
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () => socket.destroy());
}

function listen(server: Server, { host, port }: ServeOptions): Promise<Result<number, ListenFailure>> {
  return new Promise((resolve) => {
    const fail = (error: Error): void => resolve(err({ code: 'code' in error ? String(error.code) : error.name, message: error.message }));
    server.once('error', fail);
    server.listen({ host, port }, () => {
      server.off('error', fail);
      resolve(ok((server.address() as AddressInfo).port));
    });
  });
}

function stop(server: Server, sockets: Sockets, drain: { begun: boolean }, drainMs: number): Promise<void> {
  return new Promise((resolve) => {
    const hurry = setTimeout(() => sockets.destroyAll(), drainMs);
    drain.begun = true;
    server.close(() => {
      clearTimeout(hurry);
      sockets.stopWatching();
      resolve();
    });
    server.closeIdleConnections();
  });
}
