/** The key ring of one space: every epoch's secrets this device ever held, and a sealer for each. */
import type { EpochId } from '@leanvibe/protocol/ids';
import type { Crypto } from '../ports/crypto.js';
import { createSealer, type Sealer } from './entry.js';
import type { EpochSecrets } from './epoch.js';

export interface KeyRing {
  /** True when the ring learned something: an epoch, or the W of a known one. */
  add(secrets: EpochSecrets): boolean;
  secrets(epoch: EpochId): EpochSecrets | null;
  sealer(epoch: EpochId): Sealer | null;
  /** Oldest first, in the order learned. */
  all(): readonly EpochSecrets[];
}

export function createKeyRing(crypto: Crypto): KeyRing {
  const byEpoch = new Map<EpochId, EpochSecrets>();
  const sealers = new Map<EpochId, Sealer>();
  return {
    add(secrets) {
      const known = byEpoch.get(secrets.epoch);
      if (known !== undefined && (known.append !== null || secrets.append === null)) return false;
      byEpoch.set(secrets.epoch, secrets);
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
    all: () => [...byEpoch.values()],
  };
}
