/** Hearing a peer: in its order, in pieces, and never more waiting than a peer within its credit can cause. */
import { createEar, type Ear } from '@leanvibe/core/internal/log/ear';
import type { Inspected } from '@leanvibe/core/internal/log/inspect';
import { portableHashing as hashing } from '@leanvibe/core/internal/crypto/portable-hashing';
import { type Hash, makeId } from '@leanvibe/protocol/ids';
import { CREDIT_BYTES, FRAME_ENTRIES_MAX } from '@leanvibe/protocol/limits';
import type { LogMessage } from '@leanvibe/protocol/peer';
import { describe, expect, test } from 'vitest';
import { createVirtualClock, drained } from '../../../help/clock.js';
import { makeSealed } from './world.js';

const ZERO = makeId<Hash>(new Uint8Array(32));

function entries(through: number, count: number, bytes = 600): LogMessage {
  const items = Array.from({ length: count }, (_, at) => makeSealed(2, `${through}/${at}`, bytes));
  return { type: 'entries', slot: 1, lane: 2, through, prefixHash: ZERO, items };
}

function stored(through: number): LogMessage {
  return { type: 'stored', slot: 1, lane: 2, through, credit: 0, placed: null };
}

function listening(heard: (through: number, items: readonly Inspected[]) => void = () => undefined): {
  readonly ear: Ear;
  readonly order: number[];
  readonly turns: () => number;
  readonly broken: unknown[];
} {
  const order: number[] = [];
  const broken: unknown[] = [];
  let turns = 0;
  const clock = { ...createVirtualClock(), turn: () => Promise.resolve(void turns++) };
  const ear = createEar({
    clock,
    hashing,
    heard(message, items) {
      const { through } = message as { readonly through: number };
      order.push(through);
      heard(through, items);
    },
    broken: (error) => void broken.push(error),
  });
  return { ear, order, turns: () => turns, broken };
}

describe('P9 C29 the ear', () => {
  test('P9 a small message is handed on at once', () => {
    const { ear, order } = listening();
    ear.hear(entries(1, 1));
    ear.hear(stored(2));
    expect(order).toEqual([1, 2]);
  });

  test('P9 a full frame is looked at in pieces between which the loop may turn, and what came after it waits', async () => {
    const seen: (readonly Inspected[])[] = [];
    const { ear, order, turns } = listening((_, items) => void seen.push(items));
    const frame = entries(1, FRAME_ENTRIES_MAX);
    ear.hear(frame);
    ear.hear(stored(2));
    ear.hear(entries(3, 1));
    expect(order).toEqual([]);
    await drained();
    expect(order).toEqual([1, 2, 3]);
    expect(turns()).toBeGreaterThanOrEqual(FRAME_ENTRIES_MAX / 16 - 1);
    expect(seen[0]?.map((item) => (item.ok ? item.sealed : null))).toEqual('items' in frame ? frame.items : []);
    ear.hear(stored(4));
    expect(order).toEqual([1, 2, 3, 4]);
  });

  test('C29 P9 more than credit allows twice over is handed on at once, for its end to be judged', () => {
    const { ear, order } = listening();
    const count = Math.ceil((2 * CREDIT_BYTES) / (20 * 50_000)) + 1;
    for (let at = 1; at <= count; at++) ear.hear(entries(at, 20, 50_000));
    expect(order.length).toBeGreaterThanOrEqual(count - 1);
  });

  test('P9 messages without entries have their weight too', () => {
    const { ear, order } = listening();
    ear.hear(entries(0, FRAME_ENTRIES_MAX));
    for (let at = 1; at <= 2_048; at++) ear.hear(stored(at));
    expect(order.length).toBeGreaterThan(1_000);
  });

  test('P9 what waits is forgotten with the conversation', async () => {
    const { ear, order } = listening();
    ear.hear(entries(1, FRAME_ENTRIES_MAX));
    ear.hear(stored(2));
    ear.clear();
    await drained();
    expect(order).toEqual([]);
  });

  test('P9 what goes wrong in a later turn is told, not lost', async () => {
    const { ear, broken } = listening(() => {
      throw new Error('a bug');
    });
    ear.hear(entries(1, 40));
    await drained();
    expect(broken).toEqual([new Error('a bug')]);
  });
});
