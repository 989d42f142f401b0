/** Vectors of C11, C13, C14 and C25: commitments, boxes, older secrets, session ids, space tags. */
import { concat } from '@leanvibe/protocol/bytes';
import { idBytes, toHex } from '@leanvibe/protocol/ids';
import { freshEphemeral, openBoxes, sealBox, sealPrior } from '@leanvibe/core/internal/keys/box';
import { commitAppend, commitRead, spaceTag } from '@leanvibe/core/internal/keys/epoch';
import type { Crypto } from '@leanvibe/core/internal/ports/crypto';
import { sessionId } from '@leanvibe/core/internal/session/tags';
import { SECRETS } from './entries.js';
import { actor, flipped, made, namedRandom, SPACE } from './kit.js';

export interface EpochVectors {
  readonly about: string;
  readonly space: string;
  readonly epoch: string;
  readonly read: string;
  readonly append: string;
  readonly commitRead: string;
  readonly commitAppend: string;
  readonly box: {
    readonly recipientSecret: string;
    readonly recipientPublic: string;
    readonly ephemeralSecret: string;
    readonly ephemeralPublic: string;
    readonly secret: string;
    readonly sealed: string;
  };
  readonly boxRefused: readonly { readonly why: string; readonly ephemeralPublic: string; readonly sealed: string }[];
  readonly prior: { readonly read: string; readonly prior: string; readonly nonce: string; readonly sealed: string };
  readonly session: { readonly devices: readonly string[]; readonly nonces: readonly string[]; readonly id: string };
  readonly tags: readonly { readonly sender: string; readonly tag: string }[];
}

export function makeEpochs(crypto: Crypto): EpochVectors {
  const [alice, bob] = [actor(crypto, 'alice'), actor(crypto, 'bob', 1)];
  const secret = concat(SECRETS.read, made('append secret'));
  const ephemeral = freshEphemeral(crypto, namedRandom('ephemeral'));
  const sealed = sealBox(crypto, ephemeral, bob.card.sealingKey, SPACE, idBytes(SECRETS.epoch), secret) ?? new Uint8Array(0);
  const prior = sealPrior(crypto, namedRandom('prior'), SECRETS.read, made('older read secret'));
  const nonces = [made('alice nonce'), made('bob nonce')] as const;
  const session = sessionId(crypto, { device: alice.device, nonce: nonces[0] }, { device: bob.device, nonce: nonces[1] });
  const refused = (why: string, ephemeralPublic: Uint8Array, box: Uint8Array) => ({
    why,
    ephemeralPublic: toHex(ephemeralPublic),
    sealed: toHex(box),
  });
  return {
    about:
      'C11, C25. box: secretbox of R || W, zero nonce, key HKDF(X25519, salt = ephemeral || recipient, label || space || epoch). prior: nonce || secretbox under HKDF(R, empty salt, label).',
    space: SPACE,
    epoch: SECRETS.epoch,
    read: toHex(SECRETS.read),
    append: toHex(made('append secret')),
    commitRead: toHex(commitRead(crypto, SPACE, SECRETS.read)),
    commitAppend: toHex(commitAppend(crypto, SPACE, made('append secret'))),
    box: {
      recipientSecret: toHex(bob.sealingSecret),
      recipientPublic: toHex(bob.card.sealingKey),
      ephemeralSecret: toHex(ephemeral.secret),
      ephemeralPublic: toHex(ephemeral.publicKey),
      secret: toHex(secret),
      sealed: toHex(sealed),
    },
    boxRefused: [
      refused('tampered', ephemeral.publicKey, flipped(sealed, 40)),
      refused('another ephemeral key', alice.card.sealingKey, sealed),
      refused('an ephemeral key of low order', new Uint8Array(32), sealed),
      refused('cut', ephemeral.publicKey, sealed.subarray(0, 79)),
    ],
    prior: {
      read: toHex(SECRETS.read),
      prior: toHex(made('older read secret')),
      nonce: toHex(prior.subarray(0, 24)),
      sealed: toHex(prior),
    },
    session: { devices: [alice.device, bob.device], nonces: nonces.map(toHex), id: toHex(session) },
    tags: [alice, bob].map(({ device }) => ({ sender: device, tag: toHex(spaceTag(crypto, SECRETS, session, SPACE, device)) })),
  };
}

/** The secret in a box, read as its recipient would; null when it is not for it. */
export function openBox(crypto: Crypto, ephemeral: Uint8Array, sealed: Uint8Array): Uint8Array | null {
  return openBoxes(crypto, actor(crypto, 'bob', 1).sealingSecret, ephemeral, SPACE, idBytes(SECRETS.epoch), [sealed]);
}
