/** The life of connections: idle ones are closed, used ones close with their last channel (a pipe a little later), and all of a lost network at once. */
import type { Connection, Stream } from '@libp2p/interface';
import type { Channel } from '@leanvibe/core/ports/channel';
import type { ClockDep } from '@leanvibe/core/ports/clock';
import type { LoggerDep } from '@leanvibe/core/ports/logger';
import { onLink, type InterfaceWatch, type NetAddress } from '../discover/interfaces.js';
import { toChannel, type StreamChannel } from './channel.js';
import type { Counters } from './counters.js';
import { deviceOf } from './identity.js';
import { IDLE_CONNECTION_MS_MAX, PIPE_LINGER_MS } from './limits.js';
import type { LanNode } from './node.js';
import { originOf } from './pipe.js';

export interface ConnectionsDeps extends ClockDep, LoggerDep {
  readonly counters: Counters;
  readonly node: LanNode;
  readonly watch: InterfaceWatch;
}

type How = Pick<Channel, 'via' | 'address' | 'outbound' | 'relayed'>;

export interface Connections {
  /** Null when the peer's key is no device key or everything is stopping. */
  channel(connection: Connection, stream: Stream, how: How): Channel | null;
  /** Drops every channel with `stopped`. */
  stop(): void;
}

export function createConnections({ clock, logger, counters, node, watch }: ConnectionsDeps): Connections {
  const channels = new Map<Connection, Set<StreamChannel>>();
  let stopped = false;

  node.addEventListener('connection:open', ({ detail: connection }) => {
    const cancel = clock.after(IDLE_CONNECTION_MS_MAX, () => {
      if (channels.has(connection) || connection.status !== 'open') return;
      counters.count('idle-connection');
      connection.abort(new Error('nothing was opened'));
    });
    connection.addEventListener('close', cancel, { once: true });
  });

  function release(connection: Connection, gone: StreamChannel): void {
    const open = channels.get(connection);
    if (open?.delete(gone) !== true || open.size > 0) return;
    channels.delete(connection);
    if (originOf(connection.remoteAddr) === null) return close(connection);
    const cancel = clock.after(PIPE_LINGER_MS, () => {
      if (!channels.has(connection)) close(connection);
    });
    connection.addEventListener('close', cancel, { once: true });
  }

  function close(connection: Connection): void {
    connection.close().catch((error: unknown) => {
      logger.log('debug', 'connection-close-failed', { error: String(error) });
      connection.abort(new Error('it did not close'));
    });
  }

  function channel(connection: Connection, stream: Stream, how: How): Channel | null {
    const peer = deviceOf(connection.remotePeer);
    if (peer === null || stopped) {
      stream.abort(new Error('not wanted'));
      return null;
    }
    const made: StreamChannel = toChannel({ clock, logger, counters }, { ...how, peer, stream, onGone: () => release(connection, made) });
    const open = channels.get(connection) ?? new Set();
    channels.set(connection, open.add(made));
    return made.channel;
  }

  // A pulled cable gives no error for minutes: when a peer's network is gone, so are its channels.
  let networks: readonly NetAddress[] = watch.current();
  const unwatch = watch.subscribe((now) => {
    const before = networks;
    networks = now;
    for (const [connection, open] of [...channels]) {
      const host = connection.remoteAddr.getComponents()[0]?.value ?? '';
      if (!before.some((at) => onLink(at, host)) || now.some((at) => onLink(at, host))) continue;
      for (const one of [...open]) one.drop('network-gone');
      connection.abort(new Error('network gone'));
    }
  });

  function stop(): void {
    stopped = true;
    unwatch();
    for (const open of [...channels.values()]) for (const one of [...open]) one.drop('stopped');
  }

  return { channel, stop };
}
