/** One mailbox at a relay that answers as it likes: when its keys are renewed, and what a relay cannot make this device hold or forget. */
import type { EpochId, MailboxId, SpaceId } from '@leanvibe/protocol/ids';
import type { LogMessage } from '@leanvibe/protocol/peer';
import { RELAY_REFUSALS, type RelayRefusal, type RelayUp } from '@leanvibe/protocol/relay';
import { nativeCrypto } from '@leanvibe/core/internal/crypto/node/native';
import type { EpochSecrets } from '@leanvibe/core/internal/keys/epoch';
import { mailboxSigners } from '@leanvibe/core/internal/keys/mailbox';
import type { SpaceSync } from '@leanvibe/core/internal/log/sync';
import type { SyncStatus } from '@leanvibe/core/internal/log/status';
import { createRoom } from '@leanvibe/core/internal/session/relay-room';
import type { Room } from '@leanvibe/core/internal/session/relay-room-api';
import { describe, expect, test } from 'vitest';
import { createVirtualClock, type VirtualClock } from '../../../help/clock.js';
import { made, madeId } from '../../../vectors/kit.js';

const crypto = nativeCrypto();
const mailbox = madeId<MailboxId>('mailbox');
const secrets = (name: string): EpochSecrets => ({ epoch: madeId<EpochId>(name), read: made(`${name} R`), append: made(`${name} W`) });
const [OLD, NEW] = [secrets('old'), secrets('new')];
const keysOf = (one: EpochSecrets): { readonly read: Uint8Array; readonly append: Uint8Array } => {
  const { append, read } = mailboxSigners(crypto, one, mailbox);
  if (append === null) throw new Error('an epoch without its append key');
  return { read: read.publicKey, append: append.publicKey };
};

const IDLE: SyncStatus = {
  phase: 'idle',
  pendingOut: 0,
  pendingIn: 0,
  peerHolds: [1, 1, 1],
  own: [1, 1, 1],
  idle: true,
  refused: 0,
};
const BUSY: SyncStatus = { ...IDLE, phase: 'working', pendingIn: 1, idle: false };

interface Scene {
  readonly room: Room;
  readonly clock: VirtualClock;
  readonly said: RelayUp[];
  readonly heard: LogMessage[];
  begun(): number;
  /** What this device knows, and what its conversation says of itself. */
  readonly know: { epochs: EpochSecrets[]; outdated: boolean; settled: boolean; status: SyncStatus };
  last(): RelayUp | undefined;
  rekeys(): number;
  attached(right?: { readonly level?: number; readonly owner?: number; readonly append?: number; readonly listed?: number }): Promise<void>;
  refuse(reason: RelayRefusal): void;
}

function scene(): Scene {
  const clock = createVirtualClock();
  const [said, heard]: [RelayUp[], LogMessage[]] = [[], []];
  const know: Scene['know'] = { epochs: [OLD], outdated: false, settled: true, status: IDLE };
  let [slots, begun] = [0, 0];
  const conversation = (): SpaceSync => ({
    start: () => undefined,
    onMessage: (message) => void heard.push(message),
    appended: () => undefined,
    drained: () => undefined,
    setLevel: () => undefined,
    fetch: () => undefined,
    compare: () => undefined,
    read: () => ({ store: null, lanes: [null, null, null] }),
    sample: () => undefined,
    status: () => know.status,
    holds: () => true,
    subscribe: () => () => undefined,
    close: () => Promise.resolve(),
  });
  const room = createRoom({
    crypto,
    origin: 'https://relay.test',
    nonce: made('nonce'),
    space: madeId<SpaceId>('space'),
    mailbox,
    epochs: () => know.epochs,
    current: () => know.epochs[0] ?? null,
    outdated: () => know.outdated,
    settled: () => know.settled,
    send: (message) => void said.push(message),
    slot: () => slots++,
    converse() {
      begun++;
      return Promise.resolve(conversation());
    },
    mayMake: () => false,
    nowMs: clock.nowMs,
    later: (afterMs, run) => void clock.after(afterMs, run),
    changed: () => room.look(),
  });
  return {
    room,
    clock,
    said,
    heard,
    know,
    begun: () => begun,
    last: () => said.at(-1),
    rekeys: () => said.filter(({ type }) => type === 'rekey').length,
    async attached({ append = 1, level = 1, listed = 0, owner = 1 } = {}) {
      room.onMessage({ type: 'attached', slot: room.slot(), level, append, owner, listed } as Parameters<Room['onMessage']>[0]);
      await new Promise((resolve) => setImmediate(resolve));
    },
    refuse: (reason) =>
      room.onMessage({ type: 'refused', slot: room.slot(), code: RELAY_REFUSALS.indexOf(reason), detail: 'so it is' } as Parameters<
        Room['onMessage']
      >[0]),
  };
}

describe('renewing keys', () => {
  test('C31: an owner that slept does not take new keys for stolen ones before it has read the announcement of them', async () => {
    const { attached, clock, know, rekeys, room, said } = scene();
    room.open(false);
    room.onMessage({ type: 'stale', slot: room.slot(), ...keysOf(NEW) });
    know.settled = false;
    await attached({ level: 0, append: 0 });
    room.look();
    expect(rekeys()).toBe(0);
    // The announcement that was stored has been read.
    [know.epochs, know.settled] = [[NEW, OLD], true];
    await clock.advance(5_000);
    room.look();
    expect(rekeys()).toBe(0);
    expect(said.at(-1)).toMatchObject({ type: 'attach', read: { key: keysOf(NEW).read } });
  });

  test('C31: keys that no announcement tells of are put back by the owner', async () => {
    const { attached, clock, know, rekeys, room } = scene();
    room.open(false);
    room.onMessage({ type: 'stale', slot: room.slot(), ...keysOf(NEW) });
    know.settled = false;
    await attached({ level: 0, append: 0 });
    know.settled = true;
    await clock.advance(5_000);
    expect(rekeys()).toBe(1);
  });

  test('C31: keys put back that do not stay are put back more and more seldom', async () => {
    const { attached, clock, rekeys, room } = scene();
    const lostAgain = async (): Promise<void> => {
      room.onMessage({ type: 'stale', slot: room.slot(), ...keysOf(NEW) });
      room.open(false);
      room.onMessage({ type: 'stale', slot: room.slot(), ...keysOf(NEW) });
      await attached({ level: 0, append: 0 });
    };
    await lostAgain();
    expect(rekeys()).toBe(1);
    const times: number[] = [];
    for (let passedMs = 0; passedMs < 100_000; passedMs += 1_000) {
      const before = rekeys();
      await lostAgain();
      await clock.advance(1_000);
      if (rekeys() > before) times.push(passedMs);
    }
    expect(times.length).toBeLessThan(6);
    expect(times.length).toBeGreaterThan(2);
  });

  test('C31: whoever is to be shut out cannot put it off by going on to write', async () => {
    const { attached, clock, know, rekeys, room } = scene();
    room.open(false);
    await attached();
    [know.epochs, know.outdated, know.status] = [[NEW, OLD], true, BUSY];
    room.look();
    expect(rekeys()).toBe(0);
    await clock.advance(31_000);
    expect(rekeys()).toBe(1);
  });

  test('C31: nor by filling the quota, though announcements of ours then wait outside', async () => {
    const { attached, clock, know, rekeys, room } = scene();
    const waiting: SyncStatus = { ...BUSY, pendingOut: 1, own: [2, 1, 1] };
    room.open(false);
    await attached();
    [know.epochs, know.outdated, know.status] = [[NEW, OLD], true, waiting];
    room.look();
    await clock.advance(31_000);
    expect(rekeys()).toBe(0);
    room.onMessage({ type: 'full', slot: room.slot() });
    room.look();
    expect(rekeys()).toBe(1);
  });

  test('C31: a renewal the relay will not do is not asked for again at once', async () => {
    const { attached, clock, know, rekeys, room } = scene();
    room.open(false);
    await attached();
    [know.epochs, know.outdated] = [[NEW, OLD], true];
    room.look();
    room.denied();
    room.look();
    expect(rekeys()).toBe(1);
    await clock.advance(301_000);
    room.look();
    expect(rekeys()).toBe(2);
  });
});

describe('a relay that answers as it likes', () => {
  test('C31: saying twice that a mailbox is open begins one conversation', async () => {
    const { attached, begun, room } = scene();
    room.open(false);
    await attached();
    await attached();
    expect(begun()).toBe(1);
  });

  test('C31: nothing is kept of what it says before the mailbox is open, and little before this device begins', () => {
    const { room } = scene();
    const message: LogMessage = { type: 'stored', slot: room.slot(), lane: 0, through: null, credit: 0 } as unknown as LogMessage;
    room.open(false);
    for (let at = 0; at < 100; at++) room.onLog(message);
    room.onMessage({ type: 'attached', slot: room.slot(), level: 1, append: 1, owner: 1, listed: 0 } as Parameters<Room['onMessage']>[0]);
    for (let at = 0; at < 100; at++) room.onLog(message);
    expect(room.state()).toMatchObject({ at: 'shut', reason: 'malformed' });
  });

  test('a mailbox that was refused is asked for again after some minutes', async () => {
    const { clock, last, refuse, room, said } = scene();
    room.open(false);
    refuse('quota-mailboxes');
    expect(room.state()).toMatchObject({ at: 'shut', reason: 'quota-mailboxes' });
    const before = said.length;
    await clock.advance(301_000);
    expect(said.length).toBe(before + 1);
    expect(last()).toMatchObject({ type: 'attach' });
  });

  test('once all is stored there, a mailbox is full no more', async () => {
    const { attached, know, room } = scene();
    room.open(false);
    await attached();
    know.status = { ...BUSY, pendingOut: 3 };
    room.onMessage({ type: 'full', slot: room.slot() });
    expect(room.full()).toBe(true);
    know.status = IDLE;
    room.look();
    expect(room.full()).toBe(false);
  });
});
