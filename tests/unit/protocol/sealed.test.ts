/** The outside of an entry: layout, lanes, and padding at every size an entry can have. */
import { expect, test } from 'vitest';
import type { EpochId } from '@leanvibe/protocol/ids';
import { ENTRY_BYTES_MAX, PADDED_BYTES_MIN, PLAIN_BYTES_MAX } from '@leanvibe/protocol/limits';
import { HEADER_BYTES, type Kind, KINDS, laneOf, paddedLength, readSealed, writeSealed } from '@leanvibe/protocol/sealed';
import { madeId, made } from '../../vectors/kit.js';

test('W8 PADMÉ is the integer rule at every size up to an entry, grows never back, and costs at most 12 %', () => {
  let before = 0;
  for (let length = 0; length <= PLAIN_BYTES_MAX; length++) {
    const padded = paddedLength(length);
    const e = 31 - Math.clz32(Math.max(1, length));
    const unit = 2 ** Math.max(0, e - (32 - Math.clz32(e)));
    const expected = length <= PADDED_BYTES_MIN ? PADDED_BYTES_MIN : Math.ceil(length / unit) * unit;
    if (padded !== expected || padded < before || padded < length || paddedLength(padded) !== padded)
      expect.fail(`${length} → ${padded}, not ${expected}`);
    if (length > PADDED_BYTES_MIN && padded > length * 1.12) expect.fail(`${length} → ${padded} costs more than 12 %`);
    before = padded;
  }
});

test('W7 the header is version, kind, epoch, nonce, and reads back as written', () => {
  for (const kind of Object.keys(KINDS) as readonly Kind[]) {
    const sealed = { kind, epoch: madeId<EpochId>('epoch'), nonce: made('nonce', 24), ciphertext: made('text', 528) };
    const bytes = writeSealed(sealed);
    expect(HEADER_BYTES).toBe(58);
    expect([bytes[0], bytes[1]]).toEqual([1, KINDS[kind]]);
    expect(readSealed(bytes)).toEqual({ ok: true, value: sealed });
  }
});

test('W7 W10 sizes are judged at both ends', () => {
  const of = (size: number): Uint8Array => Uint8Array.from({ length: size }, (_, at) => (at < 2 ? 1 : 0));
  expect(readSealed(of(585))).toEqual({ ok: false, error: 'sealed-size' });
  expect(readSealed(of(586)).ok).toBe(true);
  expect(readSealed(of(ENTRY_BYTES_MAX)).ok).toBe(true);
  expect(readSealed(of(ENTRY_BYTES_MAX + 1))).toEqual({ ok: false, error: 'sealed-size' });
});

test('C26 W7 every kind but presence lives in exactly one lane', () => {
  expect(Object.fromEntries((Object.keys(KINDS) as readonly Kind[]).map((kind) => [kind, laneOf(kind)]))).toEqual({
    change: 2,
    checkpoint: 1,
    attestation: 1,
    link: 1,
    announcement: 0,
    presence: null,
    part: 2,
  });
});
