/** Where to listen: one port per kind, the same on every host, chosen before libp2p starts. */
import { createServer, type AddressInfo } from 'node:net';
import type { DeviceId } from '@leanvibe/protocol/ids';
import type { NetAddress } from '../discover/interfaces.js';
import { toMultiaddr, type LanKind } from './address.js';

export interface LanPorts {
  readonly tcp: number;
  readonly ws: number;
}

/** A port that was free on `host` a moment ago; the caller retries when somebody took it since. */
export async function freePort(host: string): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port: 0 }, resolve);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}

export function listenAddresses(hosts: readonly string[], ports: LanPorts): readonly string[] {
  return hosts.flatMap((host) => [
    toMultiaddr({ host, port: ports.tcp, kind: 'tcp', device: null }).toString(),
    toMultiaddr({ host, port: ports.ws, kind: 'ws', device: null }).toString(),
  ]);
}

/** Addresses others can dial now, TCP before WebSocket. Loopback only when there is nothing else. */
export function dialableAddresses(
  hosts: readonly string[],
  ports: LanPorts,
  device: DeviceId,
  networks: readonly NetAddress[],
): readonly string[] {
  const expanded = hosts.flatMap((host) => {
    if (host === '0.0.0.0') return networks.filter(({ family }) => family === 4);
    if (host === '::') return networks.filter(({ family }) => family === 6);
    return [{ host, internal: host.startsWith('127.') || host === '::1' }];
  });
  const outside = expanded.filter(({ internal }) => !internal);
  const reachable = [...new Set((outside.length > 0 ? outside : expanded).map(({ host }) => host))];
  const kinds: readonly LanKind[] = ['tcp', 'ws'];
  return kinds.flatMap((kind) => reachable.map((host) => toMultiaddr({ host, port: ports[kind], kind, device }).toString()));
}
