/** Waiting at a relay that allows 32 pipes a connection: invites leave room for pairing, and nobody asks again and again (C41). */
import type { RelayConnection } from '@leanvibe/core/internal/engine/relay-api';
import type { RelayPipe } from '@leanvibe/core/internal/session/relay-pipes';
import type { RelayBook } from '@leanvibe/agent/internal/relay/book';
import type { RelayLinks } from '@leanvibe/agent/internal/relay/links';
import { createRelayRendezvous } from '@leanvibe/agent/internal/relay/rendezvous';
import type { Pipe } from '@leanvibe/agent/internal/transport/pipe';
import { expect, test } from 'vitest';
import { createVirtualClock } from '../../../help/clock.js';

const PIPES_MAX = 32;
const nameOf = (number: number): Uint8Array => new Uint8Array(32).fill(number);
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A relay that refuses the 33rd pipe. */
function postOffice(pipesMax = PIPES_MAX) {
  const waiting = new Map<number, () => void>();
  let [open, asked, refused] = [0, 0, 0];
  const pipe = (name: Uint8Array): RelayPipe => {
    const number = name[0] ?? 0;
    let closed: ((reason: string) => void) | null = null;
    let [gone, accept, refuse] = [false, (): void => undefined, (_: Error): void => undefined];
    const met = new Promise<void>((resolve, reject) => ([accept, refuse] = [resolve, reject]));
    met.catch(() => undefined);
    asked++;
    const end = (reason: string): void => {
      if (gone) return;
      gone = true;
      open--;
      waiting.delete(number);
      refuse(new Error(reason));
      closed?.(reason);
    };
    open++;
    if (open > pipesMax) {
      refused++;
      end('too many');
    } else
      waiting.set(number, () => {
        waiting.delete(number);
        accept();
      });
    return {
      met,
      send: () => undefined,
      queuedBytes: () => 0,
      start: ({ onClose }) => void (closed = onClose),
      close: () => end('closed here'),
    };
  };
  const connection: RelayConnection = { pipe, ping: () => undefined, closed: () => false, close: () => undefined };
  return { connection, waiting, counts: () => ({ open, asked, refused }) };
}

function hosting(post: ReturnType<typeof postOffice>) {
  const clock = createVirtualClock();
  const links = {
    whenConnected(tell: (origin: string, connection: RelayConnection) => void) {
      tell('https://relay.test', post.connection);
      return () => undefined;
    },
  } as unknown as RelayLinks;
  const rendezvous = createRelayRendezvous({
    clock,
    links,
    book: { all: () => [] } as unknown as RelayBook,
    dial: () => Promise.reject(new Error('not here')),
    visit: () => post.connection,
  });
  const guests: Pipe[] = [];
  const met = (pipe: Pipe): void => {
    guests.push(pipe);
    pipe.start({ onBytes: () => undefined, onDrain: () => undefined, onClose: () => undefined });
  };
  const host = (number: number, signal = new AbortController().signal, first?: 'first'): void =>
    rendezvous.host(nameOf(number), met, signal, first);
  return { clock, guests, host };
}

test('C41 names of invites and their guests leave pipes for pairing, which is met at once', async () => {
  const post = postOffice();
  const { guests, host } = hosting(post);
  for (let number = 1; number <= 40; number++) host(number);
  for (let number = 1; number <= 20; number++) {
    post.waiting.get(number)?.();
    await settled();
  }
  host(100, undefined, 'first');
  host(101, undefined, 'first');
  await settled();
  expect([...post.waiting.keys()]).toEqual(expect.arrayContaining([100, 101]));
  const before = guests.length;
  post.waiting.get(100)?.();
  await settled();
  expect(guests).toHaveLength(before + 1);
  expect(post.waiting.has(100)).toBe(true);
  expect(post.counts().refused).toBe(0);
});

test('C41 whoever found no place waits, and takes that of a guest who left, or of an invite that ended', async () => {
  const post = postOffice();
  const { guests, host } = hosting(post);
  const ended = new AbortController();
  host(1, ended.signal);
  for (let number = 2; number <= 26; number++) host(number);
  expect(post.waiting.has(25)).toBe(false);
  ended.abort();
  await settled();
  expect(post.waiting.has(25)).toBe(true);
  expect(post.waiting.has(26)).toBe(false);
  post.waiting.get(2)?.();
  await settled();
  guests[0]?.close('done');
  await settled();
  expect(post.waiting.has(26)).toBe(true);
  guests[0]?.close('done');
  expect(post.counts().open).toBe(24);
});

test('C41 a relay that refuses is asked ever more seldom', async () => {
  const post = postOffice(0);
  const { clock, host } = hosting(post);
  host(1);
  await clock.advance(10 * 60_000);
  expect(post.counts().asked).toBeLessThan(20);
  expect(post.counts().asked).toBeGreaterThan(10);
});
