/** The WebSocket listener: an HTTP server that only upgrades, with limits before, during and after the upgrade. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { isIP, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { TypedEventEmitter, type Listener, type ListenerEvents, type Logger, type Upgrader } from '@libp2p/interface';
import { ipPortToMultiaddr } from '@libp2p/utils';
import type { Multiaddr } from '@multiformats/multiaddr';
import { WebSocketServer } from 'ws';
import type { AcceptGuard, Ticket } from './accept.js';
import { fromMultiaddr } from './address.js';
import { HANDSHAKE_MS_MAX, WS_HEADERS_BYTES_MAX, WS_MESSAGE_BYTES_MAX } from './limits.js';
import { toWsConnection } from './wsconn.js';

export interface WsListenDeps {
  readonly guard: AcceptGuard;
  readonly upgrader: Upgrader;
  readonly log: Logger;
}

const HTTP_LIMITS = {
  headersTimeout: HANDSHAKE_MS_MAX,
  requestTimeout: HANDSHAKE_MS_MAX,
  connectionsCheckingInterval: 1_000,
  maxHeaderSize: WS_HEADERS_BYTES_MAX,
  noDelay: true,
  keepAlive: true,
};

// libp2p's own listener sets neither a header timeout nor a message limit (100 MiB before any handshake).
class WsListener extends TypedEventEmitter<ListenerEvents> implements Listener {
  readonly #deps: WsListenDeps;
  readonly #http: Server;
  readonly #ws = new WebSocketServer({ noServer: true, maxPayload: WS_MESSAGE_BYTES_MAX, perMessageDeflate: false, clientTracking: false });
  readonly #sockets = new Map<Duplex, Ticket>();
  readonly #stopping = new AbortController();
  #address: Multiaddr | null = null;

  constructor(deps: WsListenDeps) {
    super();
    this.#deps = deps;
    this.#http = createServer(HTTP_LIMITS, refuse);
    this.#http.on('connection', (socket) => this.#accept(socket));
    this.#http.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
    this.#http.on('clientError', (_error, socket) => socket.destroy());
  }

  #accept(socket: Socket): void {
    const ip = (socket.remoteAddress ?? '').split('%')[0] ?? '';
    // A socket that is already gone has no address.
    const ticket = isIP(ip) === 0 ? null : this.#deps.guard.admit(ip);
    if (ticket === null) {
      socket.destroy();
      return;
    }
    this.#sockets.set(socket, ticket);
    socket.once('close', () => {
      this.#sockets.delete(socket);
      ticket.done();
    });
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const ticket = this.#sockets.get(socket);
    if (ticket === undefined) {
      socket.destroy();
      return;
    }
    this.#ws.handleUpgrade(request, socket, head, (ws) => {
      const remoteAddr = ipPortToMultiaddr(ticket.from, request.socket.remotePort ?? 0).encapsulate('/ws');
      const connection = toWsConnection({ socket: ws, remoteAddr, direction: 'inbound', log: this.#deps.log });
      this.#deps.guard.attach(connection, ticket);
      this.#deps.upgrader
        .upgradeInbound(connection, { signal: this.#stopping.signal })
        .catch((error: unknown) => connection.abort(error instanceof Error ? error : new Error(String(error))));
    });
  }

  async listen(address: Multiaddr): Promise<void> {
    const at = fromMultiaddr(address);
    if (at === null) throw new Error(`not an address to listen on: ${address.toString()}`);
    await new Promise<void>((resolve, reject) => {
      this.#http.once('error', reject);
      this.#http.listen({ host: at.host, port: at.port, ipv6Only: at.host.includes(':') }, () => {
        this.#http.off('error', reject);
        resolve();
      });
    });
    this.#address = address;
    this.safeDispatchEvent('listening');
  }

  getAddrs(): Multiaddr[] {
    return this.#address === null ? [] : [this.#address];
  }

  updateAnnounceAddrs(): void {
    // Announced addresses are this product's own affair.
  }

  async close(): Promise<void> {
    this.#stopping.abort();
    await new Promise<void>((resolve) => {
      this.#http.close(() => resolve());
      for (const socket of this.#sockets.keys()) socket.destroy();
    });
    this.safeDispatchEvent('close');
  }
}

function refuse(_request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(426, { connection: 'close' }).end();
}

export function createWsListener(deps: WsListenDeps): Listener {
  return new WsListener(deps);
}
