/** The sum tree and the ranges built on it, against the plain set. */
import { createSumTree } from '@leanvibe/core/internal/log/sums/tree';
import { answerRanges, isAnswerTo, sumRanges, weighRanges } from '@leanvibe/core/internal/log/sums/ranges';
import { createSpaceSums } from '@leanvibe/core/internal/log/sums';
import { createMemoryStore } from '@leanvibe/core/internal/memory/store';
import { type EntryId, makeId } from '@leanvibe/protocol/ids';
import { logMessage } from '@leanvibe/protocol/peer';
import { encode } from '@leanvibe/protocol/shape';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createDice, entryIdOf, hashing, makeSealed, nextName, SPACE } from './world.js';

const MASK = (1n << 256n) - 1n;
const SEED = new Uint8Array(16).fill(4);

function naive(ids: readonly EntryId[], prefix: string): { count: number; total: bigint } {
  const under = ids.filter((entryId) => entryId.startsWith(prefix));
  return { count: under.length, total: under.reduce((total, entryId) => (total + BigInt(`0x${entryId}`)) & MASK, 0n) };
}

/** Ids that crowd under few prefixes, so that the tree must go deep. */
const crowded = fc.uniqueArray(
  fc.tuple(fc.constantFrom('', '0', 'ab', 'abcd'), fc.uint8Array({ minLength: 32, maxLength: 32 })).map(([head, tail]) => {
    const text = head + makeId<EntryId>(tail);
    return text.slice(0, 64) as EntryId;
  }),
  { maxLength: 400 },
);

test('C27: the sum of any prefix is the sum of the ids under it', () => {
  fc.assert(
    fc.property(crowded, (ids) => {
      const tree = createSumTree();
      for (const entryId of ids) tree.add(entryId);
      for (const prefix of ['', '0', 'a', 'ab', 'abc', 'abcd', 'abcd0', ...ids.slice(0, 5)]) {
        expect(tree.sum(prefix)).toEqual(naive(ids, prefix));
        const leaf = tree.leaf(prefix);
        if (naive(ids, prefix).count > 64) expect(leaf).toBeNull();
        else expect([...(leaf ?? [])].sort()).toEqual(ids.filter((entryId) => entryId.startsWith(prefix)).sort());
      }
    }),
    { numRuns: 60 },
  );
});

test('C27: asking ranges finds exactly what the other side holds beyond ours, in control frames', () => {
  fc.assert(
    fc.property(crowded, crowded, (shared, extra) => {
      const [mine, theirs] = [createSumTree(), createSumTree()];
      for (const entryId of new Set(shared)) mine.add(entryId);
      for (const entryId of new Set([...shared, ...extra])) theirs.add(entryId);
      const found = new Set<EntryId>();
      for (let todo: readonly string[] = ['']; todo.length > 0; ) {
        const asked = todo.slice(0, 28);
        const answer = answerRanges(hashing, theirs, SEED, sumRanges(hashing, mine, SEED, asked));
        expect(isAnswerTo(asked, answer)).toBe(true);
        expect(encode(logMessage, { type: 'ranges', slot: 1, lane: 2, round: 1, ranges: answer }).length).toBeLessThanOrEqual(65_536);
        const { differing, listed } = weighRanges(hashing, mine, SEED, answer);
        for (const entryId of listed) if (!shared.includes(entryId)) found.add(entryId);
        todo = [...todo.slice(28), ...differing];
      }
      expect([...found].sort()).toEqual([...new Set(extra)].filter((entryId) => !shared.includes(entryId)).sort());
    }),
    { numRuns: 40 },
  );
});

test('C27: a space keeps its tree up with the log, by rows or by ids, and leaves out what is not reconcilable', async () => {
  const store = createMemoryStore({ hashing, random: createDice(1).random });
  const write = async (count: number): Promise<void> => {
    const made = Array.from({ length: count }, () => makeSealed(2, nextName()));
    await store.commit({
      entries: made.map((sealed) => ({ space: SPACE, lane: 2 as const, entryId: entryIdOf(sealed), sealed, from: null })),
    });
  };
  const sums = createSpaceSums({ store }, SPACE);
  const half = createSpaceSums(
    { store, reconcilable: (_space, _lane, ids) => Promise.resolve(ids.map((entryId) => entryId < '8')) },
    SPACE,
  );
  for (const count of [0, 5, 200, 1]) {
    await write(count);
    const ids = await store.ids(SPACE, 2);
    const [one, two] = await Promise.all([sums.tree(2), sums.tree(2)]);
    expect(one.sum('')).toEqual(naive(ids, ''));
    expect(two.count).toBe(ids.length);
    expect((await half.tree(2)).sum('')).toEqual(
      naive(
        ids.filter((entryId) => entryId < '8'),
        '',
      ),
    );
  }
});
