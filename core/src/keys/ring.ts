/** The key ring of one space: every epoch's secrets this device ever held, and a sealer for each. */
import type { EpochId, SpaceId } from '@leanvibe/protocol/ids';
import type { Crypto } from '../ports/crypto.js';
import { createSealer, type Sealer } from './entry.js';
import { commitAppend, commitRead, type EpochSecrets } from './epoch.js';

export interface KeyRing {
  /** True when the ring learned something: an epoch, or the W of a known one. */
  add(secrets: EpochSecrets): boolean;
  secrets(epoch: EpochId): EpochSecrets | null;
  sealer(epoch: EpochId): Sealer | null;
  /** C12: do the secrets held open to what the epoch's link commits to? Asked at every edit, hence remembered. */
  matches(space: SpaceId, epoch: EpochId, commitments: { readonly commitRead: Uint8Array; readonly commitAppend: Uint8Array }): boolean;
  /** Oldest first, in the order learned. */
  all(): readonly EpochSecrets[];
}

export function createKeyRing(crypto: Crypto): KeyRing {
  const byEpoch = new Map<EpochId, EpochSecrets>();
  const sealers = new Map<EpochId, Sealer>();
  const matching = new Map<EpochId, boolean>();
  return {
    add(secrets) {
      const known = byEpoch.get(secrets.epoch);
      if (known !== undefined && (known.append !== null || secrets.append === null)) return false;
      byEpoch.set(secrets.epoch, secrets);
      matching.delete(secrets.epoch);
      return true;
    },
    secrets: (epoch) => byEpoch.get(epoch) ?? null,
    sealer(epoch) {
      const known = sealers.get(epoch);
      if (known !== undefined) return known;
      const secrets = byEpoch.get(epoch);
      if (secrets === undefined) return null;
      const sealer = createSealer(crypto, secrets);
      sealers.set(epoch, sealer);
      return sealer;
    },
    matches(space, epoch, commitments) {
      const known = matching.get(epoch);
      if (known !== undefined) return known;
      const secrets = byEpoch.get(epoch);
      if (secrets === undefined) return false;
      const { read, append } = secrets;
      const right =
        crypto.equal(commitRead(crypto, space, read), commitments.commitRead) &&
        (append === null || crypto.equal(commitAppend(crypto, space, append), commitments.commitAppend));
      matching.set(epoch, right);
      return right;
    },
    all: () => [...byEpoch.values()],
  };
}
