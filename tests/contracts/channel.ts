/** What every channel owes its user, whatever carries it; run over each adapter. */
import { randomBytes } from 'node:crypto';
import { afterEach, describe, expect, test } from 'vitest';
import type { Channel, ChannelEvents } from '@leanvibe/core/internal/ports/channel';
import type { Clock } from '@leanvibe/core/internal/ports/clock';
import type { DeviceId } from '@leanvibe/protocol/ids';
import { until } from '../help/wait.js';

export const realClock: Clock = {
  nowMs: () => Date.now(),
  turn: () => Promise.resolve(),
  after: (delayMs, run) => {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};

export interface JoinedPair {
  /** The dialling end. */
  readonly left: Channel;
  readonly right: Channel;
  readonly leftId: DeviceId;
  readonly rightId: DeviceId;
  /** Breaks what lies between. */
  cut(): void | Promise<void>;
  stop(): void | Promise<void>;
}

export interface ChannelContract {
  readonly via: string;
  /** Bytes that may lie between `send` and the reader beyond what `queuedBytes` says: windows and sockets. */
  readonly inFlightBytesMax: number;
  make(): Promise<JoinedPair>;
}

interface Listener extends ChannelEvents {
  readonly frames: Uint8Array[];
  readonly closes: string[];
  drains(): number;
}

function listen(channel?: Channel): Listener {
  const frames: Uint8Array[] = [];
  const closes: string[] = [];
  let drains = 0;
  const listener = {
    frames,
    closes,
    drains: () => drains,
    onFrame: (frame: Uint8Array) => void frames.push(frame),
    onDrain: () => void (drains += 1),
    onClose: (reason: string) => void closes.push(reason),
  };
  channel?.start(listener);
  return listener;
}

const MIB = 1024 * 1024;

export function channelContract({ via, inFlightBytesMax, make }: ChannelContract): void {
  let pair: JoinedPair;
  const fresh = async (): Promise<JoinedPair> => (pair = await make());

  describe(`channel over ${via}`, () => {
    afterEach(() => pair.stop());

    test('C1, C25: each end names the device at the other, and who dialled', async () => {
      const { left, right, leftId, rightId } = await fresh();
      expect([left.peer, right.peer]).toEqual([rightId, leftId]);
      expect([left.outbound, right.outbound]).toEqual([true, false]);
      expect([left.via, right.via]).toEqual([via, via]);
      expect(left.address.length * right.address.length).toBeGreaterThan(0);
    });

    test('C25: frames of every size arrive whole and in order, both ways at once', async () => {
      const { left, right } = await fresh();
      const [atLeft, atRight] = [listen(left), listen(right)];
      const sizes = [0, 1, 3, 4, 5, 255, 4095, 4096, 32 * 1024, 65_519, 65_536, 65_537, 300_000, MIB, 7, 0, 1];
      const sent = sizes.map((size) => new Uint8Array(randomBytes(size)));
      for (const frame of sent) {
        left.send(frame);
        right.send(frame);
      }
      await until('all frames', () => atLeft.frames.length >= sent.length && atRight.frames.length >= sent.length);
      for (const { frames } of [atLeft, atRight]) {
        expect(frames.map((frame) => frame.length)).toEqual(sizes);
        expect(frames.every((frame, index) => Buffer.compare(frame, sent[index] ?? new Uint8Array([1])) === 0)).toBe(true);
      }
    });

    test('C25: frames that came before start are delivered first', async () => {
      const { left, right } = await fresh();
      for (let byte = 0; byte < 50; byte++) left.send(Uint8Array.of(byte));
      await new Promise((resolve) => setTimeout(resolve, 50));
      const atRight = listen(right);
      expect(atRight.frames).toEqual([]);
      for (let byte = 50; byte < 100; byte++) left.send(Uint8Array.of(byte));
      await until('all frames', () => atRight.frames.length === 100);
      expect(atRight.frames.map(([byte]) => byte)).toEqual(Array.from({ length: 100 }, (_, index) => index));
    });

    test('C29: a reader that does not read holds the sender back, and queuedBytes says by how much', async () => {
      const { left, right } = await fresh();
      const atLeft = listen(left);
      const frame = new Uint8Array(randomBytes(256 * 1024));
      const total = 64 * frame.length;
      expect(left.queuedBytes()).toBe(0);
      left.send(frame);
      expect(left.queuedBytes()).toBe(frame.length);
      for (let sent = frame.length; sent < total; sent += frame.length) left.send(frame);
      expect(left.queuedBytes()).toBe(total);
      await new Promise((resolve) => setTimeout(resolve, 300));
      expect(total - left.queuedBytes()).toBeLessThanOrEqual(inFlightBytesMax);
      expect(atLeft.drains()).toBe(0);
      const atRight = listen(right);
      await until('everything read', () => atRight.frames.length === 64);
      await until('the queue to empty', () => left.queuedBytes() === 0);
      expect(atLeft.drains()).toBe(1);
    });

    test('C25: a close lets everything sent before it arrive, and is told once at each end', async () => {
      const { left, right } = await fresh();
      const [atLeft, atRight] = [listen(left), listen(right)];
      for (let index = 0; index < 40; index++) left.send(new Uint8Array(randomBytes(20_000)));
      left.close('all said');
      left.close('again');
      left.send(Uint8Array.of(1));
      expect(atLeft.closes).toEqual([]);
      await until('both closed', () => atLeft.closes.length > 0 && atRight.closes.length > 0);
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect(atRight.frames.length).toBe(40);
      expect(atLeft.closes).toEqual(['all said']);
      expect(atRight.closes).toEqual(['peer-closed']);
    });

    test('C25: after a close nothing arrives', async () => {
      const { left, right } = await fresh();
      const [atLeft, atRight] = [listen(left), listen(right)];
      right.send(Uint8Array.of(1));
      await until('the first frame', () => atLeft.frames.length === 1);
      left.close('enough');
      for (let index = 0; index < 20; index++) right.send(Uint8Array.of(2));
      await until('both closed', () => atLeft.closes.length > 0 && atRight.closes.length > 0);
      expect(atLeft.frames.length).toBe(1);
    });

    test('C25: closed before it was started, it still tells', async () => {
      const { left, right } = await fresh();
      left.close('never mind');
      const atLeft = listen(left);
      expect(atLeft.closes).toEqual([]);
      await until('the close', () => atLeft.closes.length === 1);
      const atRight = listen(right);
      await until('the other close', () => atRight.closes.length === 1);
      expect([atLeft.closes, atRight.closes]).toEqual([['never mind'], ['peer-closed']]);
    });

    test('C25: sent and closed before the other end started, everything still arrives', async () => {
      const { left, right } = await fresh();
      listen(left);
      for (let byte = 0; byte < 10; byte++) left.send(Uint8Array.of(byte));
      left.close('done');
      await new Promise((resolve) => setTimeout(resolve, 50));
      const atRight = listen(right);
      await until('the close', () => atRight.closes.length === 1);
      expect(atRight.frames.map(([byte]) => byte)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    });

    test('C25: it is started once', async () => {
      const { left } = await fresh();
      listen(left);
      expect(() => listen(left)).toThrow('once');
    });

    test('C19: a frame over 1 MiB closes the channel', async () => {
      const { left, right } = await fresh();
      const [atLeft, atRight] = [listen(left), listen(right)];
      left.send(new Uint8Array(MIB + 1));
      await until('both closed', () => atLeft.closes.length > 0 && atRight.closes.length > 0);
      expect(atLeft.closes).toEqual(['frame-too-large']);
      expect(atRight.frames).toEqual([]);
    });

    test('P9: a sender that never looks at queuedBytes loses the channel', async () => {
      const { left, right } = await fresh();
      const atLeft = listen(left);
      const frame = new Uint8Array(MIB);
      for (let index = 0; index < 80; index++) left.send(frame);
      await until('the close', () => atLeft.closes.length === 1);
      expect(atLeft.closes).toEqual(['queue-full']);
      expect(left.queuedBytes()).toBe(0);
      const atRight = listen(right);
      await until('the other close', () => atRight.closes.length === 1);
    });

    test('C25: a broken link is told once at each end', async () => {
      const { left, right, cut } = await fresh();
      const [atLeft, atRight] = [listen(left), listen(right)];
      await cut();
      await until('both closed', () => atLeft.closes.length > 0 && atRight.closes.length > 0);
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect([atLeft.closes.length, atRight.closes.length]).toEqual([1, 1]);
    });
  });
}
