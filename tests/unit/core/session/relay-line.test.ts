/** The line to a relay: who does not answer is given up within seconds, as with a peer (C29). */
import type { ChannelEvents } from '@leanvibe/core/internal/ports/channel';
import { openLine, type RelayLine } from '@leanvibe/core/internal/session/relay-line';
import { relayDown, relayUp, type RelayUp } from '@leanvibe/protocol/relay';
import { decode, encode } from '@leanvibe/protocol/shape';
import { expect, test } from 'vitest';
import { createVirtualClock, type VirtualClock } from '../../../help/clock.js';

interface Scene {
  readonly clock: VirtualClock;
  readonly line: RelayLine;
  readonly said: RelayUp['type'][];
  readonly silent: boolean[];
  readonly closed: { readonly reason: string; readonly atMs: number }[];
  answer(): void;
}

function scene(): Scene {
  const clock = createVirtualClock(0);
  const [said, silent, closed]: [RelayUp['type'][], boolean[], { reason: string; atMs: number }[]] = [[], [], []];
  let events: ChannelEvents | null = null;
  const line = openLine(
    clock,
    {
      send(frame) {
        const message = decode(relayUp, frame);
        if (message.ok) said.push(message.value.type);
      },
      queuedBytes: () => 0,
      start: (given) => void (events = given),
      close(reason) {
        closed.push({ reason, atMs: clock.nowMs() });
        events?.onClose(reason);
      },
    },
    { origin: 'https://relay.test', token: null },
    {
      welcome: () => undefined,
      message: () => undefined,
      log: () => undefined,
      drained: () => undefined,
      silent: (now) => void silent.push(now),
      malformed: () => undefined,
      closed: () => undefined,
    },
  );
  return { clock, line, said, silent, closed, answer: () => events?.onFrame(encode(relayDown, { type: 'pong', nonce: 0 })) };
}

test('C29: a relay that does not answer is called silent after two seconds, and left five later', async () => {
  const { clock, closed, silent } = scene();
  await clock.advance(2_100);
  expect(silent).toEqual([true]);
  expect(closed).toEqual([]);
  await clock.advance(5_100);
  expect(closed).toEqual([{ reason: 'the relay is silent', atMs: 7_000 }]);
});

test('C29: one that answers late is kept', async () => {
  const { answer, clock, closed, silent } = scene();
  await clock.advance(4_000);
  answer();
  await clock.advance(10_000);
  expect(silent).toEqual([true, false]);
  expect(closed).toEqual([]);
});

test('C29: a network that changed asks at once whether the way still leads there', async () => {
  const { answer, clock, closed, line, said } = scene();
  answer();
  await clock.advance(5_000);
  line.ping();
  expect(said.at(-1)).toBe('ping');
  await clock.advance(7_100);
  expect(closed).toHaveLength(1);
});
