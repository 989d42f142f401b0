/** Other people's records: honest ones are understood, the rest is refused with a reason. */
import { describe, expect, test } from 'vitest';
import { readResponse } from '@leanvibe/agent/internal/discover/read';
import { asksFor, randomNames, SERVICE, serviceRecords, type DnsAnswer } from '@leanvibe/agent/internal/discover/records';
import type { NetAddress } from '@leanvibe/agent/internal/discover/interfaces';

const at = (host: string, family: 4 | 6 = 4): NetAddress => ({ interfaceName: 'eth0', host, family, prefixBits: 24, internal: false });
const names = randomNames();
const service = { version: 1, tcpPort: 4001, wsPort: 4002 };
const honest = serviceRecords(names, service, [at('10.0.0.5'), at('fd00::5', 6)]);
const read = (answers: readonly DnsAnswer[], fromSelf = false): ReturnType<typeof readResponse> =>
  readResponse({ answers: [...answers], additionals: [] }, fromSelf);
const swap = (type: string, change: (record: DnsAnswer) => unknown): readonly DnsAnswer[] =>
  honest.map((record) => (record.type === type ? ({ ...record, ...(change(record) as object) } as DnsAnswer) : record));

describe('reading DNS-SD', () => {
  test('C39: what one agent publishes another understands', () => {
    const { sightings, refused } = read(honest);
    expect(refused).toEqual([]);
    expect(sightings).toEqual([
      {
        instance: names.instance,
        version: 1,
        ttlSeconds: 120,
        addresses: [
          { host: '10.0.0.5', port: 4001, kind: 'tcp' },
          { host: '10.0.0.5', port: 4002, kind: 'ws' },
          { host: 'fd00::5', port: 4001, kind: 'tcp' },
          { host: 'fd00::5', port: 4002, kind: 'ws' },
        ],
      },
    ]);
  });

  test('C39: names are random per run and carry nothing of the machine', () => {
    const other = randomNames();
    expect(new Set([names.instance, names.host, other.instance, other.host]).size).toBe(4);
    expect(names.full).toMatch(/^[0-9a-f]{24}\._leanvibe\._tcp\.local$/);
    expect(names.host).toMatch(/^[0-9a-f]{24}\.local$/);
  });

  test('C39: a goodbye takes back, and beats a description in the same packet', () => {
    expect(read(serviceRecords(names, service, [at('10.0.0.5')], 0))).toMatchObject({ sightings: [], goodbyes: [names.instance] });
  });

  test('C39: a name without its description is asked for', () => {
    expect(read(honest.slice(0, 1)).incomplete).toEqual([names.instance]);
    expect(read(honest.filter(({ type }) => type !== 'A' && type !== 'AAAA')).incomplete).toEqual([names.instance]);
    expect(read(honest.filter(({ type }) => type !== 'TXT')).incomplete).toEqual([names.instance]);
  });

  test.each([
    ['txt-too-large', swap('TXT', () => ({ data: ['v=1', 'x='.padEnd(500, 'x')] }))],
    ['txt-too-large', swap('TXT', () => ({ data: Array.from({ length: 300 }, () => Buffer.from('v=1')) }))],
    ['bad-txt', swap('TXT', () => ({ data: [] }))],
    ['bad-txt', swap('TXT', () => ({ data: ['v=1e9'] }))],
    ['bad-txt', swap('TXT', () => ({ data: ['v=-1'] }))],
    ['bad-txt', swap('TXT', () => ({ data: ['v=1', 'ws=99999'] }))],
    ['bad-address', swap('SRV', () => ({ data: { port: 0, target: names.host } }))],
    ['bad-address', honest.slice(0, 3).concat({ type: 'A', name: names.host, ttl: 120, data: '127.0.0.1' })],
    ['bad-address', honest.slice(0, 3).concat({ type: 'A', name: names.host, ttl: 120, data: '0.0.0.0' })],
    ['bad-address', honest.slice(0, 3).concat({ type: 'A', name: names.host, ttl: 120, data: '255.255.255.255' })],
    ['bad-address', honest.slice(0, 3).concat({ type: 'A', name: names.host, ttl: 120, data: '224.0.0.251' })],
    ['bad-address', honest.slice(0, 3).concat({ type: 'AAAA', name: names.host, ttl: 120, data: '::1' })],
    ['bad-address', honest.slice(0, 3).concat({ type: 'AAAA', name: names.host, ttl: 120, data: 'fe80::1' })],
    ['bad-address', honest.slice(0, 3).concat({ type: 'AAAA', name: names.host, ttl: 120, data: '::ffff:127.0.0.1' })],
    ['bad-instance-name', [{ type: 'PTR', name: SERVICE, ttl: 120, data: `a.b.${SERVICE}` } satisfies DnsAnswer]],
    ['bad-instance-name', [{ type: 'PTR', name: SERVICE, ttl: 120, data: `<script>.${SERVICE}` } satisfies DnsAnswer]],
    ['bad-instance-name', [{ type: 'PTR', name: SERVICE, ttl: 120, data: SERVICE } satisfies DnsAnswer]],
  ])('P9: refused as %s', (reason, answers) => {
    const reading = read(answers);
    expect(reading.sightings).toEqual([]);
    expect(reading.refused).toEqual([reason]);
  });

  test('P9: hundreds of addresses for one name are cut to a few', () => {
    const flood = Array.from({ length: 90 }, (_, index): DnsAnswer => ({ type: 'A', name: names.host, ttl: 120, data: `10.0.1.${index}` }));
    expect(read([...honest.slice(0, 3), ...flood]).sightings[0]?.addresses.length).toBe(16);
  });

  test('P9: no lifetime is believed beyond our own', () => {
    expect(read(swap('SRV', () => ({ ttl: 4_000_000 }))).sightings[0]?.ttlSeconds).toBe(120);
  });

  test('C39: loopback is believed from this machine alone', () => {
    const local = serviceRecords(names, service, [at('127.0.0.1')]);
    expect(read(local, true).sightings.length).toBe(1);
    expect(read(local, false).sightings.length).toBe(0);
  });

  test('C39: only questions about this service are answered', () => {
    expect(asksFor({ type: 'PTR', name: '_LeanVibe._tcp.local' }, names)).toBe('service');
    expect(asksFor({ type: 'ANY', name: names.full }, names)).toBe('service');
    expect(asksFor({ type: 'A', name: names.host }, names)).toBe('service');
    expect(asksFor({ type: 'PTR', name: '_services._dns-sd._udp.local' }, names)).toBe('types');
    expect(asksFor({ type: 'A', name: SERVICE }, names)).toBeNull();
    expect(asksFor({ type: 'PTR', name: '_http._tcp.local' }, names)).toBeNull();
  });
});
