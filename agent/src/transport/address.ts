/** LAN addresses: multiaddrs of an IP, a TCP port, perhaps `/ws`, perhaps `/p2p`; names are refused, so nothing is ever resolved. */
import { multiaddr, type Multiaddr } from '@multiformats/multiaddr';
import { peerIdFromString } from '@libp2p/peer-id';
import type { DeviceId } from '@leanvibe/protocol/ids';
import { deviceOf, peerOf } from './identity.js';

export type LanKind = 'tcp' | 'ws';

export interface LanAddress {
  readonly host: string;
  readonly port: number;
  readonly kind: LanKind;
  /** The device the address names, if it names one. */
  readonly device: DeviceId | null;
}

const TEXT_MAX = 256;

/** Null for anything but an IPv4 or IPv6 address with TCP or WebSocket, from any source. */
export function parseLanAddress(text: string): LanAddress | null {
  if (text.length > TEXT_MAX) return null;
  try {
    return fromMultiaddr(multiaddr(text));
  } catch {
    // The parser throws on whatever is no multiaddr: that is an answer here.
    return null;
  }
}

export function fromMultiaddr(address: Multiaddr): LanAddress | null {
  const [ip, tcp, ...rest] = address.getComponents();
  if (ip === undefined || (ip.name !== 'ip4' && ip.name !== 'ip6') || tcp?.name !== 'tcp') return null;
  const kind: LanKind = rest[0]?.name === 'ws' ? 'ws' : 'tcp';
  const [named, ...more] = kind === 'ws' ? rest.slice(1) : rest;
  const port = Number(tcp.value);
  if (more.length > 0 || !(port > 0 && port < 65_536)) return null;
  if (named === undefined) return { host: ip.value ?? '', port, kind, device: null };
  if (named.name !== 'p2p' || named.value === undefined) return null;
  const device = deviceOf(peerIdFromString(named.value));
  return device === null ? null : { host: ip.value ?? '', port, kind, device };
}

export function toMultiaddr({ host, port, kind, device }: LanAddress): Multiaddr {
  const family = host.includes(':') ? 'ip6' : 'ip4';
  const named = device === null ? '' : `/p2p/${peerOf(device).toString()}`;
  return multiaddr(`/${family}/${host}/tcp/${port}${kind === 'ws' ? '/ws' : ''}${named}`);
}

/** For people: `10.0.0.5:4001`, `[fd00::1]:4001`, and `(ws)` behind a WebSocket. */
export function shownAddress({ host, port, kind }: LanAddress): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}${kind === 'ws' ? ' (ws)' : ''}`;
}
