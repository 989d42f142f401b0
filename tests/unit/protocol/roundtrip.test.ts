/** What is written is read as it was, by us and by an independent CBOR library; one value has one encoding. */
import { decode as cborDecode, encode as cborEncode } from 'cborg';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sameBytes } from '@leanvibe/protocol/bytes';
import { decode, encode } from '@leanvibe/protocol/shape';
import { readUtf8, writeUtf8 } from '@leanvibe/protocol/utf8';
import { plain } from '../../vectors/kit.js';
import { arbitraryOf } from './arbitrary.js';
import { DOORWAYS } from './doorways.js';

const RUNS = process.env['LEANVIBE_LONG'] === '1' ? 5_000 : 300;

/** What cborg reads, in the form our decoder gives: maps by field order, unions as lists. */
function isReadAlike(bytes: Uint8Array): boolean {
  return sameBytes(cborEncode(cborDecode(bytes, { useMaps: true })), bytes);
}

describe.each(DOORWAYS)('W1 W5 %s', (_name, shape) => {
  test('W1 W2 W3 decode(encode(x)) is x, and the bytes are deterministic CBOR to others too', () => {
    fc.assert(
      fc.property(arbitraryOf(shape.text), (value) => {
        const bytes = encode(shape, value);
        const read = decode(shape, bytes);
        if (!read.ok) throw new Error(read.error);
        expect(plain(read.value)).toEqual(plain(value));
        expect(sameBytes(encode(shape, read.value), bytes)).toBe(true);
        expect(isReadAlike(bytes)).toBe(true);
      }),
      { numRuns: RUNS },
    );
  });

  test('W5 every proper beginning is refused, and so is anything longer', () => {
    fc.assert(
      fc.property(arbitraryOf(shape.text), fc.nat(), fc.nat(255), (value, cut, more) => {
        const bytes = encode(shape, value);
        expect(decode(shape, bytes.subarray(0, cut % bytes.length)).ok).toBe(false);
        expect(decode(shape, Uint8Array.from([...bytes, more]))).toEqual({ ok: false, error: 'trailing' });
      }),
      { numRuns: RUNS },
    );
  });
});

describe('W4 text', () => {
  test('W4 writes the UTF-8 every platform writes, lone surrogates as U+FFFD', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(0xffff)), (units) => {
        const text = String.fromCharCode(...units);
        expect(Buffer.from(writeUtf8(text)).equals(Buffer.from(new TextEncoder().encode(text)))).toBe(true);
      }),
    );
  });

  test('W4 reads exactly what a fatal decoder reads', () => {
    const fatal = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
    const other = (bytes: Uint8Array): string | null => {
      try {
        return fatal.decode(bytes);
      } catch (error) {
        if (error instanceof TypeError) return null;
        throw error;
      }
    };
    const nearly = fc.array(
      fc.constantFrom(0x00, 0x41, 0x7f, 0x80, 0xbf, 0xc0, 0xc2, 0xdf, 0xe0, 0xa0, 0xed, 0x9f, 0xef, 0xf0, 0x90, 0xf4, 0x8f, 0xf5, 0xff),
      { maxLength: 6 },
    );
    fc.assert(
      fc.property(
        fc.oneof(
          nearly.map((list) => Uint8Array.from(list)),
          fc.uint8Array({ maxLength: 8 }),
        ),
        (bytes) => readUtf8(bytes) === other(bytes),
      ),
      { numRuns: 5_000 },
    );
  });

  test('W4 long texts come back whole', () => {
    const text = 'aé€😀'.repeat(5_000);
    expect(readUtf8(writeUtf8(text))).toBe(text);
  });
});

describe('W5 what this program may not say it does not say', () => {
  test('W5 a value outside its limits is the writer’s mistake and throws RangeError', () => {
    const session = DOORWAYS.find(([name]) => name === 'sessionMessage')?.[1];
    for (const bad of [
      { type: 'ping', nonce: -1 },
      { type: 'ping', nonce: 1.5 },
      { type: 'ping', nonce: 2 ** 53 },
      { type: 'nothing' },
      { type: 'hello', version: 1, versionMin: 1, nonce: new Uint8Array(31) },
      { type: 'bye', code: 0, detail: 'x'.repeat(257) },
    ])
      expect(() => session !== undefined && encode(session, bad)).toThrow(RangeError);
  });
});
