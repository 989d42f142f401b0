/** Following WebSocket frames from outside, whatever pieces they come in. */
import { createBucket } from '@leanvibe/relay/internal/socket/bucket';
import { createFrames } from '@leanvibe/relay/internal/socket/frames';
import { describe, expect, test } from 'vitest';
import { createVirtualClock } from '../../../help/clock.js';
import { frame } from '../../../attacks/relay-offences.js';

const [CONTINUED, BINARY, PING] = [0, 2, 9] as const;
const bytes = (count: number): Buffer => Buffer.alloc(count, 7);

/** One frame of 70,000 bytes: its length takes eight. */
function largest(): Buffer {
  const head = Buffer.alloc(14);
  head[0] = 0x82;
  head[1] = 0xff;
  head.writeBigUInt64BE(70_000n, 2);
  return Buffer.concat([head, bytes(70_000)]);
}

describe('frames', () => {
  test('between messages nothing is unfinished; what began first is what is late', () => {
    const frames = createFrames();
    expect(frames.unfinishedMs()).toBeNull();
    expect(frames.feed(frame(BINARY, bytes(3), false), 100)).toEqual({ frames: 1, controls: 0 });
    expect(frames.unfinishedMs()).toBe(100);
    frames.feed(frame(CONTINUED, bytes(3), false), 200);
    expect(frames.unfinishedMs()).toBe(100);
    frames.feed(frame(CONTINUED, bytes(3)), 300);
    expect(frames.unfinishedMs()).toBeNull();
  });

  test('a ping between the fragments of a message does not finish it, nor does one begin a message', () => {
    const frames = createFrames();
    expect(frames.feed(frame(PING), 50)).toEqual({ frames: 1, controls: 1 });
    expect(frames.unfinishedMs()).toBeNull();
    frames.feed(frame(BINARY, bytes(1), false), 100);
    for (let at = 0; at < 20; at++) frames.feed(frame(PING, bytes(5)), 1_000 * at);
    expect(frames.unfinishedMs()).toBe(100);
  });

  test('half a control frame is unfinished too', () => {
    const frames = createFrames();
    const ping = frame(PING, bytes(50));
    frames.feed(ping.subarray(0, 20), 70);
    expect(frames.unfinishedMs()).toBe(70);
    frames.feed(ping.subarray(20), 90);
    expect(frames.unfinishedMs()).toBeNull();
  });

  test('the same whatever pieces it comes in, with lengths of one, three and nine bytes, masked or not', () => {
    const unmasked = Buffer.concat([Buffer.from([0x82, 2]), bytes(2)]);
    const all = [frame(BINARY), frame(BINARY, bytes(125)), frame(PING), frame(BINARY, bytes(126), false), largest().subarray(0), unmasked];
    const stream = Buffer.concat([...all, frame(CONTINUED, bytes(60_000))]);
    for (const size of [1, 2, 3, 7, 1_000, stream.length]) {
      const frames = createFrames();
      let [count, controls] = [0, 0];
      for (let at = 0; at < stream.length; at += size) {
        const begun = frames.feed(stream.subarray(at, at + size), at);
        count += begun.frames;
        controls += begun.controls;
      }
      expect([size, count, controls, frames.unfinishedMs()]).toEqual([size, 7, 1, null]);
    }
  });
});

describe('a bucket', () => {
  test('holds so many, and fills at its pace', async () => {
    const clock = createVirtualClock();
    const bucket = createBucket(clock, 10, 5);
    expect(bucket.take(10)).toBe(true);
    expect(bucket.take(1)).toBe(false);
    await clock.advance(1_000);
    expect(bucket.take(4)).toBe(true);
    expect(bucket.take(1)).toBe(false);
    await clock.advance(60_000);
    expect(bucket.take(10)).toBe(true);
  });
});
