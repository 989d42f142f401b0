/** The live feed: bounded for slow readers, and told when they missed something. */
import { createFeed } from '@leanvibe/agent/internal/control/feed';
import type { SpaceId } from '@leanvibe/protocol/ids';
import { describe, expect, test } from 'vitest';

const clock = { nowMs: () => 0, turn: () => Promise.resolve(), after: () => () => undefined };

async function lines(stream: ReadableStream<Uint8Array>, count: number): Promise<readonly { readonly type: string }[]> {
  const reader = stream.getReader();
  const read: { readonly type: string }[] = [];
  while (read.length < count) {
    const { value, done } = await reader.read();
    if (done) break;
    read.push(JSON.parse(new TextDecoder().decode(value)) as { readonly type: string });
  }
  reader.releaseLock();
  return read;
}

describe('SPEC control feed', () => {
  test('everyone who listens hears every event, in order', async () => {
    const feed = createFeed({ clock });
    const streams = [feed.open({ type: 'beat' }), feed.open({ type: 'beat' })];
    feed.tell({ type: 'membership' });
    feed.tell({ type: 'refused', reason: 'seal' });
    for (const stream of streams)
      expect((await lines(stream as ReadableStream<Uint8Array>, 3)).map(({ type }) => type)).toEqual(['beat', 'membership', 'refused']);
  });

  test('P9 a reader that stops reading costs a bounded number of lines and learns how many it missed', async () => {
    const feed = createFeed({ clock });
    const stream = feed.open({ type: 'beat' }) as ReadableStream<Uint8Array>;
    for (let count = 0; count < 10_000; count++) feed.tell({ type: 'membership' });
    const held = await lines(stream, 200);
    expect(held).toHaveLength(200);
    feed.tell({ type: 'membership' });
    const rest = await lines(stream, 57);
    expect(rest.some((one) => one.type === 'missed' && 'count' in one && Number(one.count) > 9_000)).toBe(true);
  });

  test('P9 too many listeners are refused, and those that leave make room', async () => {
    const feed = createFeed({ clock });
    const open = Array.from({ length: 40 }, () => feed.open({ type: 'beat' })).filter((stream) => stream !== null);
    expect(open).toHaveLength(32);
    await open[0]?.cancel();
    expect(feed.open({ type: 'beat' })).not.toBeNull();
    feed.close();
    expect(feed.listeners()).toBe(0);
  });

  test('C47 a reader that may see some events sees those, is not told of others as missed, and its stream ends when it must', async () => {
    const feed = createFeed({ clock });
    const ender = new AbortController();
    const seen = (id: string) => ({
      id,
      ended: ender.signal,
      sees: (event: { readonly type: string }, space: string | null) => event.type === 'document' && space === 's',
    });
    const streams = Array.from({ length: 6 }, () => feed.open({ type: 'beat' }, seen('one'))).filter((stream) => stream !== null);
    expect(streams).toHaveLength(4);
    expect(feed.open({ type: 'beat' }, seen('another'))).not.toBeNull();
    for (let count = 0; count < 1_000; count++) feed.tell({ type: 'membership' });
    feed.tell({ type: 'document', document: 'project', project: 'p', origin: 'here' }, 's' as SpaceId);
    feed.tell({ type: 'document', document: 'project', project: 'p', origin: 'here' }, 't' as SpaceId);
    ender.abort();
    for (const stream of streams) expect((await lines(stream, 9)).map(({ type }) => type)).toEqual(['beat', 'document']);
    expect(feed.listeners()).toBe(0);
    expect(feed.open({ type: 'beat' }, seen('one'))).toBeNull();
  });
});
