/** Vectors of C26 and C27: prefix hashes along a log, and fingerprints of ranges. */
import { type EntryId, type Hash, makeId, toHex } from '@leanvibe/protocol/ids';
import { childPrefixes } from '@leanvibe/core/internal/log/sums/prefix';
import { fingerprint } from '@leanvibe/core/internal/log/sums/fingerprint';
import { createSumTree } from '@leanvibe/core/internal/log/sums/tree';
import { nextPrefixHash } from '@leanvibe/core/internal/memory/space-log';
import type { Crypto } from '@leanvibe/core/internal/ports/crypto';
import { made, madeId } from './kit.js';

export interface SumVectors {
  readonly about: string;
  readonly log: readonly { readonly entryId: string; readonly prefixHash: string }[];
  readonly seed: string;
  readonly set: { readonly count: number; readonly ids: string };
  readonly ranges: readonly { readonly prefix: string; readonly count: number; readonly total: string; readonly fingerprint: string }[];
}

export const SET_SIZE = 200;
export const setId = (at: number): EntryId => madeId<EntryId>(`set ${at}`);

export function makeSums(crypto: Crypto): SumVectors {
  let before = makeId<Hash>(new Uint8Array(32));
  const log = Array.from({ length: 5 }, (_, at) => {
    const entryId = madeId<EntryId>(`row ${at}`);
    before = nextPrefixHash(crypto, before, entryId);
    return { entryId, prefixHash: before };
  });
  const tree = createSumTree();
  for (let at = 0; at < SET_SIZE; at++) tree.add(setId(at));
  const top = 'f'.repeat(64) as EntryId;
  tree.add(top);
  const seed = made('seed', 16);
  return {
    about:
      'C26: prefixHash = SHA-256(before || entryId) from 32 zero bytes. C27: fingerprint = SHA-256(seed || count in 8 bytes || sum mod 2^256 in 32 bytes)[0..16). The set: HKDF-made ids `set 0` … and 32 bytes of ff.',
    log,
    seed: toHex(seed),
    set: { count: tree.count, ids: 'set 0 … set 199, ff…ff' },
    ranges: ['', ...childPrefixes(''), 'ff', top].map((prefix) => {
      const sum = tree.sum(prefix);
      return { prefix, count: sum.count, total: sum.total.toString(16), fingerprint: toHex(fingerprint(crypto, seed, sum)) };
    }),
  };
}
