/** Invite links: one text per link, small enough for a QR with names in every script, and nothing damaged is believed. */
import fc from 'fast-check';
import { decodeInviteLink, encodeInviteLink, type InviteLink, isInviteLink } from '@leanvibe/agent/internal/daemon/invite-link';
import { LINK_CHARS_MAX } from '@leanvibe/agent/internal/daemon/link';
import { decodePairLink, encodePairLink } from '@leanvibe/agent/internal/daemon/pair-link';
import { nativeCrypto } from '@leanvibe/core/internal/crypto/node/native';
import { type DeviceId, toHex } from '@leanvibe/protocol/ids';
import { describe, expect, test } from 'vitest';

const device = toHex(nativeCrypto().signingKeys(new Uint8Array(32).fill(7)).publicKey) as DeviceId;
const link: InviteLink = {
  device,
  invite: '00112233445566778899aabbccddeeff',
  secret: 'ffeeddccbbaa99887766554433221100',
  personName: 'Zoë',
  spaceName: '開発チーム 🚀',
  expiresAtMs: 1_900_000_000_000,
  origins: [],
  addresses: ['/ip4/10.0.0.5/tcp/4001', '/ip6/2001:db8::5/tcp/65535/ws'],
};

describe('C42 invite links', () => {
  test('C42 what goes in comes out, names too', () => {
    const read = decodeInviteLink(` ${encodeInviteLink(link)}\n`);
    expect(read.ok && read.value).toMatchObject({
      ...link,
      addresses: [expect.stringContaining('10.0.0.5'), expect.stringContaining('db8')],
    });
    expect(read.ok && encodeInviteLink(read.value)).toBe(encodeInviteLink(link));
    expect(isInviteLink(encodeInviteLink(link))).toBe(true);
  });

  test('C42 long names are cut between characters, and the link still fits a QR and holds an address', () => {
    const long = encodeInviteLink({ ...link, personName: '🚀'.repeat(64), spaceName: 'ü'.repeat(64) });
    expect(long.length).toBeLessThanOrEqual(LINK_CHARS_MAX);
    const read = decodeInviteLink(long);
    expect(read.ok && [read.value.personName, read.value.spaceName]).toEqual(['🚀'.repeat(10), 'ü'.repeat(20)]);
    expect(read.ok && read.value.addresses.length).toBeGreaterThanOrEqual(1);
  });

  test('C42 relays go along, also beside long names, and leave room for an address', () => {
    const origins = ['https://relay.example.com', 'https://relay2.example.com:8443'];
    const read = decodeInviteLink(encodeInviteLink({ ...link, origins }));
    expect(read.ok && read.value).toMatchObject({ origins, invite: link.invite, addresses: [expect.anything(), expect.anything()] });
    const more = [...origins, 'https://a-third-relay.example.com'];
    const long = encodeInviteLink({ ...link, origins: more, personName: '🚀'.repeat(64), spaceName: 'ü'.repeat(64) });
    expect(long.length).toBeLessThanOrEqual(LINK_CHARS_MAX);
    const cut = decodeInviteLink(long);
    expect(cut.ok && cut.value).toMatchObject({ origins, addresses: [expect.anything()] });
    expect(cut.ok && encodeInviteLink(cut.value)).toBe(long);
  });

  test('A8 a damaged, foreign or newer link, and one of the other kind, is refused in words', () => {
    const good = encodeInviteLink(link);
    const bytes = Buffer.from(good.slice('leanvibe://invite/'.length), 'base64url');
    const changed = (at: number, to: number): string => {
      const copy = Buffer.from(bytes);
      copy[at] = to;
      return `leanvibe://invite/${copy.toString('base64url')}`;
    };
    // Byte 69 is the length of the first name: too long, or beyond the end; byte 70 its first letter.
    for (const wrong of [
      '',
      'leanvibe://invite/',
      good.slice(0, -1),
      `${good}A`,
      good.slice(0, 60),
      changed(69, 41),
      changed(69, 255),
      changed(70, 0xff),
    ])
      expect([wrong, decodeInviteLink(wrong).ok]).toEqual([wrong, false]);
    expect(decodeInviteLink(changed(0, 3))).toMatchObject({ error: expect.stringContaining('another version') as string });
    const pair = encodePairLink({ device, secret: link.secret, origins: [], addresses: link.addresses });
    expect(decodeInviteLink(pair)).toMatchObject({ ok: false, error: expect.stringContaining('pairs a device') as string });
    expect(decodePairLink(good)).toMatchObject({ ok: false, error: expect.stringContaining('invites a person') as string });
  });

  test('P9 no text makes the reader throw, and what it reads is the only text for it', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 210 }), (bytes) => {
        const text = `leanvibe://invite/${Buffer.from(bytes).toString('base64url')}`;
        const read = decodeInviteLink(text);
        if (read.ok) expect(encodeInviteLink(read.value)).toBe(text);
      }),
      { numRuns: 5_000 },
    );
    const good = Buffer.from(encodeInviteLink(link).slice('leanvibe://invite/'.length), 'base64url');
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.nat(255), (at, to) => {
        const bytes = Buffer.from(good);
        bytes[at] = to;
        const text = `leanvibe://invite/${bytes.toString('base64url')}`;
        const read = decodeInviteLink(text);
        if (read.ok) expect(encodeInviteLink(read.value)).toBe(text);
      }),
      { numRuns: 5_000 },
    );
  });
});
