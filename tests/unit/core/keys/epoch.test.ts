/** Epoch secrets: what derives from them, boxes for one device each, announcements for many, and records at rest. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AnnouncementBody } from '@leanvibe/protocol/change';
import { type EpochId, idBytes, type LinkId, toHex } from '@leanvibe/protocol/ids';
import { KINDS, type Kind } from '@leanvibe/protocol/sealed';
import { nativeCrypto } from '@leanvibe/core/internal/crypto/node/native';
import {
  openAnnouncement,
  openPriors,
  readAnnouncement,
  type Recipient,
  sealBoxes,
  signAnnouncement,
} from '@leanvibe/core/internal/keys/announce';
import { BOX_BYTES, freshEphemeral, openBoxes, openPrior, sealBox, sealPrior } from '@leanvibe/core/internal/keys/box';
import { commitAppend, commitRead, entryKeys, type EpochSecrets, freshSecrets, spaceTag } from '@leanvibe/core/internal/keys/epoch';
import { createVault, VaultDamaged } from '@leanvibe/core/internal/keys/local';
import { createMemoryStore } from '@leanvibe/core/internal/memory/store';
import { SECRETS } from '../../../vectors/entries.js';
import { actor, flipped, made, madeId, SPACE } from '../../../vectors/kit.js';
import { createRandom } from '../../../help/random.js';

const crypto = nativeCrypto();
const names = ['ann', 'ben', 'cleo', 'dan', 'eve', 'fay', 'gil'] as const;
const actors = names.map((name) => actor(crypto, name));
const context = idBytes(SECRETS.epoch);

describe('C14 derivations', () => {
  test('C11 C14 keys, nonce keys, commitments and tags of one secret are all different', () => {
    const all = [
      ...(Object.keys(KINDS) as readonly Kind[]).flatMap((kind) => Object.values(entryKeys(crypto, SECRETS, kind))),
      commitRead(crypto, SPACE, SECRETS.read),
      commitAppend(crypto, SPACE, SECRETS.read),
      spaceTag(crypto, SECRETS, made('session'), SPACE, madeId('one')),
    ].map(toHex);
    expect(new Set(all).size).toBe(all.length);
  });

  test('C11 fresh secrets are 32 bytes each and not each other', () => {
    const { read, append } = freshSecrets(createRandom('fresh'));
    expect([read.length, append.length]).toEqual([32, 32]);
    expect(read).not.toEqual(append);
  });

  test('C25 a tag names its session, space, epoch and sender: any other gives another', () => {
    const tags = [
      spaceTag(crypto, SECRETS, made('session'), SPACE, madeId('one')),
      spaceTag(crypto, SECRETS, made('session'), SPACE, madeId('two')),
      spaceTag(crypto, SECRETS, made('session 2'), SPACE, madeId('one')),
      spaceTag(crypto, SECRETS, made('session'), madeId('space 2'), madeId('one')),
      spaceTag(crypto, { ...SECRETS, epoch: madeId<EpochId>('epoch 2') }, made('session'), SPACE, madeId('one')),
    ].map(toHex);
    expect(new Set(tags).size).toBe(5);
    expect(tags.every((tag) => tag.length === 32)).toBe(true);
  });
});

describe('C11 boxes', () => {
  const ephemeral = freshEphemeral(crypto, createRandom('box'));
  const [ann, ben] = actors as [(typeof actors)[0], (typeof actors)[0]];
  const secret = made('R and W', 64);
  const box = sealBox(crypto, ephemeral, ben.card.sealingKey, SPACE, context, secret) ?? new Uint8Array(0);

  test('C11 only the recipient opens it, only for its space and epoch', () => {
    expect(box).toHaveLength(BOX_BYTES);
    const open = (who: typeof ann, space = SPACE, for_ = context): Uint8Array | null =>
      openBoxes(crypto, who.sealingSecret, ephemeral.publicKey, space, for_, [box]);
    expect(open(ben)).toEqual(secret);
    expect([open(ann), open(ben, madeId('space 2')), open(ben, SPACE, made('epoch 2'))]).toEqual([null, null, null]);
  });

  test('C11 low-order keys are given nothing and give nothing', () => {
    expect(sealBox(crypto, ephemeral, new Uint8Array(32), SPACE, context, secret)).toBeNull();
    expect(openBoxes(crypto, ben.sealingSecret, new Uint8Array(32), SPACE, context, [box])).toBeNull();
  });

  test('C11 an older secret opens under the newer R only', () => {
    const sealed = sealPrior(crypto, createRandom('prior'), made('new R'), made('old R'));
    expect(sealed).toHaveLength(72);
    expect(openPrior(crypto, made('new R'), sealed)).toEqual(made('old R'));
    expect(openPrior(crypto, made('other R'), sealed)).toBeNull();
    expect(
      openPriors(crypto, made('new R'), [
        { epoch: madeId<LinkId>('old'), sealed },
        { epoch: madeId<LinkId>('spoilt'), sealed: flipped(sealed, 40) },
      ]),
    ).toEqual([{ epoch: madeId('old'), read: made('old R'), append: null }]);
  });
});

describe('C13 announcements', () => {
  const fresh: EpochSecrets = { epoch: madeId<EpochId>('next'), read: made('next R'), append: made('next W') };
  const announce = (recipients: readonly Recipient[], change: Partial<AnnouncementBody> = {}): AnnouncementBody => {
    const random = createRandom(`announce ${recipients.length}`);
    const ephemeral = freshEphemeral(crypto, random);
    return {
      epoch: fresh.epoch as string as LinkId,
      parents: [SECRETS.epoch as string as LinkId],
      commitRead: commitRead(crypto, SPACE, fresh.read),
      commitAppend: commitAppend(crypto, SPACE, made('next W')),
      ephemeral: ephemeral.publicKey,
      boxes: sealBoxes(crypto, random, SPACE, ephemeral, fresh, recipients),
      priors: [],
      author: (actors[0] as (typeof actors)[0]).device,
      ...change,
    };
  };
  const recipientsOf = (count: number): readonly Recipient[] =>
    actors.slice(0, count).map(({ device, card }, at) => ({ device, sealingKey: card.sealingKey, append: at % 2 === 0 }));

  test.each([0, 1, 2, 3, 4, 5, 6, 7])(
    'C13 %i recipients each find R, editors W too, and the number shows only as a power of two',
    (count) => {
      const body = announce(recipientsOf(count));
      expect(body.boxes).toHaveLength(count === 0 ? 1 : 2 ** Math.ceil(Math.log2(count)));
      expect(new Set(body.boxes.map((box) => box.length))).toEqual(new Set([BOX_BYTES]));
      actors.forEach(({ sealingSecret }, at) => {
        const opened = openAnnouncement(crypto, SPACE, sealingSecret, body);
        expect(opened).toEqual(at >= count ? null : { ...fresh, append: at % 2 === 0 ? fresh.append : null });
      });
    },
  );

  test('C13 boxes come in no order that tells who is who', () => {
    const firsts = new Set<number>();
    for (let at = 0; at < 40; at++) {
      const random = createRandom(`shuffle ${at}`);
      const ephemeral = freshEphemeral(crypto, random);
      const boxes = sealBoxes(crypto, random, SPACE, ephemeral, fresh, recipientsOf(4));
      firsts.add(
        actors.findIndex(
          ({ sealingSecret }) =>
            openBoxes(crypto, sealingSecret, ephemeral.publicKey, SPACE, idBytes(fresh.epoch), boxes.slice(0, 1)) !== null,
        ),
      );
    }
    expect([...firsts].sort()).toEqual([0, 1, 2, 3]);
  });

  test('C12 C13 secrets that do not match the commitments are a mismatch for everybody, never used', () => {
    const wrong = announce(recipientsOf(2), { commitRead: made('something else') });
    expect(openAnnouncement(crypto, SPACE, made('ann sealing'), wrong)).toBe('mismatch');
    const noW = announce(recipientsOf(1), { commitAppend: made('something else') });
    expect(openAnnouncement(crypto, SPACE, made('ann sealing'), noW)).toEqual({ ...fresh, append: null });
  });

  test('C13 C7 it is its author’s, bit by bit', () => {
    const plaintext = signAnnouncement(crypto, (actors[0] as (typeof actors)[0]).keys, announce(recipientsOf(2)));
    expect(readAnnouncement(crypto, plaintext).ok).toBe(true);
    fc.assert(
      fc.property(
        fc.nat(plaintext.length - 1),
        fc.integer({ min: 1, max: 255 }),
        (at, mask) => !readAnnouncement(crypto, flipped(plaintext, at, mask)).ok,
      ),
    );
    expect(readAnnouncement(crypto, signAnnouncement(crypto, (actors[1] as (typeof actors)[0]).keys, announce([]))).ok).toBe(false);
  });
});

describe('C45 the vault', () => {
  const store = createMemoryStore({ hashing: crypto, random: createRandom('vault') });
  const vault = createVault(crypto, store, made('local key'));

  test('C45 records come back, in order, and nothing of them is readable in the store', async () => {
    const secret = Uint8Array.from('a secret word', (character) => character.charCodeAt(0));
    await store.commit({
      put: [vault.put('draft', 'a/1', secret), vault.put('draft', 'a/2', made('two', 600)), vault.put('draft', 'b/1', new Uint8Array(0))],
    });
    expect(await vault.get('draft', 'a/1')).toEqual(secret);
    expect(await vault.get('draft', 'b/1')).toEqual(new Uint8Array(0));
    expect(await vault.get('draft', 'a/3')).toBeNull();
    expect((await vault.scan('draft', 'a/', null, 10)).map((one) => one.key)).toEqual(['a/1', 'a/2']);
    expect(Buffer.from((await store.get('draft', 'a/1')) ?? []).includes('secret')).toBe(false);
  });

  test('C45 damage, another key, or another place is noticed', async () => {
    const stored = (await store.get('draft', 'a/2')) ?? new Uint8Array(0);
    await store.commit({
      put: [
        { table: 'draft', key: 'moved', value: stored },
        { table: 'other', key: 'a/2', value: stored },
        { table: 'draft', key: 'damaged', value: flipped(stored, 100) },
        { table: 'draft', key: 'cut', value: stored.subarray(0, 20) },
      ],
    });
    for (const [table, key] of [
      ['draft', 'moved'],
      ['other', 'a/2'],
      ['draft', 'damaged'],
      ['draft', 'cut'],
    ] as const)
      await expect(vault.get(table, key)).rejects.toThrow(VaultDamaged);
    await expect(createVault(crypto, store, made('another key')).get('draft', 'a/2')).rejects.toThrow(VaultDamaged);
  });
});
