/** Reading other people's records: every field is checked, every refusal has a fixed reason. */
import { isIPv4, isIPv6 } from 'node:net';
import type makeMdns from 'multicast-dns';
import { ADDRESSES_PER_INSTANCE_MAX, TTL_SECONDS, TXT_BYTES_MAX } from './limits.js';
import { SERVICE, type DnsAnswer } from './records.js';

export interface FoundAddress {
  readonly host: string;
  readonly port: number;
  readonly kind: 'tcp' | 'ws';
}

export interface Sighting {
  readonly instance: string;
  readonly version: number;
  readonly addresses: readonly FoundAddress[];
  /** At most what we publish ourselves. */
  readonly ttlSeconds: number;
}

export interface Reading {
  readonly sightings: readonly Sighting[];
  readonly goodbyes: readonly string[];
  /** Named, but not described in this packet: to be asked for. */
  readonly incomplete: readonly string[];
  readonly refused: readonly string[];
}

const LABEL = /^[a-z0-9-]{1,63}$/;
const SUFFIX = `.${SERVICE}`;

/** The label of `<label>._leanvibe._tcp.local`; null for anything else. */
export function instanceOf(name: string): string | null {
  const lower = name.toLowerCase();
  const label = lower.endsWith(SUFFIX) ? lower.slice(0, -SUFFIX.length) : '';
  return LABEL.test(label) ? label : null;
}

/** `fromSelf`: the packet came from an address of this machine, which alone may speak of loopback. */
export function readResponse(packet: Pick<makeMdns.ResponsePacket, 'answers' | 'additionals'>, fromSelf: boolean): Reading {
  const records = [...(packet.answers ?? []), ...(packet.additionals ?? [])];
  const goodbyes = new Set<string>();
  const named = new Set<string>();
  const refused: string[] = [];
  for (const record of records) {
    if (record.type !== 'PTR' || record.name.toLowerCase() !== SERVICE) continue;
    const instance = instanceOf(String(record.data));
    if (instance === null) refused.push('bad-instance-name');
    else (record.ttl === 0 ? goodbyes : named).add(instance);
  }
  const sightings: Sighting[] = [];
  const incomplete: string[] = [];
  for (const record of records) {
    const instance = record.type === 'SRV' ? instanceOf(record.name) : null;
    if (instance === null || record.type !== 'SRV') continue;
    named.delete(instance);
    if (record.ttl === 0) goodbyes.add(instance);
    else if (!goodbyes.has(instance)) addSighting(instance, record, records, fromSelf, { sightings, refused, incomplete });
  }
  return { sightings, goodbyes: [...goodbyes], incomplete: [...incomplete, ...named], refused };
}

type Srv = Extract<DnsAnswer, { readonly type: 'SRV' }>;

interface Sink {
  readonly sightings: Sighting[];
  readonly refused: string[];
  readonly incomplete: string[];
}

function addSighting(instance: string, srv: Srv, records: readonly DnsAnswer[], fromSelf: boolean, sink: Sink): void {
  const txt = records.find((record) => record.type === 'TXT' && instanceOf(record.name) === instance);
  const target = srv.data.target.toLowerCase();
  const claimed = records.flatMap((record) =>
    (record.type === 'A' || record.type === 'AAAA') && record.name.toLowerCase() === target && record.ttl !== 0 ? [record.data] : [],
  );
  if (txt?.type !== 'TXT' || claimed.length === 0) {
    sink.incomplete.push(instance);
    return;
  }
  const read = readTxt(txt.data);
  if (typeof read === 'string') {
    sink.refused.push(read);
    return;
  }
  const hosts = [...new Set(claimed)].filter((host) => usable(host, fromSelf)).slice(0, ADDRESSES_PER_INSTANCE_MAX / 2);
  if (hosts.length === 0 || !isPort(srv.data.port)) {
    sink.refused.push('bad-address');
    return;
  }
  const addresses = hosts.flatMap((host): FoundAddress[] => [
    { host, port: srv.data.port, kind: 'tcp' },
    ...(read.wsPort === null ? [] : [{ host, port: read.wsPort, kind: 'ws' as const }]),
  ]);
  sink.sightings.push({ instance, version: read.version, addresses, ttlSeconds: Math.min(srv.ttl ?? TTL_SECONDS, TTL_SECONDS) });
}

/** The reason of refusal as text, or what the record says. */
function readTxt(data: unknown): { readonly version: number; readonly wsPort: number | null } | string {
  const strings = (Array.isArray(data) ? data : [data]).map((one) =>
    one instanceof Uint8Array ? Buffer.from(one).toString('latin1') : String(one),
  );
  if (strings.reduce((sum, one) => sum + one.length + 1, 0) > TXT_BYTES_MAX) return 'txt-too-large';
  const fields = new Map(
    strings.map((one): [string, string] => {
      const [name = '', ...value] = one.split('=');
      return [name.toLowerCase(), value.join('=')];
    }),
  );
  const version = fields.get('v') ?? '';
  const ws = fields.get('ws');
  if (!/^[1-9]\d{0,3}$/.test(version)) return 'bad-txt';
  if (ws === undefined) return { version: Number(version), wsPort: null };
  return /^\d{1,5}$/.test(ws) && isPort(Number(ws)) ? { version: Number(version), wsPort: Number(ws) } : 'bad-txt';
}

function isPort(port: number): boolean {
  return Number.isInteger(port) && port > 0 && port < 65_536;
}

/** Addresses one can dial on a LAN: none that mean many machines, nobody, or the reader itself. */
function usable(host: string, fromSelf: boolean): boolean {
  if (isIPv4(host)) {
    const first = Number(host.split('.')[0]);
    return first !== 0 && first < 224 && (first !== 127 || fromSelf);
  }
  if (!isIPv6(host)) return false;
  const text = host.toLowerCase();
  return text !== '::' && (text !== '::1' || fromSelf) && !/^(ff|fe[89ab])/.test(text) && !text.startsWith('::ffff:');
}
