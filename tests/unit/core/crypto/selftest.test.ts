/** The start-up corpus catches a back end that lost any one check. */
import { ed25519 } from '@noble/curves/ed25519.js';
import nacl from 'tweetnacl';
import { describe, expect, test } from 'vitest';
import type { Crypto, Verifying } from '@leanvibe/core/internal/ports/crypto';
import { nativeCrypto } from '@leanvibe/core/internal/crypto/node/native';
import { checked, selfTest } from '@leanvibe/core/internal/crypto/selftest';
import { checkedVerifying, strictVerifying } from '@leanvibe/core/internal/crypto/verify';
import { hasSmallOrder, isCanonicalPoint, scalarBelowOrder } from '@leanvibe/core/internal/crypto/verify/rules';
import type { Rule } from './edges.js';
import { implementations } from './implementations.js';

const good = nativeCrypto();

type Part = (signature: Uint8Array, publicKey: Uint8Array) => boolean;
const r = (signature: Uint8Array) => signature.subarray(0, 32);

const RULES: Readonly<Record<Exclude<Rule, 'cofactorless' | 'equation'>, Part>> = {
  scalar: (signature) => scalarBelowOrder(signature.subarray(32)),
  'canonical-key': (_signature, key) => isCanonicalPoint(key),
  'canonical-r': (signature) => isCanonicalPoint(r(signature)),
  'small-key': (_signature, key) => !hasSmallOrder(key),
  'small-r': (signature) => !hasSmallOrder(r(signature)),
};

/** The most lenient equation there is for each case: tweetnacl takes S + L, ZIP-215 takes every encoding and is cofactored. */
function lenient(signature: Uint8Array, message: Uint8Array, key: Uint8Array): boolean {
  return nacl.sign.detached.verify(message, signature, key) || ed25519.verify(signature, message, key, { zip215: true });
}

/** A verifier that keeps every rule of C15 but one. */
function without(dropped: Rule): Verifying['verify'] {
  const kept = Object.entries(RULES).filter(([rule]) => rule !== dropped);
  return (signature, message, key) => {
    if (signature.length !== 64 || key.length !== 32) return false;
    if (!kept.every(([, holds]) => holds(signature, key))) return false;
    if (dropped === 'equation') return true;
    const broken = dropped === 'cofactorless' || RULES[dropped](signature, key) === false;
    return broken ? lenient(signature, message, key) : good.verify(signature, message, key);
  };
}

const cut = (bytes: Uint8Array, size: number) => Uint8Array.from({ length: size }, (_, at) => bytes[at] ?? 0);
const flipFirst = (bytes: Uint8Array) => bytes.map((byte, at) => (at === 0 ? byte ^ 1 : byte));
const zeros = new Uint8Array(32);

/** [what was broken, the case that must say so, how]. */
const BROKEN: readonly (readonly [string, string, Partial<Crypto>])[] = [
  ['S < L dropped', 'signature: S + L', { verify: without('scalar') }],
  ['canonical A dropped', 'signature: A identity not below the field', { verify: without('canonical-key') }],
  ['canonical R dropped', 'signature: R identity not below the field', { verify: without('canonical-r') }],
  ['small-order A dropped', 'signature: A of order 8', { verify: without('small-key') }],
  ['small-order R dropped', 'signature: R of order 8', { verify: without('small-r') }],
  ['cofactorless dropped', 'signature: torsion in R', { verify: without('cofactorless') }],
  ['equation dropped', 'signature: another message', { verify: without('equation') }],
  [
    'mixed-order A refused',
    'signature: A of mixed order, challenge divisible by 8',
    { verify: (...all) => good.verify(...all) && ed25519.Point.fromBytes(all[2]).isTorsionFree() },
  ],
  ['everything refused', 'signature: honest', { verify: () => false }],
  [
    'signature length unchecked',
    'signature of another length',
    { verify: (signature, message, key) => good.verify(cut(signature, 64), message, key) },
  ],
  [
    'key length unchecked',
    'public key of another length',
    { verify: (signature, message, key) => good.verify(signature, message, cut(key, 32)) },
  ],
  [
    'tweetnacl as it is',
    'signature: A identity',
    { verify: (signature, message, key) => nacl.sign.detached.verify(message, signature, key) },
  ],
  ['noble as it is', 'signature: torsion in R', { verify: (signature, message, key) => ed25519.verify(signature, message, key) }],
  ['verify throws', 'signature: S + L', { verify: (...all) => good.verify(...all) || thrown() }],
  ['another hash', 'sha256', { sha256: (data) => good.hmacSha256(data, data) }],
  ['HMAC key ignored', 'hmac-sha256', { hmacSha256: (_key, data) => good.sha256(data) }],
  ['HKDF salt ignored', 'hkdf-sha256', { hkdfSha256: (secret, _salt, info, length) => good.hkdfSha256(secret, zeros, info, length) }],
  [
    'HKDF length unchecked',
    'hkdf-sha256 refuses 8161 bytes',
    { hkdfSha256: (secret, salt, info, length) => cut(good.hkdfSha256(secret, salt, info, Math.min(length, 8160)), length) },
  ],
  ['keys without the public half', 'signing keys', { signingKeys: (seed) => ({ ...good.signingKeys(seed), secretKey: cut(seed, 64) }) }],
  ['signature that varies', 'sign', { sign: (message, key) => good.sign(flipFirst(message), key) }],
  ['seed length unchecked', 'seed of another length', { signingKeys: (seed) => good.signingKeys(cut(seed, 32)) }],
  ['secret key length unchecked', 'secret key of another length', { sign: (message, key) => good.sign(message, cut(key, 64)) }],
  ['another base point', 'x25519 public key', { boxPublicKey: (secret) => good.sharedSecret(secret, cut(Uint8Array.of(2), 32)) ?? zeros }],
  ['no clamping result', 'x25519', { sharedSecret: (secret, key) => nullable(good.sharedSecret(secret, key), flipFirst) }],
  [
    'all-zero result given',
    'x25519 all-zero result',
    { sharedSecret: (secret, key) => good.sharedSecret(secret, key) ?? (key.length === 32 && secret.length === 32 ? zeros : null) },
  ],
  ['all-zero result throws', 'x25519 all-zero result', { sharedSecret: (secret, key) => good.sharedSecret(secret, key) ?? thrown() }],
  [
    'x25519 length unchecked',
    'x25519 of another length',
    { sharedSecret: (secret, key) => good.sharedSecret(cut(secret, 32), cut(key, 32)) },
  ],
  ['box secret length unchecked', 'x25519 secret of another length', { boxPublicKey: (secret) => good.boxPublicKey(cut(secret, 32)) }],
  ['other sealing', 'secretbox', { secretbox: (message, nonce, key) => good.secretbox(message, flipFirst(nonce), key) }],
  ['opens nothing', 'secretbox open', { secretboxOpen: () => null }],
  [
    'tag unchecked',
    'secretbox tampered tag',
    { secretboxOpen: (sealed, nonce, key) => good.secretboxOpen(sealed, nonce, key) ?? unauthenticated(sealed, nonce, key) },
  ],
  [
    'text not covered by the tag',
    'secretbox tampered text',
    { secretboxOpen: (sealed, nonce, key) => good.secretboxOpen(sealed, nonce, key) ?? unauthenticated(sealed, nonce, key) },
  ],
  [
    'short box throws',
    'secretbox cut short',
    { secretboxOpen: (sealed, nonce, key) => (sealed.length < 16 ? thrown() : good.secretboxOpen(sealed, nonce, key)) },
  ],
  [
    'nonce length unchecked',
    'secretbox nonce or key of another length',
    { secretbox: (message, nonce, key) => good.secretbox(message, cut(nonce, 24), key) },
  ],
  [
    'key length unchecked',
    'secretbox nonce or key of another length',
    { secretboxOpen: (sealed, nonce, key) => good.secretboxOpen(sealed, nonce, key) ?? (key.length < 32 ? zeros : null) },
  ],
  ['equal says no', 'equal', { equal: () => false }],
  ['equal looks at the end only', 'not equal', { equal: (a, b) => a.length === b.length && a.at(-1) === b.at(-1) }],
  ['equal looks at the start only', 'not equal', { equal: (a, b) => a.length === b.length && a.at(0) === b.at(0) }],
  ['equal compares the common part', 'not equal in length', { equal: (a, b) => a.every((byte, at) => at >= b.length || byte === b[at]) }],
];

function thrown(): never {
  throw new Error('broken on purpose');
}

function nullable(bytes: Uint8Array | null, change: (bytes: Uint8Array) => Uint8Array): Uint8Array | null {
  return bytes === null ? null : change(bytes);
}

/** Opens without looking at the tag: the key stream is what sealing zeros gives. */
function unauthenticated(sealed: Uint8Array, nonce: Uint8Array, key: Uint8Array): Uint8Array | null {
  if (sealed.length < 16 || nonce.length !== 24 || key.length !== 32) return null;
  const stream = good.secretbox(new Uint8Array(sealed.length - 16), nonce, key);
  return sealed.subarray(16).map((byte, at) => byte ^ (stream[at + 16] ?? 0));
}

test.each(implementations)('C15 %s passes the start-up corpus', (name, crypto) => {
  expect(selfTest(crypto)).toEqual([]);
  expect(crypto.name).toBe(name);
});

describe('C15 a back end that drops a check is not used', () => {
  test.each(BROKEN)('C15 %s: "%s" fails', (_what, caseName, change) => {
    const broken: Crypto = { ...good, name: 'broken', ...change };
    const failures = selfTest(broken);
    expect(
      failures.some((failure) => failure === caseName || failure.startsWith(`${caseName} (threw`)),
      failures.join('; '),
    ).toBe(true);
    expect(() => checked(broken)).toThrow(/crypto back end broken is not usable/);
  });

  test('C15 each dropped rule of signatures fails only the cases of that rule', () => {
    for (const rule of ['scalar', 'canonical-key', 'canonical-r', 'small-key', 'small-r', 'cofactorless'] as const) {
      const failures = selfTest({ ...good, verify: without(rule) });
      expect(failures.length, rule).toBeGreaterThan(0);
      expect(
        failures.every((failure) => failure.startsWith('signature: ')),
        failures.join('; '),
      ).toBe(true);
    }
  });

  test('C15 the relay refuses a back end whose equation is cofactored', () => {
    const raw = { ...good, verify: lenient };
    expect(() => checkedVerifying(raw, 'lenient')).toThrow(/signature: torsion in R/);
  });
});

test('C15 the wrapper alone makes tweetnacl strict', () => {
  const raw = {
    ...good,
    verify: (signature: Uint8Array, message: Uint8Array, key: Uint8Array) => nacl.sign.detached.verify(message, signature, key),
  };
  expect(selfTest({ ...good, ...strictVerifying(raw) })).toEqual([]);
});
