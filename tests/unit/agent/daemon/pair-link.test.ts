/** Pairing links: one text per link, small enough for a QR, and nothing damaged is believed. */
import fc from 'fast-check';
import { LINK_CHARS_MAX } from '@leanvibe/agent/internal/daemon/link';
import { decodePairLink, encodePairLink, parseShortCode } from '@leanvibe/agent/internal/daemon/pair-link';
import { nativeCrypto } from '@leanvibe/core/internal/crypto/node/native';
import { type DeviceId, toHex } from '@leanvibe/protocol/ids';
import { describe, expect, test } from 'vitest';

const device = toHex(nativeCrypto().signingKeys(new Uint8Array(32).fill(7)).publicKey) as DeviceId;
const secret = '00112233445566778899aabbccddeeff';
const plain = (addresses: readonly string[]): readonly string[] => addresses.map((address) => address.replace(/\/p2p\/.*/, ''));

describe('C40 pairing links', () => {
  test('C40 what goes in comes out, IPv4 and IPv6, TCP and WebSocket', () => {
    const addresses = [
      '/ip4/10.0.0.5/tcp/4001',
      '/ip4/10.0.0.5/tcp/4002/ws',
      '/ip6/fd00:0:0:0:0:0:0:1/tcp/9',
      '/ip6/2001:db8::5/tcp/65535/ws',
    ];
    const link = encodePairLink({ device, secret, origins: [], addresses });
    const read = decodePairLink(` ${link}\n`);
    expect(read.ok && read.value).toMatchObject({ device, secret });
    expect(read.ok && plain(read.value.addresses)).toEqual([
      '/ip4/10.0.0.5/tcp/4001',
      '/ip4/10.0.0.5/tcp/4002/ws',
      '/ip6/fd00::1/tcp/9',
      '/ip6/2001:db8::5/tcp/65535/ws',
    ]);
    expect(read.ok && encodePairLink(read.value)).toBe(link);
  });

  test('C40 a machine with many addresses still gets a link of at most 300 characters', () => {
    const addresses = Array.from({ length: 40 }, (_, at) => `/ip6/2001:db8::${at + 1}/tcp/4001`);
    const link = encodePairLink({ device, secret, origins: [], addresses });
    expect(link.length).toBeLessThanOrEqual(LINK_CHARS_MAX);
    const read = decodePairLink(link);
    expect(read.ok && read.value.addresses.length).toBeGreaterThanOrEqual(5);
  });

  test('C40 relays go along, beside at least one address; a link without them is what older agents read', () => {
    const origins = ['https://relay.example.com', 'http://[fd00::1]:8080', 'https://xn--mnchen-3ya.example:8443'];
    const addresses = Array.from({ length: 40 }, (_, at) => `/ip4/10.0.0.${at + 1}/tcp/4001`);
    const link = encodePairLink({ device, secret, origins, addresses });
    expect(link.length).toBeLessThanOrEqual(LINK_CHARS_MAX);
    const read = decodePairLink(link);
    expect(read.ok && read.value.origins).toEqual(origins);
    expect(read.ok && read.value.addresses.length).toBeGreaterThanOrEqual(5);
    expect(read.ok && encodePairLink(read.value)).toBe(link);
    expect(read.ok && decodePairLink(encodePairLink({ ...read.value, addresses: [] }))).toMatchObject({
      value: { origins, addresses: [] },
    });
    // Byte for byte what was made before there were relays.
    expect(encodePairLink({ device, secret, origins: [], addresses: ['/ip4/10.0.0.5/tcp/4001'] })).toBe(
      `leanvibe://pair/${Buffer.from(`01${device}${secret}000a0000050fa1`, 'hex').toString('base64url')}`,
    );
  });

  test('C40 what is no origin of a relay never enters a link, and is never read from one', () => {
    const wrong = [
      'ftp://relay.example',
      'https://relay.example/path',
      'https://relay.example:443',
      'https://RELAY.example',
      'https://user@relay.example',
      'https://',
      'relay.example',
      `https://${'a'.repeat(60)}.example`,
    ];
    const read = decodePairLink(encodePairLink({ device, secret, origins: [...wrong, 'https://ok.example'], addresses: [] }));
    expect(read.ok && read.value.origins).toEqual(['https://ok.example']);
    const linkOf = (relays: string): string =>
      `leanvibe://pair/${Buffer.from(`02${device}${secret}${relays}`, 'hex').toString('base64url')}`;
    const hex = (text: string): string => Buffer.from([text.length]).toString('hex') + Buffer.from(text).toString('hex');
    expect(decodePairLink(linkOf(`0100${hex('relay.example')}`))).toMatchObject({ value: { origins: ['https://relay.example'] } });
    for (const relays of ['', '00', '04', `0102${hex('relay.example')}`, `0200${hex('relay.example')}`, '0100ff', `0100${hex('a b')}`])
      expect([relays, decodePairLink(linkOf(relays)).ok]).toEqual([relays, false]);
    for (const place of ['relay.example/x', 'relay.example:443', 'RELAY.example', 'x@relay.example', ''])
      expect([place, decodePairLink(linkOf(`0100${hex(place)}`)).ok]).toEqual([place, false]);
  });

  test('C40 names, wrong kinds and zero ports never enter a link', () => {
    const read = decodePairLink(
      encodePairLink({
        device,
        secret,
        origins: [],
        addresses: ['/dns4/evil.example/tcp/1', '/ip4/1.2.3.4/udp/1', 'nonsense', '/ip4/1.2.3.4/tcp/5'],
      }),
    );
    expect(read.ok && plain(read.value.addresses)).toEqual(['/ip4/1.2.3.4/tcp/5']);
  });

  test('A8 a damaged, foreign or newer link is refused in words', () => {
    const link = encodePairLink({ device, secret, origins: [], addresses: ['/ip4/10.0.0.5/tcp/4001'] });
    for (const wrong of [
      '',
      'https://evil.example',
      'leanvibe://pair/',
      link.slice(0, -1),
      `${link}A`,
      link.replace('leanvibe', 'leanvibes'),
      `${link.slice(0, 20)}!${link.slice(21)}`,
      `leanvibe://pair/${'A'.repeat(400)}`,
    ]) {
      expect([wrong, decodePairLink(wrong).ok]).toEqual([wrong, false]);
    }
    const newer = `leanvibe://pair/${Buffer.concat([Buffer.of(3), Buffer.alloc(60)]).toString('base64url')}`;
    expect(decodePairLink(newer)).toMatchObject({ ok: false, error: expect.stringContaining('another version') });
  });

  test('P9 no text makes the reader throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 250 }), (bytes) => {
        const read = decodePairLink(`leanvibe://pair/${Buffer.from(bytes).toString('base64url')}`);
        if (read.ok) expect(encodePairLink(read.value)).toBe(`leanvibe://pair/${Buffer.from(bytes).toString('base64url')}`);
      }),
      { numRuns: 5_000 },
    );
    const good = Buffer.from(
      encodePairLink({ device, secret, origins: ['https://relay.example'], addresses: ['/ip4/10.0.0.5/tcp/4001'] }).slice(16),
      'base64url',
    );
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.nat(255), (at, to) => {
        const bytes = Buffer.from(good);
        bytes[at] = to;
        const text = `leanvibe://pair/${bytes.toString('base64url')}`;
        const read = decodePairLink(text);
        if (read.ok) expect(encodePairLink(read.value)).toBe(text);
      }),
      { numRuns: 5_000 },
    );
    fc.assert(fc.property(fc.string(), (text) => typeof decodePairLink(text).ok === 'boolean'));
  });

  test('C41 a short code is eight digits however they are grouped', () => {
    expect(parseShortCode('1234 5678')).toBe('12345678');
    expect(parseShortCode(' 1234-5678 ')).toBe('12345678');
    for (const wrong of ['1234567', '123456789', '1234567a', '', 'leanvibe://pair/x']) expect(parseShortCode(wrong)).toBeNull();
  });
});
