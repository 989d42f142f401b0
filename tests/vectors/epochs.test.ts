/** Commitments, boxes, older secrets and tags against their golden bytes, on every implementation and once by hand. */
import { createHash, createHmac, hkdfSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { openPrior } from '@leanvibe/core/internal/keys/box';
import { implementations } from '../unit/core/crypto/implementations.js';
import { readVectors } from './all.js';
import { type EpochVectors, openBox } from './epochs.js';
import { hex } from './kit.js';

const vectors = readVectors<EpochVectors>('epochs');

describe.each(implementations)('C11 golden epochs, %s', (_name, crypto) => {
  test('C11 W13 the recipient opens its box, and nothing else opens', () => {
    expect(openBox(crypto, hex(vectors.box.ephemeralPublic), hex(vectors.box.sealed))).toEqual(hex(vectors.box.secret));
    for (const { why, ephemeralPublic, sealed } of vectors.boxRefused)
      expect(openBox(crypto, hex(ephemeralPublic), hex(sealed)), why).toBeNull();
  });

  test('C11 W13 the older secret opens under the newer', () => {
    expect(openPrior(crypto, hex(vectors.prior.read), hex(vectors.prior.sealed))).toEqual(hex(vectors.prior.prior));
    expect(openPrior(crypto, hex(vectors.prior.prior), hex(vectors.prior.sealed))).toBeNull();
    expect(openPrior(crypto, hex(vectors.prior.read), hex(vectors.prior.sealed).subarray(0, 71))).toBeNull();
  });
});

test('C14 W13 commitments computed by the words of the specification alone are the golden ones', () => {
  const commit = (secret: string, name: string): string =>
    Buffer.from(hkdfSync('sha256', hex(secret), hex(vectors.space), Buffer.from(`leanvibe/v1/${name}:`), 32)).toString('hex');
  expect(commit(vectors.read, 'commit-read')).toBe(vectors.commitRead);
  expect(commit(vectors.append, 'commit-append')).toBe(vectors.commitAppend);
});

test('C25 W15 session id and tags computed by the words of the specification alone are the golden ones', () => {
  const order = vectors.session.devices
    .map((device, at) => ({ device, nonce: vectors.session.nonces[at] ?? '' }))
    .sort((a, b) => (a.device < b.device ? -1 : 1));
  const session = createHash('sha256')
    .update('leanvibe/v1/session:')
    .update(hex(order.map((one) => one.device).join('')))
    .update(hex(order.map((one) => one.nonce).join('')))
    .digest();
  expect(session.toString('hex')).toBe(vectors.session.id);
  const key = Buffer.from(hkdfSync('sha256', hex(vectors.read), hex(vectors.epoch), 'leanvibe/v1/space-tag:', 32));
  for (const { sender, tag } of vectors.tags)
    expect(createHmac('sha256', key).update(session).update(hex(vectors.space)).update(hex(sender)).digest('hex').slice(0, 32)).toBe(tag);
});
