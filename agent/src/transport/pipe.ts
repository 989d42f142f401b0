/** A pipe: bytes both ways to one other agent, whatever carries them; the transport's handshake runs inside, so what carries it need not be trusted. */
import { isIPv4, isIPv6 } from 'node:net';
import { multiaddr, type Multiaddr } from '@multiformats/multiaddr';
import type { DeviceId } from '@leanvibe/protocol/ids';
import { peerOf } from './identity.js';

export interface PipeEvents {
  /** The next bytes, in order, in pieces of any size. */
  onBytes(bytes: Uint8Array): void;
  /** Some of what was queued has left; told at the latest when nothing is queued any more. */
  onDrain(): void;
  /** Told exactly once, whoever ended it; nothing arrives afterwards. */
  onClose(reason: string): void;
}

export interface Pipe {
  /** Queues at most 64 KiB; never throws; ignored once closed. The bytes may not be changed afterwards. */
  send(bytes: Uint8Array): void;
  /** Bytes accepted by `send` that have not left yet. */
  queuedBytes(): number;
  /** Starts delivery: what came before is delivered first, and so is a close. Called once. */
  start(events: PipeEvents): void;
  /** What was sent before still leaves, as far as it can. */
  close(reason: string): void;
}

/** What people read in `via` of a channel that a relay carries. */
export const RELAY_PIPE = 'relay-pipe';

/** `https://relay.example.com:8443`, as libp2p wants addresses. Throws on anything but an HTTP origin. */
export function pipeAddress(origin: string, expect: DeviceId | null): Multiaddr {
  const { protocol, hostname, port } = new URL(origin);
  if (protocol !== 'https:' && protocol !== 'http:') throw new Error(`not the origin of a relay: ${origin}`);
  const host = hostname.replace(/^\[|\]$/g, '');
  const family = isIPv4(host) ? 'ip4' : isIPv6(host) ? 'ip6' : 'dns';
  const secure = protocol === 'https:';
  const named = expect === null ? '' : `/p2p/${peerOf(expect).toString()}`;
  return multiaddr(`/${family}/${host}/tcp/${port || (secure ? '443' : '80')}${secure ? '/tls' : ''}/http${named}`);
}

/** The relay's origin; null for an address of a network. */
export function originOf(address: Multiaddr): string | null {
  const [host, tcp, ...rest] = address.getComponents();
  const names = rest.map(({ name }) => name);
  if (host?.value === undefined || tcp?.value === undefined || !names.includes('http')) return null;
  const shown = host.name === 'ip6' ? `[${host.value}]` : host.value;
  return new URL(`${names.includes('tls') ? 'https' : 'http'}://${shown}:${tcp.value}`).origin;
}

/** For people: `the relay relay.example.com`. */
export function shownRelay(origin: string): string {
  return `the relay ${new URL(origin).host}`;
}
