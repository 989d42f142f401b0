/** Sealing: what is sealed opens as it was, once under each epoch, and one bit anywhere is noticed. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { EpochId } from '@leanvibe/protocol/ids';
import { ENTRY_BYTES_MAX } from '@leanvibe/protocol/limits';
import { type Kind, KINDS, readSealed } from '@leanvibe/protocol/sealed';
import { nativeCrypto } from '@leanvibe/core/internal/crypto/node/native';
import { createSealer, entryIdOf, type SealedEntry } from '@leanvibe/core/internal/keys/entry';
import { createKeyRing } from '@leanvibe/core/internal/keys/ring';
import { SECRETS } from '../../../vectors/entries.js';
import { flipped, made, madeId } from '../../../vectors/kit.js';

const crypto = nativeCrypto();
const sealer = createSealer(crypto, SECRETS);
const kinds = Object.keys(KINDS) as readonly Kind[];

function open(bytes: Uint8Array, by = sealer): Uint8Array | string {
  const outside = readSealed(bytes);
  if (!outside.ok) return outside.error;
  const opened = by.open(outside.value);
  return opened.ok ? opened.value : opened.error;
}

describe('C19 entries', () => {
  test('C19 what is sealed opens as it was, whatever its kind and length', () => {
    fc.assert(
      fc.property(fc.constantFrom(...kinds), fc.uint8Array({ maxLength: 5_000 }), (kind, plaintext) => {
        const sealed = sealer.seal(kind, plaintext);
        expect(open(sealed.bytes)).toEqual(plaintext);
        expect(entryIdOf(crypto, sealed.bytes)).toBe(sealed.entryId);
      }),
    );
  });

  test('C19 P11 sealing twice gives one entry; another kind, epoch or secret gives another', () => {
    const others = [
      createSealer(crypto, { ...SECRETS, epoch: madeId<EpochId>('another epoch') }).seal('change', made('x', 9)),
      createSealer(crypto, { ...SECRETS, read: made('another read') }).seal('change', made('x', 9)),
      sealer.seal('part', made('x', 9)),
      sealer.seal('change', made('x', 9)),
    ];
    expect(sealer.seal('change', made('x', 9))).toEqual(others[3]);
    expect(new Set(others.map((one: SealedEntry) => one.entryId)).size).toBe(4);
  });

  test('C19 W8 a text and its own beginning, or with zeros after it, are different entries of one size', () => {
    const sizes = [new Uint8Array(0), new Uint8Array(1), new Uint8Array(100), made('short', 20)].map((text) => sealer.seal('change', text));
    expect(new Set(sizes.map((one) => one.bytes.length))).toEqual(new Set([58 + 16 + 512]));
    expect(new Set(sizes.map((one) => one.entryId)).size).toBe(4);
  });

  test('C7 C19 one flipped bit anywhere is noticed', () => {
    const { bytes } = sealer.seal('change', made('text', 30));
    for (let at = 0; at < bytes.length; at++)
      expect(typeof open(flipped(bytes, at, 1 << (at % 8))) === 'string' || (at >= 2 && at < 34), `byte ${at}`).toBe(true);
  });

  test('C19 the epoch in the header is bound by the keys: under the secrets of another it does not open', () => {
    const { bytes } = sealer.seal('change', made('text', 30));
    const renamed = flipped(bytes, 10);
    const outside = readSealed(renamed);
    expect(outside.ok && outside.value.epoch).not.toBe(SECRETS.epoch);
    if (outside.ok) expect(open(renamed, createSealer(crypto, { ...SECRETS, epoch: outside.value.epoch }))).toBe('seal');
  });

  test('C19 the largest text that still fits once padded makes an entry everyone takes', () => {
    const { bytes } = sealer.seal('part', new Uint8Array(258_044));
    expect(bytes.length).toBeLessThanOrEqual(ENTRY_BYTES_MAX);
    expect(open(bytes)).toHaveLength(258_044);
    expect(() => sealer.seal('part', new Uint8Array(ENTRY_BYTES_MAX))).toThrow('parts');
  });
});

describe('C11 the key ring', () => {
  test('C11 learns an epoch once, and W later, but never loses W again', () => {
    const ring = createKeyRing(crypto);
    const reader = { ...SECRETS, append: null };
    expect([ring.add(reader), ring.add(reader), ring.add(SECRETS), ring.add(SECRETS), ring.add(reader)]).toEqual([
      true,
      false,
      true,
      false,
      false,
    ]);
    expect(ring.secrets(SECRETS.epoch)).toEqual(SECRETS);
    expect(ring.candidates(SECRETS.epoch)).toHaveLength(1);
    expect(ring.sealer(madeId<EpochId>('unknown'))).toBeNull();
    expect(ring.sealer(SECRETS.epoch)).toBe(ring.sealer(SECRETS.epoch));
  });
});
