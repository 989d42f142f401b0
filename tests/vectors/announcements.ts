/** Vectors of C13: a rotation told under an older epoch, its boxes, and who can read them. */
import { concat } from '@leanvibe/protocol/bytes';
import { type AnnouncementBody, announcementBody, signedAnnouncement } from '@leanvibe/protocol/change';
import { type EpochId, type LinkId, toHex } from '@leanvibe/protocol/ids';
import { encode } from '@leanvibe/protocol/shape';
import { openAnnouncement, readAnnouncement, sealBoxes, signAnnouncement } from '@leanvibe/core/internal/keys/announce';
import { freshEphemeral, sealPrior } from '@leanvibe/core/internal/keys/box';
import { createSealer } from '@leanvibe/core/internal/keys/entry';
import { commitAppend, commitRead, type EpochSecrets } from '@leanvibe/core/internal/keys/epoch';
import type { Crypto } from '@leanvibe/core/internal/ports/crypto';
import { SECRETS } from './entries.js';
import { actor, flipped, made, madeId, namedRandom, SPACE } from './kit.js';

export interface AnnouncementVectors {
  readonly about: string;
  readonly epoch: string;
  readonly body: string;
  readonly plaintext: string;
  readonly entryId: string;
  readonly sealed: string;
  readonly readers: readonly {
    readonly name: string;
    readonly sealingSecret: string;
    readonly read: string | null;
    readonly append: string | null;
  }[];
  readonly refused: readonly { readonly why: string; readonly plaintext: string }[];
}

const FRESH: EpochSecrets = { epoch: madeId<EpochId>('next epoch'), read: made('next read secret'), append: made('next append secret') };

export function makeAnnouncements(crypto: Crypto): AnnouncementVectors {
  const [alice, bob, carol, dave] = [actor(crypto, 'alice'), actor(crypto, 'bob', 1), actor(crypto, 'carol', 2), actor(crypto, 'dave')];
  const random = namedRandom('announcement');
  const ephemeral = freshEphemeral(crypto, random);
  const recipients = [bob, carol, actor(crypto, 'erin')].map((one, at) => ({
    device: one.device,
    sealingKey: one.card.sealingKey,
    append: at !== 1,
  }));
  const parent = SECRETS.epoch as string as LinkId;
  const body: AnnouncementBody = {
    epoch: FRESH.epoch as string as LinkId,
    parents: [parent],
    commitRead: commitRead(crypto, SPACE, FRESH.read),
    commitAppend: commitAppend(crypto, SPACE, made('next append secret')),
    ephemeral: ephemeral.publicKey,
    boxes: sealBoxes(crypto, random, SPACE, ephemeral, FRESH, recipients),
    priors: [{ epoch: parent, sealed: sealPrior(crypto, random, FRESH.read, SECRETS.read) }],
    author: alice.device,
  };
  const plaintext = signAnnouncement(crypto, alice.keys, body);
  const entry = createSealer(crypto, SECRETS).seal('announcement', plaintext);
  const bytes = encode(announcementBody, body);
  const resigned = (one: Uint8Array, signature: Uint8Array): string => toHex(encode(signedAnnouncement, { body: one, signature }));
  const genuine = plaintext.subarray(-64);
  return {
    about:
      'C13. Sealed under the epoch of entries.json. The signature is over label || SHA-256(label || body). Boxes are padded to a power of two and shuffled.',
    epoch: FRESH.epoch,
    body: toHex(bytes),
    plaintext: toHex(plaintext),
    entryId: entry.entryId,
    sealed: toHex(entry.bytes),
    readers: Object.entries({ bob, carol, dave }).map(([name, one]) => {
      const opened = openAnnouncement(crypto, SPACE, one.sealingSecret, body);
      const secrets = opened === null || opened === 'mismatch' ? null : opened;
      return {
        name,
        sealingSecret: toHex(one.sealingSecret),
        read: secrets === null ? null : toHex(secrets.read),
        append: secrets?.append == null ? null : toHex(secrets.append),
      };
    }),
    refused: [
      { why: 'body changed', plaintext: resigned(flipped(bytes, 40), genuine) },
      { why: 'signature changed', plaintext: resigned(bytes, flipped(genuine, 0)) },
      { why: 'signed by another device', plaintext: toHex(signAnnouncement(crypto, bob.keys, body)) },
      { why: 'something after it', plaintext: toHex(concat(plaintext, Uint8Array.of(0))) },
    ],
  };
}

export function announcementReads(crypto: Crypto, plaintext: Uint8Array): boolean {
  return readAnnouncement(crypto, plaintext).ok;
}
