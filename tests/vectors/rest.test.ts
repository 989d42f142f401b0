/** Announcements, pairing, messages and sums against their golden bytes. */
import { createHash, createHmac, hkdfSync } from 'node:crypto';
import { decode as cborDecode, encode as cborEncode } from 'cborg';
import { describe, expect, test } from 'vitest';
import { announcementBody } from '@leanvibe/protocol/change';
import { toHex, type DeviceId } from '@leanvibe/protocol/ids';
import { pairingMessage } from '@leanvibe/protocol/pairing';
import { logMessage, sessionMessage } from '@leanvibe/protocol/peer';
import { decode, encode, type Shape } from '@leanvibe/protocol/shape';
import { readSealed } from '@leanvibe/protocol/sealed';
import { openAnnouncement, openPriors } from '@leanvibe/core/internal/keys/announce';
import { createSealer } from '@leanvibe/core/internal/keys/entry';
import { digitsOf, type Part } from '@leanvibe/core/internal/pairing/digits';
import { implementations } from '../unit/core/crypto/implementations.js';
import { readVectors } from './all.js';
import { announcementReads, type AnnouncementVectors } from './announcements.js';
import { SECRETS } from './entries.js';
import { hex, made, type Plain, plain, SPACE } from './kit.js';
import type { MessageVectors } from './messages.js';
import type { PairingVectors } from './pairing.js';
import { SET_SIZE, setId, type SumVectors } from './sums.js';

describe.each(implementations)('C13 golden announcement, %s', (_name, crypto) => {
  const vectors = readVectors<AnnouncementVectors>('announcements');

  test('C13 W13 each recipient finds its box, an outsider none, and the older secret is handed down', () => {
    const outside = readSealed(hex(vectors.sealed));
    const opened = outside.ok ? createSealer(crypto, SECRETS).open(outside.value) : null;
    expect(opened).toEqual({ ok: true, value: hex(vectors.plaintext) });
    const body = decode(announcementBody, hex(vectors.body));
    if (!body.ok) throw new Error(body.error);
    expect(body.value.boxes).toHaveLength(4);
    for (const { name, sealingSecret, read, append } of vectors.readers) {
      const secrets = openAnnouncement(crypto, SPACE, hex(sealingSecret), body.value);
      const found =
        secrets === null || secrets === 'mismatch'
          ? null
          : { read: toHex(secrets.read), append: secrets.append === null ? null : toHex(secrets.append) };
      expect(found, name).toEqual(read === null ? null : { read, append });
      if (read !== null)
        expect(openPriors(crypto, hex(read), body.value.priors)).toEqual([{ epoch: SECRETS.epoch, read: SECRETS.read, append: null }]);
    }
  });

  test('C13 every forgery is refused', () => {
    expect(announcementReads(crypto, hex(vectors.plaintext))).toBe(true);
    for (const { why, plaintext } of vectors.refused) expect(announcementReads(crypto, hex(plaintext)), why).toBe(false);
  });
});

describe('C40 C41 golden pairing', () => {
  const vectors = readVectors<PairingVectors>('pairing');

  test('C40 W19 proofs computed by the words of the specification alone are the golden ones', () => {
    for (const { secret, joiner, admitter, nonce, proof } of vectors.proofs) {
      const key = Buffer.from(hkdfSync('sha256', hex(secret), '', 'leanvibe/v1/pair-proof:', 32));
      expect(
        createHmac('sha256', key)
          .update(hex(joiner + admitter + nonce))
          .digest('hex'),
      ).toBe(proof);
    }
  });

  test('C42 W27 an invite’s proof computed by the words of the specification alone is the golden one', () => {
    expect(vectors.knocks.length).toBeGreaterThan(0);
    for (const { secret, guest, host, invite, person, nonce, proof } of vectors.knocks) {
      const key = Buffer.from(hkdfSync('sha256', hex(secret), '', 'leanvibe/v1/admission:', 32));
      expect(
        createHmac('sha256', key)
          .update(hex(guest + host + invite + person + nonce))
          .digest('hex'),
      ).toBe(proof);
    }
  });

  test.each(implementations)('C41 W19 both sides compute the same digits, %s', (_name, crypto) => {
    for (const { admitter, joiner, digits } of vectors.codes) {
      const part = (one: typeof admitter): Part => ({
        device: one.device as DeviceId,
        nonce: hex(one.nonce),
        ephemeral: hex(one.ephemeral),
      });
      const [a, b] = [part(admitter), part(joiner)];
      expect(digitsOf(crypto, a, b, hex(admitter.secret), b.ephemeral)).toBe(digits);
      if (digits !== null) expect(digitsOf(crypto, a, b, hex(joiner.secret), a.ephemeral)).toBe(digits);
    }
  });

  test('C41 W19 the commitment is over the admitting side’s part', () => {
    for (const { admitter, commitment } of vectors.codes)
      expect(
        createHash('sha256')
          .update('leanvibe/v1/pair-code-commit:')
          .update(hex(admitter.nonce + admitter.device + admitter.ephemeral))
          .digest('hex'),
      ).toBe(commitment);
  });
});

describe('W16 golden messages', () => {
  const vectors = readVectors<MessageVectors>('messages');
  const doorways: readonly (readonly [string, Shape<unknown>, MessageVectors['log']])[] = [
    ['session', sessionMessage as Shape<unknown>, vectors.session],
    ['log', logMessage as Shape<unknown>, vectors.log],
    ['pairing', pairingMessage as Shape<unknown>, vectors.pairing],
  ];

  test.each(doorways)('W16 C25 every %s message reads as its value and writes as its bytes', (_name, shape, rows) => {
    for (const { value, bytes } of rows) {
      const read = decode(shape, hex(bytes));
      expect(read.ok && plain(read.value)).toEqual(value);
      if (read.ok) expect(toHex(encode(shape, read.value))).toBe(bytes);
      expect(toHex(cborEncode(cborDecode(hex(bytes), { useMaps: true })))).toBe(bytes);
    }
  });

  test.each(doorways)('W16 every type of %s message has a vector', (_name, shape, rows) => {
    const types = [...shape.text.slice(1, -1).matchAll(/(?:^|\|)\d+:([a-z-]+):\{/g)].map((match) => match[1]);
    expect(types.length).toBeGreaterThan(5);
    const shown = new Set(rows.map((row) => (row.value as { readonly type: Plain }).type));
    expect(types.filter((type) => !shown.has(type ?? ''))).toEqual([]);
  });

  test('W16 the two halves of the peer doorway never take each other’s messages', () => {
    for (const { bytes } of vectors.log) expect(decode(sessionMessage, hex(bytes))).toEqual({ ok: false, error: 'unknown-kind' });
    for (const { bytes } of vectors.session) expect(decode(logMessage, hex(bytes))).toEqual({ ok: false, error: 'unknown-kind' });
  });

  test('W20 the shapes are those of this program', () => {
    expect(doorways.map(([name, shape]) => [name, shape.text])).toEqual(Object.entries(vectors.shapes));
  });
});

describe('C26 C27 golden sums', () => {
  const vectors = readVectors<SumVectors>('sums');

  test('C26 W17 prefix hashes computed by the words of the specification alone are the golden ones', () => {
    let before: Uint8Array = new Uint8Array(32);
    for (const { entryId, prefixHash } of vectors.log) {
      before = createHash('sha256').update(before).update(hex(entryId)).digest();
      expect(Buffer.from(before).toString('hex')).toBe(prefixHash);
    }
  });

  test('C27 W18 fingerprints computed by the words of the specification alone are the golden ones', () => {
    const ids = [...Array.from({ length: SET_SIZE }, (_, at) => setId(at) as string), 'f'.repeat(64)];
    for (const { prefix, count, total, fingerprint } of vectors.ranges) {
      const inside = ids.filter((id) => id.startsWith(prefix));
      const sum = inside.reduce((all, id) => (all + BigInt(`0x${id}`)) % 2n ** 256n, 0n);
      expect([inside.length, sum.toString(16)]).toEqual([count, total]);
      const counted = Buffer.alloc(8);
      counted.writeBigUInt64BE(BigInt(count));
      const input = Buffer.concat([made('seed', 16), counted, Buffer.from(sum.toString(16).padStart(64, '0'), 'hex')]);
      expect(createHash('sha256').update(input).digest('hex').slice(0, 32)).toBe(fingerprint);
    }
  });
});
