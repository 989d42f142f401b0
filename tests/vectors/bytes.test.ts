/** The strict CBOR subset against its golden bytes, and against an independent CBOR library. */
import { decode as cborDecode, encode as cborEncode } from 'cborg';
import { describe, expect, test } from 'vitest';
import { type Hash, idFrom, parseId, toHex } from '@leanvibe/protocol/ids';
import { decode, encode } from '@leanvibe/protocol/shape';
import { readVectors } from './all.js';
import { type BytesVectors, shapeOf, SHAPES } from './bytes.js';
import { hex, plain } from './kit.js';

const vectors = readVectors<BytesVectors>('bytes');

describe('W1 – W6 golden bytes', () => {
  test('W1 W2 W3 W4 every accepted case reads as its value and writes as its bytes', () => {
    expect(vectors.accepted.length).toBeGreaterThan(20);
    for (const { shape, bytes, value } of vectors.accepted) {
      const read = decode(shapeOf(shape), hex(bytes));
      expect(read.ok && plain(read.value), `${shape} ${bytes}`).toEqual(value);
      if (read.ok) expect(toHex(encode(shapeOf(shape), read.value))).toBe(bytes);
    }
  });

  test('W5 every refused case is refused with its word', () => {
    expect(vectors.refused.length).toBeGreaterThan(50);
    for (const { shape, bytes, reason, why } of vectors.refused)
      expect(decode(shapeOf(shape), hex(bytes)), `${shape} ${bytes} ${why}`).toEqual({ ok: false, error: reason });
  });

  test('W1 an independent library reads the same values and writes the same bytes', () => {
    for (const { bytes } of vectors.accepted) {
      const value: unknown = cborDecode(hex(bytes), { useMaps: true });
      expect(toHex(cborEncode(value)), bytes).toBe(bytes);
    }
  });

  test('W6 ids are lowercase hex of their exact size and nothing else', () => {
    for (const { text, id } of vectors.ids) expect(parseId<Hash>(text, 2), text).toBe(id);
    for (const { bytes, id } of vectors.idSizes) expect(idFrom<Hash>(hex(bytes), 2), bytes).toBe(id);
  });

  test('W20 the shapes of the vectors are those of this program', () => {
    expect(Object.fromEntries(Object.entries(SHAPES).map(([name, shape]) => [name, shape.text]))).toEqual(vectors.shapes);
  });
});
