/** Every implementation against the frozen golden vectors. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { toHex } from '@leanvibe/protocol/ids';
import { LABELS } from '@leanvibe/core/internal/crypto/labels';
import { nodeVerifying } from '@leanvibe/core/internal/crypto/node/verify';
import { SIGNATURE_CASES } from '@leanvibe/core/internal/crypto/verify/corpus';
import { runAgreement, runHkdf, runHmac, runSignatures } from './corpus.js';
import { hex, implementations } from './implementations.js';
import { makeVectors, type Vectors } from './make-vectors.js';

const file = new URL('../../../../protocol/vectors/crypto.json', import.meta.url);
const frozen = JSON.parse(readFileSync(file, 'utf8')) as Vectors;

describe.each(implementations)('C15 frozen vectors, %s', (_name, crypto) => {
  test('C15 signatures, with every edge case', () => runSignatures(crypto, frozen));
  test('C15 x25519', () => runAgreement(crypto, frozen));
  test('C15 HMAC-SHA-256', () => runHmac(crypto, frozen));
  test('C14 HKDF-SHA-256', () => runHkdf(crypto, frozen));

  test('C15 SHA-256', () => {
    for (const { data, digest } of frozen.sha256) expect(toHex(crypto.sha256(hex(data)))).toBe(digest);
  });

  test('C15 signing keys and signatures', () => {
    for (const { seed, publicKey, message, signature } of frozen.signing) {
      const keys = crypto.signingKeys(hex(seed));
      expect(toHex(keys.publicKey)).toBe(publicKey);
      expect(toHex(keys.secretKey)).toBe(seed + publicKey);
      expect(toHex(crypto.sign(hex(message), keys.secretKey))).toBe(signature);
      expect(crypto.verify(hex(signature), hex(message), hex(publicKey))).toBe(true);
    }
  });

  test('C15 box public keys', () => {
    for (const { secretKey, publicKey } of frozen.boxKeys) expect(toHex(crypto.boxPublicKey(hex(secretKey)))).toBe(publicKey);
  });

  test('C15 secretbox seals and opens', () => {
    for (const { key, nonce, message, sealed } of frozen.secretbox) {
      expect(toHex(crypto.secretbox(hex(message), hex(nonce), hex(key)))).toBe(sealed);
      expect(crypto.secretboxOpen(hex(sealed), hex(nonce), hex(key))).toEqual(hex(message));
    }
  });

  test('C15 secretbox refuses', () => {
    for (const { name, key, nonce, sealed } of frozen.secretboxRefused)
      expect(crypto.secretboxOpen(hex(sealed), hex(nonce), hex(key)), name).toBeNull();
  });
});

test('C15 the verifying back end of Node alone passes the signatures too', () => runSignatures(nodeVerifying(), frozen));

test('C15 the start-up corpus is part of the frozen one', () => {
  expect(frozen.signatures).toEqual(expect.arrayContaining(SIGNATURE_CASES.map((one) => expect.objectContaining(one))));
});

test('C14 no frozen label changed', () => expect(LABELS).toMatchObject(frozen.labels));

test('C15 the script still makes the frozen file', () => {
  const { labels: _made, ...made } = makeVectors();
  const { labels: _frozen, ...rest } = frozen;
  expect(made).toEqual(rest);
});
