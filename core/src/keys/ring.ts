/**
 * The key ring of one space: every epoch's secrets this device ever held, and a sealer for each.
 * Until an epoch's link is known, nobody can tell which of several announced secrets are the true ones (C13): all are candidates.
 */
import type { EpochId, SpaceId } from '@leanvibe/protocol/ids';
import { sameBytes } from '@leanvibe/protocol/bytes';
import { err } from '../base/result.js';
import type { Crypto } from '../ports/crypto.js';
import { createSealer, type Sealer } from './entry.js';
import { commitAppend, commitRead, type EpochSecrets } from './epoch.js';

export interface Commitments {
  readonly commitRead: Uint8Array;
  readonly commitAppend: Uint8Array;
}

export interface KeyRing {
  /** True when the ring learned something: an epoch, the W of a known one, or another candidate for one whose link is not known yet. */
  add(secrets: EpochSecrets): boolean;
  /** The true secrets of a settled epoch; of another the first candidate. */
  secrets(epoch: EpochId): EpochSecrets | null;
  /** All that may be the true ones. */
  candidates(epoch: EpochId): readonly EpochSecrets[];
  /** Seals with the first candidate, opens with whichever fits. */
  sealer(epoch: EpochId): Sealer | null;
  /** C12: do secrets held open to what the epoch's link commits to? Settles the epoch if so. Asked at every edit, hence remembered. */
  matches(space: SpaceId, epoch: EpochId, commitments: Commitments): boolean;
  /** True once the secrets held are known to be those of the epoch's link. */
  isSettled(epoch: EpochId): boolean;
}

/** Announcements of one epoch by live writers who contradict each other; beyond it later ones are ignored. */
const CANDIDATES_MAX = 64;

export function createKeyRing(crypto: Crypto): KeyRing {
  const byEpoch = new Map<EpochId, readonly EpochSecrets[]>();
  const sealers = new Map<EpochId, Sealer>();
  const matching = new Map<EpochId, boolean>();

  const set = (epoch: EpochId, candidates: readonly EpochSecrets[]): void => {
    byEpoch.set(epoch, candidates);
    sealers.delete(epoch);
  };

  return {
    add(secrets) {
      const { epoch } = secrets;
      const known = byEpoch.get(epoch) ?? [];
      const same = known.find((one) => sameBytes(one.read, secrets.read));
      if (same === undefined && (matching.get(epoch) === true || known.length >= CANDIDATES_MAX)) return false;
      if (same !== undefined && (same.append !== null || secrets.append === null)) return false;
      set(epoch, same === undefined ? [...known, secrets] : known.map((one) => (one === same ? secrets : one)));
      matching.delete(epoch);
      return true;
    },
    secrets: (epoch) => byEpoch.get(epoch)?.[0] ?? null,
    candidates: (epoch) => byEpoch.get(epoch) ?? [],
    sealer(epoch) {
      const known = sealers.get(epoch);
      if (known !== undefined) return known;
      const all = (byEpoch.get(epoch) ?? []).map((secrets) => createSealer(crypto, secrets));
      const [first, ...more] = all;
      if (first === undefined) return null;
      const sealer = more.length === 0 ? first : openedByAny(first, all);
      sealers.set(epoch, sealer);
      return sealer;
    },
    matches(space, epoch, commitments) {
      const known = matching.get(epoch);
      if (known !== undefined) return known;
      const right = (byEpoch.get(epoch) ?? []).find(
        ({ read, append }) =>
          crypto.equal(commitRead(crypto, space, read), commitments.commitRead) &&
          (append === null || crypto.equal(commitAppend(crypto, space, append), commitments.commitAppend)),
      );
      if (right === undefined && !byEpoch.has(epoch)) return false;
      if (right !== undefined) set(epoch, [right]);
      matching.set(epoch, right !== undefined);
      return right !== undefined;
    },
    isSettled: (epoch) => matching.get(epoch) === true,
  };
}

function openedByAny(first: Sealer, all: readonly Sealer[]): Sealer {
  return {
    seal: first.seal,
    open(sealed) {
      for (const sealer of all) {
        const opened = sealer.open(sealed);
        if (opened.ok) return opened;
      }
      return err('seal');
    },
  };
}
