/** Verdicts on top of checkpoints: the same as with every change, and what only a base can decide. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ChangeId } from '@leanvibe/protocol/ids';
import { tablesOf } from '@leanvibe/core/internal/checkpoint/tables';
import { type Base, type Covering, coversAll, joinBase } from '@leanvibe/core/internal/intake/base';
import { createJudge, type Judge } from '@leanvibe/core/internal/intake/judge';
import type { ChangeRow } from '@leanvibe/core/internal/intake/row';
import { chainOf, changeId, clientOf, DEPS, DOCUMENT, group, judgeOf, row, runOf, type RowWords, type Table, verdicts } from './rows.js';

const claimOf = (chain: string): NonNullable<RowWords['claims']> => [{ clientId: clientOf(chain), run: runOf(chain) }];
const span = (chain: string, clockStart: number, clockEnd: number): NonNullable<RowWords['writes']>[number] => ({
  clientId: clientOf(chain),
  clockStart,
  clockEnd,
});

/** What a checkpoint over these rows says. */
function covering(rows: readonly ChangeRow[], table: Table = {}): Covering {
  const tables = tablesOf(judgeOf(rows, group(table)), []);
  if (tables === null) throw new Error('no checkpoint can be made of these rows');
  return { crdt: 0, ...tables };
}
function baseOf(coverings: readonly Covering[], also: readonly ChangeId[] = []): Base {
  const base = joinBase(coverings, new Set(also), false);
  if (base === null) throw new Error('no covering');
  return base;
}
function on(base: Base, rows: readonly ChangeRow[], table: Table = {}): Judge {
  const judge = createJudge(DEPS, DOCUMENT, group(table), base);
  for (const one of rows) judge.add(one);
  return judge;
}

const HISTORY: readonly RowWords[] = [
  { name: 'a1', claims: claimOf('a'), writes: [span('a', 0, 3)] },
  { name: 'b1', claims: claimOf('b'), writes: [span('b', 0, 2)], dependencies: ['a1'], reads: [{ clientId: clientOf('a'), clockEnd: 3 }] },
  { name: 'a2', writes: [span('a', 3, 4)], dependencies: ['b1'], reads: [{ clientId: clientOf('b'), clockEnd: 2 }] },
];

describe('K4 judging on a base', () => {
  test('C35 K4 a chain goes on from its last covered change, its client ids from their covered clocks', () => {
    const judge = on(baseOf([covering(HISTORY.map(row))]), [
      row({ name: 'a3', writes: [span('a', 4, 6)] }),
      row({ name: 'b2', writes: [span('b', 2, 3)], reads: [{ clientId: clientOf('a'), clockEnd: 4 }] }),
      row({ name: 'c1', claims: claimOf('c'), dependencies: ['b1'], reads: [{ clientId: clientOf('a'), clockEnd: 4 }] }),
    ]);
    expect(verdicts(judge, ['a3', 'b2', 'c1'])).toEqual({ a3: 'applied', b2: 'applied', c1: 'applied' });
    expect(judge.clockEnd(clientOf('a'))).toBe(6);
    expect(judge.row(changeId('b1'))?.seq).toBe(1);
  });

  test.each([
    ['a gap in the clocks', { name: 'a3', writes: [span('a', 5, 6)] }, 'refused:bad-struct'],
    ['clocks that are covered', { name: 'a3', writes: [span('a', 3, 5)] }, 'refused:bad-struct'],
    ['what is beyond all that is covered', { name: 'a3', reads: [{ clientId: clientOf('b'), clockEnd: 3 }] }, 'refused:bad-struct'],
    ['a covered client id claimed again', { name: 'c1', claims: claimOf('a'), dependencies: ['a2'] }, 'refused:bad-claim'],
    ['a client id of another chain', { name: 'b2', writes: [span('a', 4, 5)] }, 'refused:bad-claim'],
    ['a skipped seq', { name: 'a4', previous: 'a2' }, 'refused:chain'],
    ['a chain that goes on from an older covered change', { name: 'a3', previous: 'a1' }, 'refused:chain'],
    ['another CRDT', { name: 'a3', crdt: 'facts' }, 'refused:chain'],
    ['something nobody holds', { name: 'a3', dependencies: ['x1'] }, 'waiting:dependency'],
  ] satisfies readonly (readonly [string, RowWords, string])[])('C8 C20 K4 refuses %s', (_what, words, verdict) => {
    expect(verdicts(on(baseOf([covering(HISTORY.map(row))]), [row(words)]), [words.name])).toEqual({ [words.name]: verdict });
  });

  test('K4 C9 what is covered stays and is a root: a removal that keeps less takes only what comes after', () => {
    const table: Table = { removals: { b: [{ by: 'now', knownTo: [], frontierSeq: 0 }] } };
    const tail = [row({ name: 'b2', writes: [span('b', 2, 3)] }), row({ name: 'a3', writes: [span('a', 4, 5)] })];
    const judge = on(baseOf([covering(HISTORY.map(row))]), tail, table);
    expect(verdicts(judge, ['b2', 'a3'])).toEqual({ b2: 'quarantined:removed', a3: 'applied' });
    expect(judge.tips().get(chainOf('b'))).toEqual([changeId('b1')]);
  });

  test('C38 a second change at a covered seq is quarantined as a fork, and what depends on it with it', () => {
    const judge = on(baseOf([covering(HISTORY.map(row))]), [
      row({ name: 'a2x' }),
      row({ name: 'a3x', previous: 'a2x' }),
      row({ name: 'c1', dependencies: ['a2x'] }),
      row({ name: 'a3', writes: [span('a', 4, 5)] }),
    ]);
    expect(verdicts(judge, ['a2x', 'a3x', 'c1', 'a3'])).toEqual({
      a2x: 'quarantined:fork',
      a3x: 'quarantined:depends',
      c1: 'quarantined:depends',
      a3: 'applied',
    });
    const tried = on(baseOf([covering(HISTORY.map(row))], [changeId('a2x')]), [row({ name: 'c1', dependencies: ['a2x'] })]);
    expect(verdicts(tried, ['c1'])).toEqual({ c1: 'applied' });
  });

  test('K4 the first change after a checkpoint still owes the covered tips of other chains', () => {
    const judge = on(baseOf([covering(HISTORY.map(row))]), []);
    expect(judge.unnamed(chainOf('b'), changeId('a2'))).toBe(true);
    judge.add(row({ name: 'b2', dependencies: ['a2'] }));
    expect(judge.unnamed(chainOf('b'), changeId('a2'))).toBe(false);
    expect(judge.unnamed(chainOf('b'), changeId('b1'))).toBe(false);
  });
});

/** Random histories of three chains; each change knows a random part of what came before. */
const histories = fc
  .array(
    fc.record({
      chain: fc.constantFrom('a', 'b', 'c'),
      sees: fc.array(fc.nat(), { maxLength: 2 }),
      length: fc.integer({ min: 0, max: 3 }),
    }),
    {
      minLength: 1,
      maxLength: 14,
    },
  )
  .map((steps) => {
    const seqs = new Map<string, number>();
    const clocks = new Map<string, number>();
    const rows: ChangeRow[] = [];
    for (const { chain, sees, length } of steps) {
      const seq = (seqs.get(chain) ?? 0) + 1;
      const start = clocks.get(chain) ?? 0;
      const others = [...new Set(sees.map((at) => rows[at % Math.max(1, rows.length)]?.id).filter((id) => id !== undefined))];
      const mine = new Set(rows.filter((one) => one.addedBy === chainOf(chain)).map((one) => one.id));
      rows.push({
        ...row({
          name: `${chain}${seq}`,
          claims: seq === 1 ? claimOf(chain) : [],
          writes: length > 0 ? [span(chain, start, start + length)] : [],
        }),
        dependencies: others.filter((id) => !mine.has(id)).sort(),
      });
      seqs.set(chain, seq);
      clocks.set(chain, start + length);
    }
    return rows;
  });

/** The first `count` rows and whatever they stand on, which came before. */
describe('P1 K4 K5 with all changes, or with a checkpoint and the rest', () => {
  test('P1 K4 verdicts and tips are alike wherever a checkpoint cuts', () => {
    fc.assert(
      fc.property(histories, fc.nat(), fc.constantFrom('a', 'b', 'c'), fc.nat(), (rows, at, removed, keeps) => {
        const cut = 1 + (at % rows.length);
        const covered = rows.slice(0, cut);
        const before = covered.filter((one) => one.addedBy === chainOf(removed)).length;
        // A removal that keeps at least what is covered: then both know the same.
        const table: Table = { removals: { [removed]: [{ by: 'now', knownTo: [], frontierSeq: before + (keeps % 3) }] } };
        for (const view of [{}, table]) {
          const whole = judgeOf(rows, group(view));
          const rest = on(baseOf([covering(covered)]), rows.slice(cut).toReversed(), view);
          for (const one of rows.slice(cut)) expect(rest.verdict(one.id)).toEqual(whole.verdict(one.id));
          expect(new Map([...rest.tips()].sort())).toEqual(new Map([...whole.tips()].sort()));
        }
      }),
      { numRuns: 500 },
    );
  });

  test('P1 K5 concurrent checkpoints join in any order, and one goes when another covers it', () => {
    const [ab, ac] = [
      covering([{ name: 'a1' }, { name: 'b1' }].map(row)),
      covering([{ name: 'a1' }, { name: 'a2' }, { name: 'c1', dependencies: ['a1'] }].map(row)),
    ];
    for (const base of [baseOf([ab, ac]), baseOf([ac, ab])]) {
      expect(new Set(base.covers.map((cover) => cover.changeId))).toEqual(new Set(['a2', 'b1', 'c1'].map(changeId)));
      const judge = on(base, [row({ name: 'a3', dependencies: ['b1', 'c1'] })]);
      expect(verdicts(judge, ['a3'])).toEqual({ a3: 'applied' });
    }
    const all = covering([{ name: 'a1' }, { name: 'a2' }, { name: 'b1' }, { name: 'c1', dependencies: ['a1'] }].map(row));
    expect([coversAll(ab, ac), coversAll(ac, ab), coversAll(all, ab), coversAll(all, ac)]).toEqual([false, false, true, true]);
  });
});
