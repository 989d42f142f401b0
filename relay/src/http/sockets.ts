/** Every socket of the HTTP server: so many in all and of one address, and an end for whoever does not read its answers. */
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { addressKey, plainAddress } from './address.js';
import { type UnreadWatch, watchUnread } from './unread.js';

export interface SocketLimits {
  readonly connectionsMax: number;
  readonly connectionsPerAddressMax: number;
  /** Behind proxies of ours, which speak for many, sockets are not counted by address. */
  readonly proxies: number;
  readonly count: (reason: string) => void;
}

export interface Sockets {
  /** This one left HTTP: it is counted still, and no longer watched. */
  upgraded(socket: Socket): void;
  destroyAll(): void;
  stopWatching(): void;
}

const LOOK_EVERY_MS = 1_000;

export function guardSockets(server: Server, { connectionsMax, connectionsPerAddressMax, proxies, count }: SocketLimits): Sockets {
  const watched = new Map<Socket, UnreadWatch | null>();
  const held = new Map<string, number>();
  server.maxConnections = connectionsMax;
  server.on('drop', () => count('http-connections'));
  server.on('connection', (socket) => {
    const key = addressKey(plainAddress(socket.remoteAddress ?? ''));
    const now = (held.get(key) ?? 0) + 1;
    if (now > connectionsPerAddressMax && proxies === 0) {
      count('http-connections-address');
      return void socket.destroy();
    }
    held.set(key, now);
    watched.set(socket, watchUnread(socket));
    socket.once('close', () => {
      watched.delete(socket);
      const left = (held.get(key) ?? 1) - 1;
      if (left > 0) held.set(key, left);
      else held.delete(key);
    });
  });
  const looking = setInterval(() => {
    const nowMs = performance.now();
    for (const [socket, isUnread] of watched) {
      if (isUnread === null || !isUnread(nowMs)) continue;
      count('http-unread');
      // Or else the kernel keeps what it did not read.
      socket.resetAndDestroy();
    }
  }, LOOK_EVERY_MS).unref();
  return {
    upgraded: (socket) => void watched.set(socket, null),
    destroyAll: () => watched.forEach((_, socket) => socket.destroy()),
    stopWatching: () => clearInterval(looking),
  };
}
