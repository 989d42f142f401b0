/** Addresses of relays as people type them, and what is said when one cannot be reached. */
import { originTyped, relayFailure } from '@leanvibe/agent/internal/relay/words';
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
  ])('%j is none', (typed) => {
    expect(originTyped(typed)).toBeNull();
  });

  test('what the system says becomes words', () => {
    const failure = (code: string): string => relayFailure(Object.assign(new Error('x'), { code }));
    expect(failure('ECONNREFUSED')).toMatch(/is the relay running/);
    expect(failure('ENOTFOUND')).toMatch(/name is not known/);
    expect(failure('CERT_HAS_EXPIRED')).toMatch(/certificate/);
    expect(relayFailure(new Error('given up'))).toBe('given up');
  });
});
