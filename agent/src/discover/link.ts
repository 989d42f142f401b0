/** One network address and its mDNS socket: packets are weighed before they are decoded. */
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import type { ClockDep } from '@leanvibe/core/ports/clock';
import makeMdns from 'multicast-dns';
import type { Counters } from '../transport/counters.js';
import { createBuckets } from './bucket.js';
import type { NetAddress } from './interfaces.js';
import type { DnsAnswer, DnsQuestion } from './records.js';
import { MDNS_PORT, PACKETS_IN_ALL, PACKETS_PER_HOST, PACKET_BYTES_MAX, PACKET_RECORDS_MAX } from './limits.js';

export interface LinkHandlers {
  onQuery(packet: makeMdns.QueryPacket, from: RemoteInfo): void;
  onResponse(packet: makeMdns.ResponsePacket, from: RemoteInfo): void;
  /** The socket is of no use; the reason is one of ours. */
  onDead(reason: string): void;
  /** Where the sender stands: on this link, on another of ours, or nowhere near. */
  place(host: string): 'here' | 'elsewhere' | 'off-link';
}

/** A question has `known` answers under another name, so that the two kinds cannot be mixed up. */
export type LinkPacket = makeMdns.ResponseOutgoingPacket | LinkQuery;

export interface LinkQuery {
  readonly questions: readonly DnsQuestion[];
  readonly known: readonly DnsAnswer[];
}

export interface Link {
  readonly at: NetAddress;
  send(packet: LinkPacket, to?: { readonly port: number; readonly address: string }): void;
  /** Resolves when what was sent before is out. */
  close(): Promise<void>;
}

const HEADER_BYTES = 12;
const FLUSH_MS_MAX = 200;
/** Packets about other services are most of a network's chatter and are never decoded. */
const ABOUT_US = [Buffer.from('_leanvibe'), Buffer.from('_services')];

function recordCount(packet: Buffer): number {
  return packet.readUInt16BE(4) + packet.readUInt16BE(6) + packet.readUInt16BE(8) + packet.readUInt16BE(10);
}

/** `ours`: labels under which others may ask for this agent directly. */
export function createLink(
  deps: ClockDep & { readonly counters: Counters },
  at: NetAddress,
  ours: readonly string[],
  handlers: LinkHandlers,
): Link {
  const perHost = createBuckets(deps, PACKETS_PER_HOST);
  const inAll = createBuckets(deps, PACKETS_IN_ALL);
  const words = [...ABOUT_US, ...ours.map((label) => Buffer.from(label))];

  function refusal(packet: Buffer, from: RemoteInfo): string | null {
    const place = handlers.place(from.address);
    // Every socket on the port hears every link; only the sender's own link answers.
    if (place !== 'here') return place === 'elsewhere' ? '' : 'off-link';
    if (!words.some((word) => packet.includes(word))) return '';
    if (packet.length < HEADER_BYTES) return 'malformed';
    if (packet.length > PACKET_BYTES_MAX) return 'packet-too-large';
    if (recordCount(packet) > PACKET_RECORDS_MAX) return 'too-many-records';
    return perHost.take(from.address) && inAll.take('') ? null : 'too-many-packets';
  }

  const socket = tapped((packet, from) => {
    const reason = refusal(packet, from);
    if (reason !== null && reason !== '') deps.counters.count(reason);
    return reason === null;
  });
  const mdns = makeMdns({ socket, interface: at.host, bind: '0.0.0.0', port: MDNS_PORT });
  let closed = false;
  mdns.on('query', (packet: makeMdns.QueryPacket, from: RemoteInfo) => {
    if (!closed) handlers.onQuery(packet, from);
  });
  mdns.on('response', (packet: makeMdns.ResponsePacket, from: RemoteInfo) => {
    if (!closed) handlers.onResponse(packet, from);
  });
  // Undecodable bytes and lost networks come as warnings; only a port that cannot be had is an error.
  mdns.on('warning', (error) => deps.counters.count('code' in error ? 'link-trouble' : 'malformed'));
  mdns.on('error', () => handlers.onDead('port-unavailable'));

  /** Sends the system has not taken yet; closing before would lose them. */
  let sending = 0;
  let onIdle: () => void = () => undefined;

  function done(error: Error | null | undefined): void {
    sending -= 1;
    if (error !== null && error !== undefined) deps.counters.count('send-failed');
    if (sending === 0) onIdle();
  }

  function send(packet: LinkPacket, to?: { readonly port: number; readonly address: string }): void {
    if (closed) return;
    sending += 1;
    if ('known' in packet) mdns.query({ questions: [...packet.questions], answers: [...packet.known] }, done);
    else if (to === undefined) mdns.respond(packet, done);
    else mdns.respond(packet, to, done);
  }

  async function close(): Promise<void> {
    if (closed) return;
    closed = true;
    if (sending > 0) {
      await new Promise<void>((resolve) => {
        const giveUp = deps.clock.after(FLUSH_MS_MAX, resolve);
        onIdle = () => {
          giveUp();
          resolve();
        };
      });
    }
    await new Promise<void>((resolve) => mdns.destroy(() => resolve()));
  }

  return { at, send, close };
}

/** A socket whose messages reach their listeners only when `admit` lets them: multicast-dns decodes at once. */
function tapped(admit: (packet: Buffer, from: RemoteInfo) => boolean): Socket {
  const socket = createSocket({ type: 'udp4', reuseAddr: true });
  const emit = socket.emit.bind(socket) as (event: string, ...rest: unknown[]) => boolean;
  socket.emit = ((event: string, ...rest: unknown[]) =>
    (event !== 'message' || admit(rest[0] as Buffer, rest[1] as RemoteInfo)) && emit(event, ...rest)) as typeof socket.emit;
  return socket;
}
