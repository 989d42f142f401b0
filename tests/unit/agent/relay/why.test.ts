/** Relays in `why`, and what waiting for sync waits for. */
import type { RelayMailboxRow, RelayRow } from '@leanvibe/agent/internal/control/relay-views';
import { atRest, relayWhy } from '@leanvibe/agent/internal/relay/why';
import { describe, expect, test } from 'vitest';

const box: RelayMailboxRow = {
  space: 'a',
  spaceName: 'home',
  mailbox: 'm',
  state: 'write',
  reason: null,
  owner: true,
  pending: 0,
  pendingIn: 0,
  entries: 9,
  acknowledged: 9,
};
const relay: RelayRow = {
  origin: 'https://relay.test',
  email: 'ana@example.org',
  account: 'x',
  device: 'y',
  state: 'in-step',
  reason: null,
  mailboxes: [box],
  doubts: [],
};
const withBox = (more: Partial<RelayMailboxRow>): RelayRow => ({ ...relay, state: 'syncing', mailboxes: [{ ...box, ...more }] });

describe('why', () => {
  test('a relay that has everything needs no words, and another space’s mailbox is none of this one’s', () => {
    expect(relayWhy([relay], 'a')).toEqual([]);
    expect(relayWhy([withBox({ state: 'full', pending: 3 })], 'b')).toEqual([]);
  });

  test('each thing that stands in the way has a reason of its own', () => {
    const reasons = (one: RelayRow): readonly string[] => relayWhy([one], 'a').map(({ reason, state }) => `${state} ${reason}`);
    expect(reasons({ ...relay, state: 'offline', reason: 'nothing answers there' })).toEqual(['waiting relay-unreachable']);
    expect(reasons({ ...relay, state: 'refused' })).toEqual(['blocked relay-refused']);
    expect(reasons(withBox({ state: 'full', pending: 3 }))).toEqual(['blocked relay-full']);
    expect(reasons(withBox({ state: 'announcements' }))).toEqual(['blocked relay-keys']);
    expect(reasons(withBox({ state: 'refused', reason: 'no more mailboxes' }))).toEqual(['blocked relay-refused']);
    expect(relayWhy([withBox({ state: 'refused', reason: 'no more mailboxes' })], 'a')[0]?.detail).toMatch(
      /refuses the mailbox: no more mailboxes/,
    );
    expect(reasons(withBox({ state: 'behind' }))).toEqual(['blocked relay-keys']);
    expect(reasons(withBox({ pending: 2 }))).toEqual(['waiting relay-behind']);
    expect(reasons(withBox({ pendingIn: 2 }))).toEqual(['waiting relay-ahead']);
    const doubts = [
      { alarm: 'relay-forked', message: 'it showed two devices two histories', at: '2026-01-01T00:00:00Z' },
      { alarm: 'relay-lost', message: 'it is given again what it lost', at: '2026-01-01T00:00:00Z' },
    ];
    expect(relayWhy([{ ...relay, doubts }], 'a')).toEqual([
      { document: 'relay', state: 'blocked', reason: 'relay-forked', detail: 'it showed two devices two histories', waitingFor: [] },
    ]);
    expect(relayWhy([{ ...relay, state: 'offline', reason: 'nothing answers there' }], 'a')[0]?.detail).toBe(
      'https://relay.test: nothing answers there',
    );
  });
});

describe('waiting for sync', () => {
  test('waits for a relay that is being dialled, opened or fed, and for none that cannot be reached or opened', () => {
    expect(atRest({ ...relay, state: 'connecting' })).toBe(false);
    expect(atRest(withBox({ state: 'opening' }))).toBe(false);
    expect(atRest(withBox({ pending: 1 }))).toBe(false);
    expect(atRest(withBox({ state: 'full', pending: 1 }))).toBe(false);
    expect(atRest(withBox({ state: 'behind' }))).toBe(true);
    expect(atRest({ ...relay, state: 'offline' })).toBe(true);
    expect(atRest(relay)).toBe(true);
  });
});
