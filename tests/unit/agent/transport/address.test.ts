/** Addresses from anywhere: only IPs with TCP or WebSocket are taken. */
import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { accountOf } from '@leanvibe/agent/internal/transport/accept';
import { parseLanAddress, shownAddress, toMultiaddr } from '@leanvibe/agent/internal/transport/address';
import { deviceKey, peerOf } from '@leanvibe/agent/internal/transport/identity';
import { dialableAddresses } from '@leanvibe/agent/internal/transport/listen';
import type { DeviceId } from '@leanvibe/protocol/ids';

describe('LAN addresses', () => {
  test('C1: the peer id in an address is the device’s public key and nothing else', async () => {
    const { deviceId, key } = await deviceKey(new Uint8Array(randomBytes(32)));
    const text = toMultiaddr({ host: '10.0.0.5', port: 4001, kind: 'ws', device: deviceId }).toString();
    expect(text).toBe(`/ip4/10.0.0.5/tcp/4001/ws/p2p/${peerOf(deviceId).toString()}`);
    expect(parseLanAddress(text)).toEqual({ host: '10.0.0.5', port: 4001, kind: 'ws', device: deviceId });
    expect(Buffer.from(key.publicKey.raw).toString('hex')).toBe(deviceId);
  });

  test.each([
    '',
    '/',
    'http://10.0.0.1',
    '/dns4/example.com/tcp/1',
    '/dnsaddr/example.com',
    '/ip4/1.2.3.4',
    '/ip4/1.2.3.4/udp/1',
    '/ip4/1.2.3.4/tcp/0',
    '/ip4/1.2.3.4/tcp/1/wss',
    '/ip4/1.2.3.4/tcp/1/ws/ws',
    '/ip4/1.2.3.4/tcp/1/p2p-circuit',
    '/ip6zone/x/ip6/fe80::1/tcp/1',
    `/ip4/1.2.3.4/tcp/1/p2p/QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPbdG`,
    `/ip4/1.2.3.4/tcp/1${'/ws'.repeat(200)}`,
    '/unix/tmp%2Fx',
  ])('C39: %j is no LAN address', (text) => {
    expect(parseLanAddress(text)).toBeNull();
  });

  test('P9: no text makes the parser throw', () => {
    fc.assert(fc.property(fc.string(), (text) => parseLanAddress(`/ip4/${text}`) === null || text.length > 0));
  });

  test('A8: people see host and port', () => {
    expect(shownAddress({ host: '10.0.0.5', port: 4001, kind: 'tcp', device: null })).toBe('10.0.0.5:4001');
    expect(shownAddress({ host: 'fd00::1', port: 4001, kind: 'ws', device: null })).toBe('[fd00::1]:4001 (ws)');
  });

  test('C39: loopback is offered only when there is no network', () => {
    const device = 'aa'.repeat(32) as DeviceId;
    const lo = { interfaceName: 'lo', host: '127.0.0.1', family: 4, prefixBits: 8, internal: true } as const;
    const eth = { interfaceName: 'eth0', host: '10.0.0.5', family: 4, prefixBits: 24, internal: false } as const;
    const hosts = (networks: readonly (typeof lo | typeof eth)[]): readonly string[] =>
      dialableAddresses(['0.0.0.0'], { tcp: 1, ws: 2 }, device, networks).map((text) => text.split('/')[2] ?? '');
    expect(hosts([lo, eth])).toEqual(['10.0.0.5', '10.0.0.5']);
    expect(hosts([lo])).toEqual(['127.0.0.1', '127.0.0.1']);
    expect(hosts([])).toEqual([]);
  });

  test('P9: IPv6 hosts are counted by their /64, mapped IPv4 as IPv4', () => {
    expect(accountOf('::ffff:10.0.0.5')).toBe('10.0.0.5');
    expect(accountOf('fd00:1:2:3:4:5:6:7')).toBe(accountOf('fd00:1:2:3::9'));
    expect(accountOf('fd00:1:2:3::9')).not.toBe(accountOf('fd00:1:2:4::9'));
  });
});
