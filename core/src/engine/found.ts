/** Founding a space: its genesis link and its first epoch, sealed under that epoch (C2, C11). */
import type { PersonId, SpaceId } from '@leanvibe/protocol/ids';
import { type SignedLinkBytes, signLink } from '../group/link.js';
import { epochOf } from '../keys/announce.js';
import { createSealer } from '../keys/entry.js';
import { commitAppend, commitRead, type EpochSecrets, freshSecrets } from '../keys/epoch.js';
import type { Crypto } from '../ports/crypto.js';
import type { Random } from '../ports/random.js';
import type { NewEntry } from '../ports/store.js';
import type { Identity } from './identity.js';

export interface Founded {
  readonly space: SpaceId;
  readonly secrets: EpochSecrets;
  readonly links: readonly SignedLinkBytes[];
  readonly entries: readonly NewEntry[];
}

/** A home space when `person` is null: then the space is the person. */
export function foundSpace(crypto: Crypto, random: Random, identity: Identity, person: PersonId | null): Founded {
  const { device, signing, card } = identity;
  const genesis = signLink(crypto, signing, {
    space: null,
    parents: [],
    author: device,
    index: 0,
    operation: { type: 'genesis', home: person === null, person, card, nonce: random.bytes(32) },
  });
  const space = genesis.link.space;
  const fresh = freshSecrets(random);
  const epoch = signLink(crypto, signing, {
    space,
    parents: [genesis.id],
    author: device,
    index: 1,
    operation: {
      type: 'epoch',
      parents: [],
      commitRead: commitRead(crypto, space, fresh.read),
      commitAppend: commitAppend(crypto, space, fresh.append),
      recipients: [{ device, append: true }],
      priors: [],
    },
  });
  const secrets: EpochSecrets = { epoch: epochOf(epoch.id), read: fresh.read, append: fresh.append };
  const sealer = createSealer(crypto, secrets);
  const links = [genesis, epoch];
  const entries = links.map((link): NewEntry => {
    const sealed = sealer.seal('link', link.plaintext);
    return { space, lane: 1, entryId: sealed.entryId, sealed: sealed.bytes, from: null };
  });
  return { space, secrets, links, entries };
}
