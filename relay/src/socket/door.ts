/** `WS /sync`: who may upgrade, how many at once, and how all of them are sent away when this copy ends. */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Cancel, Clock } from '@leanvibe/core/ports/clock';
import { FRAME_BYTES_MAX } from '@leanvibe/protocol/limits';
import { WebSocketServer } from 'ws';
import { addressKey, clientAddress } from '../http/address.js';
import { createConnection } from '../session/connection.js';
import type { ConnectionDeps } from '../session/deps.js';
import { attachWire, type Watched } from './wire.js';

export interface SyncDoorOptions {
  /** Pages of these origins may connect; programs, which send none, always may. */
  readonly pages: readonly string[];
  /** How many proxies of ours stand before this program. */
  readonly proxies: number;
  readonly connectionsMax: number;
  readonly connectionsPerAddressMax: number;
}

export interface SyncDoor {
  onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  connections(): number;
  /** Lets nobody in, tells everybody to go, and ends who has not left after `limitMs`. Resolves when nothing touches the store any more. */
  drain(limitMs: number): Promise<void>;
}

/** The door's own numbers: how many are inside, and why they left. */
export interface DoorNumbers {
  open(connections: number): void;
  closed(reason: string): void;
}

export type SyncDoorDeps = ConnectionDeps & { readonly clock: Clock; readonly numbers: DoorNumbers };

const LOOK_EVERY_MS = 1_000;
const FRAGMENTS_MAX = 64;

export function createSyncDoor(deps: SyncDoorDeps, options: SyncDoorOptions): SyncDoor {
  const { clock, count, numbers } = deps;
  const limits = { maxFragments: FRAGMENTS_MAX, maxBufferedChunks: 4_096 };
  const ws = new WebSocketServer({
    noServer: true,
    maxPayload: FRAME_BYTES_MAX,
    perMessageDeflate: false,
    clientTracking: false,
    ...limits,
  });
  const held = new Map<Watched, string>();
  const byAddress = new Map<string, number>();
  const leaving = new Set<Promise<void>>();
  let draining = false;
  let cancelLook: Cancel = () => undefined;

  const look = (): void => {
    cancelLook = clock.after(LOOK_EVERY_MS, () => {
      const now = clock.nowMs();
      for (const watched of held.keys()) watched.look(now);
      look();
    });
  };
  const refuse = (socket: Duplex, status: string, reason: string): void => {
    count(reason);
    // Destroyed too: the server lets the other end keep its half open for as long as it likes.
    socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () => socket.destroy());
  };
  ws.on('wsClientError', (_, socket) => refuse(socket, '400 Bad Request', 'upgrade-malformed'));
  const refusal = (request: IncomingMessage, address: string): readonly [string, string] | null => {
    const path = (request.url ?? '').split('?')[0];
    if (path !== '/sync') return ['404 Not Found', 'upgrade-path'];
    // A token in an address ends up in logs of every proxy on the way.
    if (request.url !== '/sync') return ['400 Bad Request', 'upgrade-query'];
    const { origin } = request.headers;
    if (origin !== undefined && !options.pages.includes(origin)) return ['403 Forbidden', 'upgrade-origin'];
    if (draining) return ['503 Service Unavailable', 'draining'];
    if (held.size >= options.connectionsMax) return ['503 Service Unavailable', 'connections'];
    if ((byAddress.get(addressKey(address)) ?? 0) >= options.connectionsPerAddressMax)
      return ['429 Too Many Requests', 'connections-per-address'];
    return null;
  };
  const enter = (address: string): void => void byAddress.set(address, (byAddress.get(address) ?? 0) + 1);
  const leave = (address: string): void => {
    const left = (byAddress.get(address) ?? 1) - 1;
    if (left === 0) byAddress.delete(address);
    else byAddress.set(address, left);
  };
  const closed = (watched: Watched, reason: string): void => {
    const address = held.get(watched);
    held.delete(watched);
    if (address !== undefined) leave(address);
    numbers.open(held.size);
    numbers.closed(reason);
    const done = watched.connection.closed().finally(() => leaving.delete(done));
    leaving.add(done);
  };

  look();
  return {
    onUpgrade(request, socket, head) {
      socket.on('error', () => socket.destroy());
      const forwarded = request.headers['x-forwarded-for'];
      const address = clientAddress(request.socket.remoteAddress ?? '', typeof forwarded === 'string' ? forwarded : null, options.proxies);
      const no = refusal(request, address);
      if (no !== null) return refuse(socket, ...no);
      ws.handleUpgrade(request, socket, head, (open) => {
        const key = addressKey(address);
        const watched = attachWire({ clock, count, closed, open: (wire) => createConnection(deps, wire) }, open, request.socket, address);
        held.set(watched, key);
        enter(key);
        numbers.open(held.size);
      });
    },
    connections: () => held.size,
    async drain(limitMs) {
      draining = true;
      cancelLook();
      for (const watched of held.keys()) watched.connection.goAway();
      const cancel = clock.after(limitMs, () => {
        for (const watched of held.keys()) watched.terminate();
      });
      while (held.size > 0 || leaving.size > 0) await new Promise<void>((resolve) => clock.after(20, resolve));
      cancel();
    },
  };
}
