/** Addresses of relays as people type them, and what is said when one cannot be reached or will not have this device. */
import { exposureOf, mailboxRefusal, originTyped, relayFailure, relayTrouble } from '@leanvibe/agent/internal/relay/words';
import { RELAY_REFUSALS } from '@leanvibe/protocol/relay';
import { describe, expect, test } from 'vitest';

describe('addresses of relays', () => {
  test.each([
    ['relay.example', 'https://relay.example'],
    [' https://Relay.Example/ ', 'https://relay.example'],
    ['http://127.0.0.1:8787', 'http://127.0.0.1:8787'],
    ['relay.example:8443', 'https://relay.example:8443'],
    ['https://[::1]:8787', 'https://[::1]:8787'],
  ])('%s is meant as %s', (typed, origin) => {
    expect(originTyped(typed)).toBe(origin);
  });

  test.each([
    '',
    'ftp://relay.example',
    'https://relay.example/sync',
    'https://a:b@relay.example',
    'https://relay.example/?x=1',
    'two words',
    // Browsers take these, and no link could tell them to another device.
    'https://my_relay',
    'https://relay.example./',
  ])('%j is none', (typed) => {
    expect(originTyped(typed)).toBeNull();
  });

  test.each([
    ['https://relay.example', 'none'],
    ['http://127.0.0.1:8787', 'none'],
    ['http://localhost:8787', 'none'],
    ['http://[::1]:8787', 'none'],
    ['http://10.77.3.1:8787', 'network'],
    ['http://172.31.0.9', 'network'],
    ['http://192.168.1.5', 'network'],
    ['http://100.101.5.5', 'network'],
    ['http://[fd12:3456::1]', 'network'],
    ['http://[fe80::1]', 'network'],
    ['http://172.32.0.9', 'internet'],
    ['http://100.128.0.1', 'internet'],
    ['http://8.8.8.8', 'internet'],
    ['http://[2001:db8::1]', 'internet'],
    ['http://relay.example', 'internet'],
    ['http://10.example', 'internet'],
  ])('what is sent to %s can be read by: %s', (origin, exposure) => {
    expect(originTyped(origin)).toBe(origin);
    expect(exposureOf(origin)).toBe(exposure);
  });

  test('what the system says becomes words', () => {
    const failure = (code: string): string => relayFailure(Object.assign(new Error('x'), { code }));
    expect(failure('ECONNREFUSED')).toMatch(/is the relay running/);
    expect(failure('ENOTFOUND')).toMatch(/name is not known/);
    expect(failure('CERT_HAS_EXPIRED')).toMatch(/certificate/);
    expect(failure('UND_ERR_SOCKET')).toBe('the connection broke');
    expect(relayFailure(new DOMException('The operation was aborted due to timeout', 'TimeoutError'))).toBe('it did not answer in time');
    expect(relayFailure(new Error('given up'))).toBe('given up');
  });
});

const ORIGIN = 'https://relay.test';

test('a device the relay does not know any more is told to sign in again, there', () => {
  for (const reason of ['token', 'revoked'])
    expect(relayTrouble(reason, ORIGIN)).toEqual({
      words: expect.stringContaining(`sign in again with: leanvibe relay login ${ORIGIN}`) as string,
      refused: true,
    });
});

test('what passes by itself is no refusal', () => {
  for (const reason of ['going-away', 'too-slow', 'unavailable', 'the connection broke'])
    expect(relayTrouble(reason, ORIGIN).refused, reason).toBe(false);
});

test('no refusal of a whole connection is told by its code', () => {
  const ofOneMailbox = new Set(['unknown-mailbox', 'proof', 'taken', 'not-yours', 'quota-mailboxes', 'quota-bytes', 'nobody-there']);
  for (const reason of RELAY_REFUSALS.filter((one) => !ofOneMailbox.has(one)))
    expect(relayTrouble(reason, ORIGIN).words, reason).not.toBe(reason);
});

test('no refusal of a mailbox is told by its code', () => {
  for (const reason of RELAY_REFUSALS.filter((one) => one !== 'nobody-there')) expect(mailboxRefusal(reason), reason).not.toBe(reason);
});
