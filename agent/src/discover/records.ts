/** What this agent publishes: a random instance on a random host name; nothing in it names a person, a device or a machine. */
import { randomBytes } from 'node:crypto';
import type makeMdns from 'multicast-dns';
import type { NetAddress } from './interfaces.js';
import { TTL_SECONDS } from './limits.js';

export type DnsAnswer = makeMdns.ResponseOutgoingPacket['answers'][number];
export type DnsQuestion = makeMdns.QueryOutgoingPacket['questions'][number];

export const SERVICE = '_leanvibe._tcp.local';
export const BROWSE_ALL = '_services._dns-sd._udp.local';

export interface OfferedService {
  /** Protocol version, for the TXT record. */
  readonly version: number;
  readonly tcpPort: number;
  /** Null when nothing listens there. */
  readonly wsPort: number | null;
}

export interface Names {
  /** The DNS-SD instance label. */
  readonly instance: string;
  /** `<instance>._leanvibe._tcp.local`. */
  readonly full: string;
  /** The SRV target. */
  readonly host: string;
}

/** New ones for every run, so that two runs of one device cannot be linked by name. */
export function randomNames(): Names {
  const instance = randomBytes(12).toString('hex');
  return { instance, full: `${instance}.${SERVICE}`, host: `${randomBytes(12).toString('hex')}.local` };
}

/** The whole set for one link; `ttl` 0 takes it back. */
export function serviceRecords(
  names: Names,
  service: OfferedService,
  addresses: readonly NetAddress[],
  ttl = TTL_SECONDS,
): readonly DnsAnswer[] {
  const txt = [`v=${service.version}`, `tcp=${service.tcpPort}`, ...(service.wsPort === null ? [] : [`ws=${service.wsPort}`])];
  return [
    { type: 'PTR', name: SERVICE, ttl, data: names.full },
    { type: 'SRV', name: names.full, ttl, flush: true, data: { port: service.tcpPort, target: names.host, priority: 0, weight: 0 } },
    { type: 'TXT', name: names.full, ttl, flush: true, data: txt },
    ...addresses.map(
      ({ host, family }): DnsAnswer => ({ type: family === 4 ? 'A' : 'AAAA', name: names.host, ttl, flush: true, data: host }),
    ),
  ];
}

export function browseAllRecord(): DnsAnswer {
  return { type: 'PTR', name: BROWSE_ALL, ttl: TTL_SECONDS, data: SERVICE };
}

/** What a question asks of us: the service, the list of service types, or nothing. */
export function asksFor(question: { readonly type: string; readonly name: string }, names: Names): 'service' | 'types' | null {
  const name = question.name.toLowerCase();
  const asks = (...types: readonly string[]): boolean => question.type === 'ANY' || types.includes(question.type);
  if (name === SERVICE && asks('PTR')) return 'service';
  if (name === names.full && asks('SRV', 'TXT')) return 'service';
  if (name === names.host && asks('A', 'AAAA')) return 'service';
  return name === BROWSE_ALL && asks('PTR') ? 'types' : null;
}
