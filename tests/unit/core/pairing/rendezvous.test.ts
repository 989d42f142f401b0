/** The names under which two devices meet: the same on both sides, of no use to whoever reads them. */
import { describe, expect, test } from 'vitest';
import { hkdfSync } from 'node:crypto';
import { nativeCrypto } from '@leanvibe/core/internal/crypto/node/native';
import { codeMeeting, inviteMeeting, linkMeeting } from '@leanvibe/core/internal/pairing/rendezvous';

const crypto = nativeCrypto();
const [secret, id] = [new Uint8Array(16).fill(1), new Uint8Array(16).fill(2)];
const LABEL = Buffer.from('leanvibe/v1/pair-rendezvous:');
const hkdf = (key: Uint8Array, info: Uint8Array): Buffer => Buffer.from(hkdfSync('sha256', key, Buffer.alloc(0), info, 32));

describe('W29 names at relays', () => {
  test('W29 of a link, a code and an invite they are what the text says', () => {
    expect(Buffer.from(linkMeeting(crypto, secret))).toEqual(hkdf(secret, LABEL));
    expect(Buffer.from(codeMeeting(crypto, '01234567'))).toEqual(hkdf(Buffer.from('01234567', 'ascii'), LABEL));
    expect(Buffer.from(inviteMeeting(crypto, secret, id))).toEqual(hkdf(secret, Buffer.concat([LABEL, id])));
  });

  test('W29 no two of them are the same', () => {
    const names = [
      linkMeeting(crypto, secret),
      linkMeeting(crypto, id),
      codeMeeting(crypto, '00000000'),
      codeMeeting(crypto, '00000001'),
      inviteMeeting(crypto, secret, id),
      inviteMeeting(crypto, id, secret),
    ].map((name) => Buffer.from(name).toString('hex'));
    expect(new Set(names).size).toBe(names.length);
  });
});
