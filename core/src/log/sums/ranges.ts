/** Comparing ranges (C27): our sums for a question, our answer to one, and what an answer tells us. */
import { sameBytes } from '@leanvibe/protocol/bytes';
import type { EntryId } from '@leanvibe/protocol/ids';
import type { WireRangeAnswer, WireRangeSum } from '@leanvibe/protocol/peer';
import type { Hashing } from '../../ports/crypto.js';
import { fingerprint } from './fingerprint.js';
import { childPrefixes, prefixBytes, prefixText } from './prefix.js';
import type { SumTree } from './tree.js';

/** Ranges in one question: each is answered by at most 64 ids, so that the answer stays a control frame. */
export const ASKED_MAX = 28;

function sumOf(
  hashing: Hashing,
  tree: SumTree,
  seed: Uint8Array,
  prefix: string,
): { readonly count: number; readonly fingerprint: Uint8Array } {
  const sum = tree.sum(prefix);
  return { count: sum.count, fingerprint: fingerprint(hashing, seed, sum) };
}

export function sumRanges(hashing: Hashing, tree: SumTree, seed: Uint8Array, prefixes: readonly string[]): readonly WireRangeSum[] {
  return prefixes.map((prefix) => ({ prefix: prefixBytes(prefix), ...sumOf(hashing, tree, seed, prefix) }));
}

/** Leaves out what is equal; lists the ids of small ranges; splits the others into their non-empty children. */
export function answerRanges(
  hashing: Hashing,
  tree: SumTree,
  seed: Uint8Array,
  asked: readonly WireRangeSum[],
): readonly WireRangeAnswer[] {
  return asked.flatMap((range): readonly WireRangeAnswer[] => {
    const prefix = prefixText(range.prefix);
    if (prefix === null) return [];
    const own = sumOf(hashing, tree, seed, prefix);
    if (own.count === 0 || (own.count === range.count && sameBytes(own.fingerprint, range.fingerprint))) return [];
    const ids = tree.leaf(prefix);
    if (ids !== null) return [{ prefix: range.prefix, summary: null, ids }];
    const children = childPrefixes(prefix).map((child) => ({
      prefix: prefixBytes(child),
      summary: sumOf(hashing, tree, seed, child),
      ids: null,
    }));
    return children.filter((child) => child.summary.count > 0);
  });
}

/** The child ranges that differ from ours, and all ids listed. */
export function weighRanges(
  hashing: Hashing,
  tree: SumTree,
  seed: Uint8Array,
  answer: readonly WireRangeAnswer[],
): { readonly differing: readonly string[]; readonly listed: readonly EntryId[] } {
  const differing: string[] = [];
  const listed: EntryId[] = [];
  for (const range of answer) {
    const prefix = prefixText(range.prefix);
    if (prefix === null) continue;
    if (range.ids !== null) listed.push(...range.ids);
    if (range.summary === null) continue;
    const own = sumOf(hashing, tree, seed, prefix);
    const equal = own.count === range.summary.count && sameBytes(own.fingerprint, range.summary.fingerprint);
    if (!equal) differing.push(prefix);
  }
  return { differing, listed };
}

/** An honest answer to `asked`: leaves of asked ranges whose ids lie in them, or children of asked ranges, nothing twice. */
export function isAnswerTo(asked: readonly string[], answer: readonly WireRangeAnswer[]): boolean {
  const open = new Set(asked);
  const seen = new Set<string>();
  const ids = new Set<EntryId>();
  return answer.every((range) => {
    const prefix = prefixText(range.prefix);
    if (prefix === null || seen.has(prefix) || (range.ids === null) === (range.summary === null)) return false;
    seen.add(prefix);
    if (range.ids === null) return prefix.length > 0 && open.has(prefix.slice(0, -1));
    if (!open.has(prefix)) return false;
    return range.ids.every((entryId) => {
      const fresh = entryId.startsWith(prefix) && !ids.has(entryId);
      ids.add(entryId);
      return fresh;
    });
  });
}
