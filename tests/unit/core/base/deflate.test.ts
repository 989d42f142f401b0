/** What checkpoints are carried in (W23): nothing lost, little work for whoever reads, whatever the bytes. */
import { deflate, inflate, inflatedMax } from '@leanvibe/core/internal/base/deflate';
import { atOnce } from '@leanvibe/core/internal/base/pieces';
import { CHANGE_BYTES_MAX, INFLATE_BYTES_MIN, INFLATE_TIMES_MAX } from '@leanvibe/protocol/limits';
import { sameBytes } from '@leanvibe/protocol/bytes';
import fc from 'fast-check';
import { deflateSync, inflateSync } from 'fflate';
import { describe, expect, test } from 'vitest';
import { createRandom } from '../../../help/random.js';

const inflated = (bytes: Uint8Array): Uint8Array | null => atOnce(inflate(bytes));

describe('deflated checkpoints', () => {
  test('W23 what goes in comes out, whether it shrinks or not', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2_000 }), fc.nat(40), (bytes, times) => {
        const all = new Uint8Array(bytes.length * times);
        for (let at = 0; at < times; at++) all.set(bytes, at * bytes.length);
        expect(sameBytes(inflated(deflate(all)) ?? new Uint8Array(1), all)).toBe(true);
      }),
      { numRuns: 100 },
    );
  });

  test('W23 what shrinks more than anybody may inflate is carried as it is, and noise costs next to nothing', () => {
    for (const size of [0, 1, INFLATE_BYTES_MIN, INFLATE_BYTES_MIN + 1, 1_000_000, CHANGE_BYTES_MAX]) {
      const carried = deflate(new Uint8Array(size));
      expect(size).toBeLessThanOrEqual(inflatedMax(carried.length));
      expect(inflated(carried)?.length).toBe(size);
    }
    const noise = createRandom('noise').bytes(100_000);
    expect(deflate(noise).length).toBeLessThan(noise.length * 1.001);
    expect(sameBytes(inflated(deflate(noise)) ?? new Uint8Array(0), noise)).toBe(true);
  });

  test('P9 W23 few bytes that would come out as many are refused for little work', () => {
    const bomb = deflateSync(new Uint8Array(64 * 1024 * 1024));
    expect(bomb.length).toBeGreaterThan(INFLATE_BYTES_MIN / INFLATE_TIMES_MAX);
    const timed = (work: () => void): number => {
      const from = performance.now();
      work();
      return performance.now() - from;
    };
    // Once to have it compiled.
    timed(() => inflated(bomb));
    const [whole, bounded] = [timed(() => inflateSync(bomb)), timed(() => expect(inflated(bomb)).toBeNull())];
    expect(bounded, `${bounded} ms beside ${whole} ms for all of it`).toBeLessThan(whole / 3);
  });

  test('P9 W23 so is a short one, although it is taken in almost at once', () => {
    const bomb = deflateSync(new Uint8Array(8_200_000));
    expect(bomb.length).toBeLessThan(8 * 1024);
    let pieces = 0;
    for (const work = inflate(bomb); work.next().done !== true; ) pieces++;
    // Of four slices none but the first is looked into.
    expect([inflated(bomb), pieces]).toEqual([null, 0]);
  });

  test('P9 W23 every beginning of a stream is refused, and broken ones neither throw nor grow', () => {
    const random = createRandom('broken');
    const whole = new TextEncoder().encode('the same words, and the same words again. '.repeat(60));
    const carried = deflate(whole);
    for (let length = 0; length < carried.length; length++) expect(inflated(carried.slice(0, length)), `${length} bytes`).toBeNull();
    for (let round = 0; round < 4_000; round++) {
      const broken = round % 2 === 0 ? carried.slice() : random.bytes(1 + random.below(200));
      broken[random.below(broken.length)] = random.below(256);
      const out = inflated(broken);
      if (out !== null) expect(out.length).toBeLessThanOrEqual(inflatedMax(broken.length));
    }
  });
});
