/**
 * The LAN transport: authenticated channels between devices over TCP, WebSocket, and pipes that somebody else carries (C25, C39).
 * Whoever dials learns this device's peer id, and that it speaks these protocols; nothing else. Two devices that dial each
 * other at once get two channels: the caller keeps one by `preferChannel` (prefer.ts) and closes the other.
 */
import './polyfill.js';
import type { Connection, Stream } from '@libp2p/interface';
import type { DeviceId } from '@leanvibe/protocol/ids';
import { err, ok, type Result } from '@leanvibe/core/base/result';
import type { Channel } from '@leanvibe/core/ports/channel';
import type { ClockDep } from '@leanvibe/core/ports/clock';
import type { LoggerDep } from '@leanvibe/core/ports/logger';
import { createInterfaceWatch, type InterfaceWatch } from '../discover/interfaces.js';
import { createAcceptGuard, type AcceptGuard } from './accept.js';
import { fromMultiaddr, shownAddress } from './address.js';
import { createCounters, type Counters } from './counters.js';
import { dialLan, type DialRequest } from './dial.js';
import type { DialError } from './dialerror.js';
import { createConnections } from './connections.js';
import { deviceKey } from './identity.js';
import { ACCEPT_LIMITS, STREAMS_PER_CONNECTION_MAX, type AcceptLimits } from './limits.js';
import { dialableAddresses, freePort, listenAddresses, type LanPorts } from './listen.js';
import { startNode, type LanNode } from './node.js';
import { originOf, RELAY_PIPE, type Pipe } from './pipe.js';
import { createPipes, type PipeDial, type PipedPeer } from './pipes.js';
import { OVER_PIPES, type LanProtocol } from './protocols.js';

export interface LanInit extends ClockDep, LoggerDep {
  /** 32-byte Ed25519 seed of the device. */
  readonly deviceSeed: Uint8Array;
  /** IP addresses to listen on; `0.0.0.0` and `::` mean every network. */
  readonly listenHosts: readonly string[];
  /** 0 for any. */
  readonly tcpPort: number;
  /** 0 for any. */
  readonly wsPort: number;
  readonly limits?: Partial<AcceptLimits>;
  /** Shared with discovery when given; otherwise the transport watches by itself. */
  readonly interfaces?: InterfaceWatch;
}

export interface Lan {
  readonly deviceId: DeviceId;
  readonly ports: LanPorts;
  /** Multiaddrs with `/p2p`, as they are now. */
  addresses(): readonly string[];
  /** Told with the new list when networks come and go. */
  onAddresses(tell: (addresses: readonly string[]) => void): () => void;
  dial(
    addresses: readonly string[],
    protocol: LanProtocol,
    options?: Pick<DialRequest, 'expect' | 'signal'>,
  ): Promise<Result<Channel, DialError>>;
  /** Meets whoever is at the other end of a pipe through the relay at `origin`. Takes at most 10 s; the pipe is closed when it fails. */
  dialOver(pipe: Pipe, origin: string, how?: PipeDial): Promise<Result<PipedPeer, DialError>>;
  /** Lets a guest in over a pipe, within the limits of every connection; its channels come to those who serve. */
  acceptOver(pipe: Pipe, origin: string): void;
  /** Answers `protocol` until the returned function is called, in the place of an earlier handler. The channel must be started. */
  serve(protocol: LanProtocol, onChannel: (channel: Channel) => void): () => void;
  /** Refusals by reason. */
  refusals(): Readonly<Record<string, number>>;
  /** Closes every channel with `stopped`. */
  stop(): Promise<void>;
}

export interface LanStartError {
  readonly code: 'port-in-use' | 'cannot-listen';
  readonly message: string;
}

/** Tries with a port picked by the system; somebody else may take it in between. */
const PORT_TRIES = 5;

export async function createLan(init: LanInit): Promise<Result<Lan, LanStartError>> {
  const { key, deviceId } = await deviceKey(init.deviceSeed);
  const counters = createCounters();
  const limits = { ...ACCEPT_LIMITS, ...init.limits };
  const guard = createAcceptGuard({ clock: init.clock, counters }, limits);
  for (let attempt = 1; ; attempt++) {
    let ports: LanPorts = { tcp: init.tcpPort, ws: init.wsPort };
    try {
      ports = await choosePorts(init);
      const node = await startNode({ key, listen: listenAddresses(init.listenHosts, ports), guard, counters, limits });
      return ok(assemble({ node, deviceId, ports, counters, guard, init }));
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      const chosen = init.tcpPort === 0 || init.wsPort === 0;
      if (/EADDRINUSE/.test(text) && chosen && attempt < PORT_TRIES) continue;
      return err(explainStart(text, ports));
    }
  }
}

async function choosePorts({ listenHosts, tcpPort, wsPort }: LanInit): Promise<LanPorts> {
  const [host = '0.0.0.0'] = listenHosts;
  return { tcp: tcpPort === 0 ? await freePort(host) : tcpPort, ws: wsPort === 0 ? await freePort(host) : wsPort };
}

function explainStart(text: string, ports: LanPorts): LanStartError {
  const busy = [...text.matchAll(/EADDRINUSE[^\n]*?:(\d+)\b/g)].map(([, port]) => port);
  if (busy.length > 0) return { code: 'port-in-use', message: `port ${[...new Set(busy)].join(' and ')} is already in use` };
  return { code: 'cannot-listen', message: `cannot listen on ports ${ports.tcp} and ${ports.ws}: ${text.split('\n')[0] ?? text}` };
}

interface Parts {
  readonly node: LanNode;
  readonly deviceId: DeviceId;
  readonly ports: LanPorts;
  readonly counters: Counters;
  readonly guard: AcceptGuard;
  readonly init: LanInit;
}

function assemble({ node, deviceId, ports, counters, guard, init }: Parts): Lan {
  const deps = { clock: init.clock, logger: init.logger };
  const watch = init.interfaces ?? createInterfaceWatch(deps);
  const stopping = new AbortController();
  const connections = createConnections({ ...deps, counters, node, watch });
  const pipes = createPipes({ ...deps, node, guard, connections, stopping: stopping.signal });
  const addresses = (): readonly string[] => dialableAddresses(init.listenHosts, ports, deviceId, watch.current());
  const served = new Map<LanProtocol, unknown>();
  const tellers = new Set<(addresses: readonly string[]) => void>();
  const unwatch = watch.subscribe(() => {
    for (const tell of [...tellers]) tell(addresses());
  });

  async function dial(
    to: readonly string[],
    protocol: LanProtocol,
    how: Pick<DialRequest, 'expect' | 'signal'> = {},
  ): Promise<Result<Channel, DialError>> {
    if (stopping.signal.aborted) return err({ code: 'stopped', message: 'the transport is stopped' });
    const signal = how.signal === undefined ? stopping.signal : AbortSignal.any([stopping.signal, how.signal]);
    const dialled = await dialLan({ ...deps, node }, { addresses: to, protocol, expect: how.expect, signal });
    if (!dialled.ok) return dialled;
    const { stream, connection, at } = dialled.value;
    const channel = connections.channel(connection, stream, { via: at.kind, address: shownAddress(at), outbound: true });
    return channel === null ? err({ code: 'hung-up', message: `${shownAddress(at)} hung up` }) : ok(channel);
  }

  function serve(protocol: LanProtocol, onChannel: (channel: Channel) => void): () => void {
    const handler = (stream: Stream, connection: Connection): void => {
      const origin = originOf(connection.remoteAddr);
      if (origin !== null && !OVER_PIPES.has(protocol)) return stream.abort(new Error('only on a network'));
      const at = fromMultiaddr(connection.remoteAddr);
      const address = origin ?? (at === null ? 'unknown' : shownAddress(at));
      const via = origin === null ? (at?.kind ?? 'tcp') : RELAY_PIPE;
      const channel = connections.channel(connection, stream, { via, address, outbound: false, relayed: origin !== null });
      if (channel !== null) onChannel(channel);
    };
    const how = { maxInboundStreams: STREAMS_PER_CONNECTION_MAX, maxOutboundStreams: STREAMS_PER_CONNECTION_MAX, force: true } as const;
    served.set(protocol, handler);
    node.handle(protocol, handler, how).catch(logServe);
    return () => {
      if (served.get(protocol) !== handler) return;
      served.delete(protocol);
      node.unhandle(protocol).catch(logServe);
    };
  }

  function logServe(error: unknown): void {
    deps.logger.log('error', 'lan-serve-failed', { error: String(error) });
  }

  async function stop(): Promise<void> {
    stopping.abort();
    unwatch();
    tellers.clear();
    if (init.interfaces === undefined) watch.stop();
    connections.stop();
    await node.stop();
  }

  function onAddresses(tell: (addresses: readonly string[]) => void): () => void {
    tellers.add(tell);
    return () => {
      tellers.delete(tell);
    };
  }

  return {
    deviceId,
    ports,
    addresses,
    onAddresses,
    dial,
    dialOver: pipes.dial,
    acceptOver: pipes.accept,
    serve,
    refusals: counters.read,
    stop,
  };
}
