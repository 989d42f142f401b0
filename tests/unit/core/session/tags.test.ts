/** Matching spaces by tags: what both know is found, what one knows stays unknown to the other. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type EpochId, type SpaceId, toHex } from '@leanvibe/protocol/ids';
import { TAG_EPOCHS_MAX, TAGS_MAX } from '@leanvibe/protocol/limits';
import { nativeCrypto } from '@leanvibe/core/internal/crypto/node/native';
import type { EpochSecrets } from '@leanvibe/core/internal/keys/epoch';
import { matchTags, offerTags, sessionId, type TaggedSpace } from '@leanvibe/core/internal/session/tags';
import { createRandom } from '../../../help/random.js';
import { actor, made, madeId } from '../../../vectors/kit.js';

const crypto = nativeCrypto();
const [alice, bob] = [actor(crypto, 'alice').device, actor(crypto, 'bob').device];
const session = sessionId(crypto, { device: alice, nonce: made('a') }, { device: bob, nonce: made('b') });

const epoch = (space: string, at: number): EpochSecrets => ({
  epoch: madeId<EpochId>(`${space}/${at}`),
  read: made(`${space}/${at} R`),
  append: null,
});
/** Newest first: epochs `from` down to `to`. */
const space = (name: string, from: number, to: number): TaggedSpace => ({
  space: madeId<SpaceId>(name),
  epochs: Array.from({ length: from - to + 1 }, (_, at) => epoch(name, from - at)),
});
const offer = (spaces: readonly TaggedSpace[], seed = 'offer'): readonly Uint8Array[] =>
  offerTags(crypto, createRandom(seed), session, alice, spaces);

describe('C25 tags', () => {
  test('C25 W15 the session id is the same from both sides and new with every nonce', () => {
    expect(sessionId(crypto, { device: bob, nonce: made('b') }, { device: alice, nonce: made('a') })).toEqual(session);
    expect(sessionId(crypto, { device: alice, nonce: made('a 2') }, { device: bob, nonce: made('b') })).not.toEqual(session);
    expect(sessionId(crypto, { device: alice, nonce: made('b') }, { device: bob, nonce: made('a') })).not.toEqual(session);
  });

  test('C25 the newest common epoch is found, tested against every epoch ever held', () => {
    const matches = matchTags(
      crypto,
      session,
      alice,
      [space('common', 90, 1), space('other', 3, 1)],
      offer([space('common', 40, 1), space('mine', 2, 1)]),
    );
    expect(matches).toMatchObject([{ space: madeId('common'), secrets: { epoch: madeId('common/40') } }]);
  });

  test('C25 a device that slept through more rotations than are offered is met from its own side', () => {
    const behind = space('common', 1, 1);
    const ahead = space('common', TAG_EPOCHS_MAX + 5, 1);
    expect(matchTags(crypto, session, alice, [behind], offer([ahead]))).toEqual([]);
    expect(matchTags(crypto, session, alice, [ahead], offer([behind]))).toMatchObject([{ secrets: { epoch: madeId('common/1') } }]);
  });

  test('C25 P6 tags say nothing to strangers, in another session, or as another’s', () => {
    const tags = offer([space('common', 3, 1)]);
    const held = [space('common', 3, 1)];
    const later = sessionId(crypto, { device: alice, nonce: made('a 2') }, { device: bob, nonce: made('b') });
    expect(matchTags(crypto, session, alice, [space('other', 3, 1)], tags)).toEqual([]);
    expect(matchTags(crypto, later, alice, held, tags)).toEqual([]);
    expect(matchTags(crypto, session, bob, held, tags)).toEqual([]);
  });

  test('C25 P6 their number is a power of two from 16 on, and random ones look like the others', () => {
    for (const [held, shown] of [
      [0, 16],
      [1, 16],
      [16, 16],
      [17, 32],
      [33, 64],
    ] as const) {
      const tags = offer(Array.from({ length: held }, (_, at) => space(`space ${at}`, 1, 1)));
      expect(tags).toHaveLength(shown);
      expect(new Set(tags.map(toHex)).size).toBe(shown);
      expect(tags.every((tag) => tag.length === 16)).toBe(true);
    }
    expect(offer(Array.from({ length: 200 }, (_, at) => space(`space ${at}`, 32, 1)))).toHaveLength(TAGS_MAX);
  });

  test('C25 P6 their order tells nothing: the real one may stand anywhere', () => {
    const real = toHex(
      matchTags(crypto, session, alice, [space('common', 1, 1)], offer([space('common', 1, 1)]))[0]?.tag ?? new Uint8Array(0),
    );
    const places = new Set(
      Array.from({ length: 200 }, (_, at) => offer([space('common', 1, 1)], `order ${at}`).findIndex((tag) => toHex(tag) === real)),
    );
    expect(places.size).toBe(16);
  });

  test('P9 hostile tags match nothing', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ minLength: 16, maxLength: 16 }), { maxLength: 50 }),
        (tags) => matchTags(crypto, session, alice, [space('common', 3, 1)], tags).length === 0,
      ),
    );
  });
});
