/** Two sessions over a memory channel: hello, tags, open, and what strangers, liars and newer programs meet. */
import { describe, expect, test } from 'vitest';
import type { DeviceId, EpochId, SpaceId } from '@leanvibe/protocol/ids';
import { BYE_CODES, type SessionMessage, sessionMessage } from '@leanvibe/protocol/peer';
import { decode, encode } from '@leanvibe/protocol/shape';
import { nativeCrypto } from '@leanvibe/core/internal/crypto/node/native';
import { spaceTag } from '@leanvibe/core/internal/keys/epoch';
import type { EpochSecrets } from '@leanvibe/core/internal/keys/epoch';
import { createSpaceSync } from '@leanvibe/core/internal/log/sync';
import { createMemoryPair } from '@leanvibe/core/internal/memory/channel';
import { createMemoryStore } from '@leanvibe/core/internal/memory/store';
import type { Channel } from '@leanvibe/core/internal/ports/channel';
import type { Level } from '@leanvibe/core/internal/log/state';
import { openSession, type Session } from '@leanvibe/core/internal/session/session';
import { sessionId, type TaggedSpace } from '@leanvibe/core/internal/session/tags';
import { createVirtualClock, type VirtualClock } from '../../../help/clock.js';
import { createRandom } from '../../../help/random.js';
import { actor, made, madeId } from '../../../vectors/kit.js';

const crypto = nativeCrypto();
const epoch = (name: string): EpochSecrets => ({ epoch: madeId<EpochId>(name), read: made(`${name} R`), append: null });
const COMMON: TaggedSpace = { space: madeId<SpaceId>('common'), epochs: [epoch('common 2'), epoch('common 1')] };

interface Side {
  readonly device: DeviceId;
  readonly session: Session;
  readonly refused: string[];
  readonly closed: string[];
}

interface SideWords {
  readonly spaces?: readonly TaggedSpace[];
  readonly knows?: readonly DeviceId[];
  readonly level?: Level;
}

function side(clock: VirtualClock, name: string, channel: Channel, words: SideWords): Side {
  const { device } = actor(crypto, name);
  const store = createMemoryStore({ hashing: crypto, random: createRandom(`${name} store`) });
  const random = createRandom(name);
  const refused: string[] = [];
  const closed: string[] = [];
  const session = openSession(
    {
      clock,
      crypto,
      random,
      spaces: {
        self: device,
        tagged: () => words.spaces ?? [],
        level: () => words.level ?? 1,
        listens: () => true,
        knows: (peer) => (words.knows ?? []).includes(peer),
        converse: (space, peer, slotOut, level, send, canSend) =>
          Promise.resolve(
            createSpaceSync(
              { store, hashing: crypto, random, clock, logger: { log: () => undefined }, commit: (batch) => store.commit(batch) },
              { space, peer, slotOut, level, acceptAnnouncements: true, send, canSend, report: () => undefined },
            ),
          ),
        silent: () => undefined,
        shown: () => undefined,
        refused: (_peer, reason) => void refused.push(reason),
      },
    },
    channel,
    (reason) => closed.push(reason),
  );
  return { device, session, refused, closed };
}

function meet(alice: SideWords, bob: SideWords) {
  const clock = createVirtualClock();
  const pair = createMemoryPair({ clock }, { left: actor(crypto, 'alice').device, right: actor(crypto, 'bob').device });
  return { clock, alice: side(clock, 'alice', pair.left, alice), bob: side(clock, 'bob', pair.right, bob) };
}

/** Bob is a session; Mallory says what she likes. */
function mallory(words: SideWords, outbound = true) {
  const clock = createVirtualClock();
  const [me, bobId] = [actor(crypto, 'mallory').device, actor(crypto, 'bob').device];
  const pair = createMemoryPair({ clock }, outbound ? { left: me, right: bobId } : { left: bobId, right: me });
  const [mine, theirs] = outbound ? [pair.left, pair.right] : [pair.right, pair.left];
  const heard: SessionMessage[] = [];
  mine.start({
    onFrame(frame) {
      const message = decode(sessionMessage, frame);
      if (message.ok) heard.push(message.value);
    },
    onDrain: () => undefined,
    onClose: () => undefined,
  });
  const bob = side(clock, 'bob', theirs, words);
  return { clock, bob, heard, me, channel: mine, say: (message: SessionMessage) => mine.send(encode(sessionMessage, message)) };
}

const hello: SessionMessage = { type: 'hello', version: 1, versionMin: 1, nonce: made('mallory nonce') };

describe('C25 sessions', () => {
  test('C25 both open the space they share, at the lower of both levels, and nothing else', async () => {
    for (const level of [0, 1] as const) {
      const both = meet({ spaces: [COMMON, { space: madeId('alone'), epochs: [epoch('alone')] }] }, { spaces: [COMMON], level });
      await both.clock.advance(1_000);
      for (const one of [both.alice, both.bob]) expect([...one.session.open()]).toEqual([[COMMON.space, level]]);
      expect([...both.alice.refused, ...both.bob.refused]).toEqual([]);
      expect(both.alice.session.conversation(COMMON.space)?.status().phase).toBe('idle');
    }
  });

  test('C25 a space learnt later is matched when tags are shown again', async () => {
    const spaces: TaggedSpace[] = [];
    const both = meet({ spaces, knows: [actor(crypto, 'bob').device] }, { spaces: [COMMON], knows: [actor(crypto, 'alice').device] });
    await both.clock.advance(1_000);
    expect(both.alice.session.open().size).toBe(0);
    spaces.push(COMMON);
    both.alice.session.refresh();
    await both.clock.advance(1_000);
    expect(both.bob.session.open().size).toBe(1);
  });

  test('C25 A3 P6 a stranger that dials is shown no tags, and is told that there is nothing in common', async () => {
    const stranger = mallory({ spaces: [COMMON] });
    stranger.say(hello);
    stranger.say({ type: 'tags', tags: [made('guess', 16)] });
    await stranger.clock.advance(1_000);
    expect(stranger.heard.map((message) => message.type)).toEqual(['hello', 'bye']);
    expect(stranger.heard[1]).toMatchObject({ code: BYE_CODES.indexOf('refused') });
    expect(stranger.bob.closed).toHaveLength(1);
  });

  test('C25 whoever was dialled, or is known, sees tags at once', async () => {
    for (const peer of [mallory({ spaces: [COMMON] }, false), mallory({ spaces: [COMMON], knows: [actor(crypto, 'mallory').device] })]) {
      peer.say(hello);
      await peer.clock.advance(1_000);
      expect(peer.heard.map((message) => message.type)).toEqual(['hello', 'tags']);
    }
  });

  test('C25 an echo without the secret opens nothing: the proof must be the sender’s own tag', async () => {
    const liar = mallory({ spaces: [COMMON], knows: [actor(crypto, 'mallory').device] });
    liar.say(hello);
    await liar.clock.advance(1_000);
    const [greeting, shown] = liar.heard;
    if (greeting?.type !== 'hello' || shown?.type !== 'tags') throw new Error('no tags');
    const session = sessionId(
      crypto,
      { device: liar.me, nonce: made('mallory nonce') },
      { device: liar.bob.device, nonce: greeting.nonce },
    );
    const real = spaceTag(crypto, COMMON.epochs[0] as EpochSecrets, session, COMMON.space, liar.bob.device);
    expect(shown.tags).toContainEqual(real);
    liar.say({ type: 'open', slot: 0, echo: real, proof: made('no idea', 16), level: 1 });
    liar.say({ type: 'open', slot: 0, echo: real, proof: real, level: 1 });
    liar.say({ type: 'open', slot: 0, echo: made('no tag', 16), proof: real, level: 1 });
    await liar.clock.advance(1_000);
    expect(liar.bob.session.open().size).toBe(0);
    expect(liar.bob.refused).toEqual(['not-matched', 'not-matched', 'not-matched']);
  });

  test('C25 P9 words out of turn and noise are counted, and sixteen of them end it', async () => {
    const noisy = mallory({ spaces: [COMMON] });
    noisy.say({ type: 'tags', tags: [] });
    noisy.say(hello);
    noisy.say(hello);
    await noisy.clock.advance(100);
    expect(noisy.bob.refused).toEqual(['malformed', 'malformed']);
    for (let at = 0; at < 14; at++) noisy.channel.send(made(`noise ${at}`, 40));
    await noisy.clock.advance(100);
    expect(noisy.bob.refused).toHaveLength(16);
    expect(noisy.heard.at(-1)).toMatchObject({ type: 'bye', code: BYE_CODES.indexOf('protocol-error') });
  });

  test('C25 versions that do not meet part with a word on who must update', async () => {
    for (const [version, versionMin, words] of [
      [0, 0, 'your side needs an update'],
      [9, 9, 'this side needs an update'],
    ] as const) {
      const other = mallory({});
      other.say({ ...hello, version, versionMin });
      await other.clock.advance(100);
      expect(other.heard.at(-1)).toEqual({ type: 'bye', code: BYE_CODES.indexOf('version'), detail: words });
      expect(other.bob.refused).toEqual(['version']);
    }
  });

  test('C25 a newer program that still speaks this version is welcome', async () => {
    const newer = mallory({ spaces: [COMMON], knows: [actor(crypto, 'mallory').device] });
    newer.say({ ...hello, version: 9, versionMin: 1 });
    await newer.clock.advance(100);
    expect(newer.heard.at(-1)?.type).toBe('tags');
  });

  test('C29 a heartbeat every 15 s keeps it open, 45 s of silence close it', async () => {
    const both = meet({ spaces: [COMMON] }, { spaces: [COMMON] });
    await both.clock.advance(200_000);
    expect(both.alice.closed).toEqual([]);
    const silent = mallory({ spaces: [COMMON], knows: [actor(crypto, 'mallory').device] });
    silent.say(hello);
    await silent.clock.advance(44_000);
    expect(silent.bob.closed).toEqual([]);
    await silent.clock.advance(20_000);
    expect(silent.bob.closed).toHaveLength(1);
    expect(silent.heard.filter((message) => message.type === 'ping').length).toBeGreaterThan(1);
  });
});
