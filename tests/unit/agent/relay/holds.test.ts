/** What is said of what a relay holds: never more than it acknowledged or showed. */
import { withProofs } from '@leanvibe/agent/internal/cli/commands/relay';
import type { RelayMailboxRow, RelayRow } from '@leanvibe/agent/internal/control/relay-views';
import { heldWords, holdsAll, proofWords } from '@leanvibe/agent/internal/relay/holds';
import { expect, test } from 'vitest';

const box = (space: string, acknowledged: number, entries: number): RelayMailboxRow => ({
  space,
  spaceName: space,
  mailbox: `m ${space}`,
  state: 'write',
  reason: null,
  owner: true,
  pending: 0,
  pendingIn: 0,
  entries,
  acknowledged,
});
const relay = (...mailboxes: readonly RelayMailboxRow[]): RelayRow => ({
  origin: 'https://relay.test',
  email: 'ana@example.org',
  account: 'x',
  device: 'y',
  state: 'in-step',
  reason: null,
  doubts: [],
  mailboxes,
});

test('saved at a relay is said only once every space is whole at one', () => {
  expect(heldWords([relay(box('a', 9, 9), box('b', 3, 3))], ['a', 'b'])).toEqual({ all: true, words: 'and at a relay' });
  expect(heldWords([relay(box('a', 1, 9)), relay(box('a', 9, 9))], ['a']).all).toBe(true);
  expect(heldWords([relay(box('a', 1_200, 9_000), box('b', 3, 3))], ['a', 'b'])).toEqual({
    all: false,
    words: 'at a relay 1,203 of 9,003 so far',
  });
  expect(heldWords([relay(box('a', 9, 9))], ['a', 'b'])).toEqual({ all: false, words: 'at a relay 1 of 2 spaces' });
  for (const nothing of [relay(), relay(box('a', 0, 9))]) expect(heldWords([nothing], ['a']).words).toMatch(/^nothing/);
  expect([holdsAll(relay()), holdsAll(relay(box('a', 8, 9))), holdsAll(relay(box('a', 9, 9)))]).toEqual([false, false, true]);
});

test('a sample of nothing proves nothing', () => {
  expect(proofWords({ acknowledged: 9, entries: 9, sampled: 8, right: 8 })).toMatchObject({ ok: true });
  expect(proofWords({ acknowledged: 9, entries: 9, sampled: 8, right: 7 })).toMatchObject({ ok: false });
  expect(proofWords({ acknowledged: 0, entries: 9, sampled: 0, right: 0 })).toMatchObject({ ok: false });
  expect(proofWords({ acknowledged: 0, entries: 0, sampled: 0, right: 0 })).toMatchObject({ ok: true });
  expect(proofWords({ acknowledged: 9, entries: 9, sampled: 0, right: null })).toMatchObject({ ok: false });
});

test('scripts read the same rows with and without a proof', () => {
  const one = relay(box('a', 9, 9));
  const proof = { origin: one.origin, space: 'a', spaceName: 'a', mailbox: 'm a', entries: 9, acknowledged: 9, sampled: 8, right: 8 };
  expect(withProofs(one, [])).toEqual({ ...one, mailboxes: [{ ...box('a', 9, 9), proof: null }] });
  expect(withProofs(one, [proof])).toEqual({ ...one, mailboxes: [{ ...box('a', 9, 9), proof: { sampled: 8, right: 8 } }] });
});
