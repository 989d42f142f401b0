/** Frames cut anywhere, and lengths that lie. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createFrameReader, frameHeader } from '@leanvibe/agent/internal/transport/framing';
import { createMuxScanner } from '@leanvibe/agent/internal/transport/muxguard';

describe('framing', () => {
  test('C25: frames survive any cutting of the stream', () => {
    const frames = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 20 });
    fc.assert(
      fc.property(frames, fc.array(fc.integer({ min: 1, max: 97 }), { minLength: 1 }), (sent, cuts) => {
        const bytes = Buffer.concat(sent.flatMap((frame) => [frameHeader(frame.length), frame]));
        const got: Uint8Array[] = [];
        const reader = createFrameReader((frame) => got.push(frame));
        for (let at = 0, cut = 0; at < bytes.length; cut++) {
          const size = cuts[cut % cuts.length] ?? 1;
          expect(reader.read(bytes.subarray(at, at + size))).toBe(true);
          at += size;
        }
        expect(got.map((frame) => [...frame])).toEqual(sent.map((frame) => [...frame]));
        expect(got.every((frame) => frame.constructor === Uint8Array)).toBe(true);
        expect(reader.heldBytes()).toBe(0);
      }),
    );
  });

  test('P9: a header over the limit is refused before anything is held', () => {
    const reader = createFrameReader(() => undefined, 100);
    expect(reader.read(Uint8Array.of(0, 0, 0, 101, 1, 2, 3))).toBe(false);
    expect(createFrameReader(() => undefined).read(Uint8Array.of(255, 255, 255, 255))).toBe(false);
    expect(reader.heldBytes()).toBe(0);
  });

  test('P9: a header within the limit holds only what was received', () => {
    const reader = createFrameReader(() => undefined);
    reader.read(Uint8Array.of(0, 16, 0, 0, 7));
    expect(reader.heldBytes()).toBe(1);
  });
});

describe('the yamux scanner', () => {
  function muxFrame(type: number, length: number, payload = type === 0 ? length : 0): Uint8Array {
    const bytes = new Uint8Array(12 + payload).fill(0xff, 12);
    bytes[1] = type;
    new DataView(bytes.buffer).setUint32(8, length);
    return bytes;
  }

  test('P9: honest traffic passes however it is cut, and an impossible length never does', () => {
    const kinds = fc.array(fc.tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 500 })), { maxLength: 20 });
    fc.assert(
      fc.property(kinds, fc.integer({ min: 1, max: 50 }), fc.boolean(), (frames, cut, bad) => {
        const last = bad ? [muxFrame(0, 2 ** 31, 0)] : [];
        const bytes = Buffer.concat([...frames.map(([type, length]) => muxFrame(type, length)), ...last]);
        const scan = createMuxScanner(500);
        let fits = true;
        for (let at = 0; at < bytes.length && fits; at += cut) fits = scan(bytes.subarray(at, at + cut));
        expect(fits).toBe(!bad);
      }),
    );
  });
});
