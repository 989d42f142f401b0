/** Sealed entries against their golden bytes on every implementation, and computed once more by the words of SPEC.md alone. */
import { createHash, createHmac, hkdfSync } from 'node:crypto';
import nacl from 'tweetnacl';
import { describe, expect, test } from 'vitest';
import { toHex } from '@leanvibe/protocol/ids';
import { KINDS, paddedLength, readSealed } from '@leanvibe/protocol/sealed';
import { createSealer } from '@leanvibe/core/internal/keys/entry';
import { implementations } from '../unit/core/crypto/implementations.js';
import { readVectors } from './all.js';
import { type EntryVectors, refusal, SECRETS } from './entries.js';
import { hex } from './kit.js';

const vectors = readVectors<EntryVectors>('entries');

/** W8 – W10 as SPEC.md says them, by other hands: OpenSSL and tweetnacl. */
function sealByTheBook(kind: number, plaintext: Buffer): Buffer {
  const [epoch, read] = [Buffer.from(vectors.epoch, 'hex'), Buffer.from(vectors.read, 'hex')];
  const derive = (name: string): Buffer =>
    Buffer.from(hkdfSync('sha256', read, epoch, Buffer.from(`leanvibe/v1/${name}:${String.fromCharCode(kind)}`, 'latin1'), 32));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(plaintext.length);
  const text = Buffer.concat([length, plaintext]);
  let size = 512;
  if (text.length > size) {
    const e = 31 - Math.clz32(text.length);
    const unit = 2 ** (e - (32 - Math.clz32(e)));
    size = Math.ceil(text.length / unit) * unit;
  }
  const padded = Buffer.concat([text, Buffer.alloc(size - text.length)]);
  const nonce = createHmac('sha256', derive('nonce-key'))
    .update(Buffer.from([kind]))
    .update(padded)
    .digest()
    .subarray(0, 24);
  return Buffer.concat([
    Buffer.from([1, kind]),
    epoch,
    nonce,
    nacl.secretbox(new Uint8Array(padded), new Uint8Array(nonce), new Uint8Array(derive('entry-key'))),
  ]);
}

describe.each(implementations)('C19 golden entries, %s', (_name, crypto) => {
  const sealer = createSealer(crypto, SECRETS);

  test('C19 W9 every plaintext seals to its bytes and opens again', () => {
    for (const { kind, plaintext, entryId, bytes } of vectors.sealed) {
      expect(sealer.seal(kind, hex(plaintext)).entryId).toBe(entryId);
      expect(toHex(sealer.seal(kind, hex(plaintext)).bytes)).toBe(bytes);
      const outside = readSealed(hex(bytes));
      expect(outside.ok && outside.value.kind).toBe(kind);
      expect(outside.ok && sealer.open(outside.value)).toEqual({ ok: true, value: hex(plaintext) });
    }
  });

  test('C7 C19 W10 every tampering is refused with its word', () => {
    expect(vectors.refused.length).toBeGreaterThan(20);
    for (const { why, reason, bytes } of vectors.refused) expect(refusal(crypto, hex(bytes)), why).toBe(reason);
  });
});

test('W7 W8 W9 C14 entries computed by the words of the specification alone are the golden ones', () => {
  for (const { kind, plaintext, entryId, bytes } of vectors.sealed) {
    const sealed = sealByTheBook(KINDS[kind], Buffer.from(plaintext, 'hex'));
    expect(sealed.toString('hex')).toBe(bytes);
    expect(createHash('sha256').update(sealed).digest('hex')).toBe(entryId);
  }
});

test('W8 the padded sizes are the golden ones', () => {
  for (const { length, padded } of vectors.padding) expect(paddedLength(length), String(length)).toBe(padded);
});
