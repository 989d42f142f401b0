/** What a device makes of entries it asked back from a relay at random (C33). */
import type { MailboxId, SpaceId } from '@leanvibe/protocol/ids';
import type { MailboxProof } from '@leanvibe/core/internal/engine/relay-api';
import { createRelayWatch } from '@leanvibe/core/internal/engine/relay-watch';
import { expect, test } from 'vitest';
import { createVirtualClock } from '../../../help/clock.js';
import { madeId } from '../../../vectors/kit.js';

const ORIGIN = 'https://relay.test';
const space = madeId<SpaceId>('space');
const proof = (mailbox: string, right: number | null): MailboxProof => ({
  origin: ORIGIN,
  space,
  mailbox: madeId<MailboxId>(mailbox),
  entries: 8,
  acknowledged: 8,
  sampled: 8,
  right,
});

async function alarmsOf(...rounds: readonly (readonly MailboxProof[])[]): Promise<readonly string[]> {
  const clock = createVirtualClock();
  const alarms: string[] = [];
  const left = [...rounds];
  const watch = createRelayWatch({
    clock,
    prove: () => Promise.resolve(left.shift() ?? []),
    again: () => void alarms.push('again'),
    alarm: (alarm) => void alarms.push(alarm),
    trouble: (error) => void alarms.push(String(error)),
  });
  watch.connected(ORIGIN);
  for (let at = 0; at < rounds.length; at++) await clock.advance(3_600_000);
  watch.gone(ORIGIN);
  return alarms;
}

test('C33: a relay that lacks what it acknowledged is given it once more, and is unreliable when it lacks it again', async () => {
  expect(await alarmsOf([proof('a', 3)], [proof('a', 3)])).toEqual(['relay-lost', 'again', 'relay-unreliable']);
  expect(await alarmsOf([proof('a', 3)], [proof('a', 8)])).toEqual(['relay-lost', 'again']);
});

test('C33: a whole mailbox of a space does not make up for another one that lacks entries', async () => {
  const round = [proof('a', 3), proof('b', 8)];
  expect(await alarmsOf(round, round)).toEqual(['relay-lost', 'again', 'relay-unreliable']);
});

test('C33: a relay that twice does not answer when asked for what it says it holds is unreliable', async () => {
  expect(await alarmsOf([proof('a', null)])).toEqual([]);
  expect(await alarmsOf([proof('a', null)], [proof('a', 8)], [proof('a', null)])).toEqual([]);
  expect(await alarmsOf([proof('a', null)], [proof('a', null)])).toEqual(['relay-unreliable']);
});
