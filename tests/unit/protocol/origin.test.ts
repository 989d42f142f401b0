/** Origins: one text for one relay, and the same answer as a browser's URL class wherever that has one. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isOrigin } from '@leanvibe/protocol/origin';

const GOOD = [
  'https://relay.example',
  'http://relay.example:8080',
  'https://localhost:8443',
  'https://a-b.c0.example:65535',
  'http://192.168.0.1',
  'http://0.0.0.0:1',
  'https://[::1]:8443',
  'https://[::]',
  'https://[2001:db8::1:0:0:1]',
  'https://[1:0:2:3:4:5:6:7]',
  'https://[fe80::1]',
  'https://xn--bcher-kva.example',
];
const BAD = [
  '',
  'relay.example',
  'https://',
  'https://relay.example/',
  'https://relay.example/path',
  'https://relay.example?q',
  'https://relay.example#f',
  'HTTPS://relay.example',
  'https://Relay.example',
  'https://relay.example:443',
  'http://relay.example:80',
  'https://relay.example:',
  'https://relay.example:0',
  'https://relay.example:08443',
  'https://relay.example:65536',
  'https://user@relay.example',
  'https://relay.example.',
  'https://.example',
  'https://-a.example',
  'https://a-.example',
  'https://a b.example',
  'https://bücher.example',
  `https://${'a'.repeat(64)}.example`,
  `https://${'abcdefgh.'.repeat(29)}example`,
  'ws://relay.example',
  'ftp://relay.example',
  'https://1.2.3',
  'https://256.1.1.1',
  'https://01.2.3.4',
  'https://1.2.3.4.5',
  'https://relay.7',
  'https://relay.0x7f',
  'https://[::1',
  'https://::1',
  'https://[::1]8443',
  'https://[0::1]',
  'https://[0:0:0:0:0:0:0:1]',
  'https://[1:2:3:4:5:6:7::]',
  'https://[2001:DB8::1]',
  'https://[2001:0db8::1]',
  'https://[1::2::3]',
  'https://[:::]',
  'https://[1:2:3:4:5:6:7]',
  'https://[1:2:3:4:5:6:7:8:9]',
  'https://[::ffff:1.2.3.4]',
  'https://[2001:db8:0:0:1::1]',
  'https://relay.example\n',
  'https://relay.example\u200b',
];

test('G2 an origin is scheme, host and perhaps port, in one form', () => {
  for (const text of GOOD) expect(isOrigin(text), text).toBe(true);
  for (const text of BAD) expect(isOrigin(text), text).toBe(false);
});

const host = fc.oneof(fc.ipV6(), fc.ipV4(), fc.domain(), fc.stringMatching(/^[0-9a-f:]{1,20}$/), fc.stringMatching(/^[a-z0-9.x-]{1,12}$/));

test('G2 P9 what is an origin is what a browser makes of it, and no text throws', () => {
  let good = 0;
  fc.assert(
    fc.property(fc.constantFrom('http', 'https'), host, fc.option(fc.integer({ min: 0, max: 70_000 })), (scheme, name, port) => {
      const text = `${scheme}://${name.includes(':') ? `[${name}]` : name}${port === null ? '' : `:${port}`}`;
      if (!isOrigin(text)) return;
      good++;
      // What is encoded in such labels a browser judges too.
      if (!name.includes('xn--')) expect(new URL(text).origin).toBe(text);
    }),
    { numRuns: 5_000 },
  );
  expect(good).toBeGreaterThan(500);
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => typeof isOrigin(`https://${text}`) === 'boolean'));
});

test('G2 what a browser writes is an origin', () => {
  fc.assert(
    fc.property(fc.constantFrom('http', 'https'), fc.oneof(fc.ipV6(), fc.ipV4()), (scheme, name) => {
      const { origin } = new URL(`${scheme}://${name.includes(':') ? `[${name}]` : name}:9`);
      expect(isOrigin(origin), origin).toBe(true);
    }),
    { numRuns: 2_000 },
  );
});
