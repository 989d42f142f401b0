/** libp2p over WebSocket, for pages and for networks that pass nothing else: limits that libp2p's own transport lacks. */
import { transportSymbol, type ComponentLogger, type Connection, type Transport, type Upgrader } from '@libp2p/interface';
import type { Multiaddr } from '@multiformats/multiaddr';
import { WebSocket } from 'ws';
import type { AcceptGuard } from './accept.js';
import { fromMultiaddr } from './address.js';
import { HANDSHAKE_MS_MAX, WS_MESSAGE_BYTES_MAX } from './limits.js';
import { toWsConnection } from './wsconn.js';
import { createWsListener } from './wslisten.js';

interface DialOptions {
  readonly upgrader: Upgrader;
  readonly signal: AbortSignal;
}

async function open(address: Multiaddr, signal: AbortSignal): Promise<WebSocket> {
  const at = fromMultiaddr(address);
  if (at === null) throw new Error(`not an address to dial: ${address.toString()}`);
  signal.throwIfAborted();
  const socket = new WebSocket(`ws://${at.host.includes(':') ? `[${at.host}]` : at.host}:${at.port}`, {
    perMessageDeflate: false,
    maxPayload: WS_MESSAGE_BYTES_MAX,
    handshakeTimeout: HANDSHAKE_MS_MAX,
    followRedirects: false,
  });
  const stop = (): void => socket.terminate();
  signal.addEventListener('abort', stop, { once: true });
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('open', resolve);
      // Stays for the socket's life: an error nobody listens to would end the process.
      socket.on('error', reject);
      socket.once('close', () => reject(new Error('closed before it opened')));
    });
  } finally {
    signal.removeEventListener('abort', stop);
  }
  return socket;
}

async function dial(address: Multiaddr, { upgrader, signal }: DialOptions, logger: ComponentLogger): Promise<Connection> {
  const socket = await open(address, signal);
  const connection = toWsConnection({ socket, remoteAddr: address, direction: 'outbound', log: logger.forComponent('ws') });
  try {
    return await upgrader.upgradeOutbound(connection, { signal });
  } catch (error) {
    connection.abort(error instanceof Error ? error : new Error(String(error)));
    throw error;
  }
}

/** A libp2p transport for `/ip4|ip6/…/tcp/…/ws[/p2p/…]`; wire-compatible with @libp2p/websockets. */
export function webSockets(guard: AcceptGuard): (components: { readonly logger: ComponentLogger }) => Transport {
  const mine = (addresses: Multiaddr[]): Multiaddr[] => addresses.filter((address) => fromMultiaddr(address)?.kind === 'ws');
  return ({ logger }) => ({
    [transportSymbol]: true,
    [Symbol.toStringTag]: 'leanvibe-ws',
    dial: (address, options) => dial(address, options, logger),
    createListener: ({ upgrader }) => createWsListener({ guard, upgrader, log: logger.forComponent('ws') }),
    listenFilter: mine,
    dialFilter: mine,
  });
}
