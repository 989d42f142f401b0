/** Verdicts of changes: each rule by itself, and every order of arrival alike. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ChangeRow } from '@leanvibe/core/internal/intake/row';
import { changeId, clientOf, group, judgeOf, row, runOf, type RowWords, type Table, verdicts } from './rows.js';

function told(words: readonly RowWords[], table: Table = {}): Readonly<Record<string, string>> {
  return verdicts(
    judgeOf(words.map(row), group(table)),
    words.map((one) => one.name),
  );
}

/** Every order of a short list. */
function orders<T>(items: readonly T[]): readonly (readonly T[])[] {
  if (items.length < 2) return [items];
  return items.flatMap((item, at) => orders([...items.slice(0, at), ...items.slice(at + 1)]).map((rest) => [item, ...rest]));
}

/** The verdicts, which every order of arrival must give. */
function toldInAnyOrder(words: readonly RowWords[], table: Table = {}): Readonly<Record<string, string>> {
  const first = told(words, table);
  for (const order of orders(words))
    expect(told(order, table), order.map((one) => one.name).join(' ')).toEqual(expect.objectContaining(first));
  return first;
}

const claimOf = (chain: string): NonNullable<RowWords['claims']> => [{ clientId: clientOf(chain), run: runOf(chain) }];
const span = (chain: string, clockStart: number, clockEnd: number): NonNullable<RowWords['writes']>[number] => ({
  clientId: clientOf(chain),
  clockStart,
  clockEnd,
});

describe('C8 chains', () => {
  test('C8 C18 a chain is accepted from seq 1 without gaps', () => {
    expect(toldInAnyOrder([{ name: 'a1' }, { name: 'a2' }, { name: 'a3' }])).toEqual({ a1: 'applied', a2: 'applied', a3: 'applied' });
  });

  test('C8 C10 what misses its predecessor or a dependency waits, and is told what is missing', () => {
    const judge = judgeOf([row({ name: 'a2' }), row({ name: 'b1', dependencies: ['c1'] })]);
    expect(verdicts(judge, ['a2', 'b1'])).toEqual({ a2: 'waiting:dependency', b1: 'waiting:dependency' });
    expect(judge.missing().toSorted()).toEqual([changeId('a1'), changeId('c1')].sort());
  });

  test.each([
    ['a first change with another seq', { name: 'b1', seq: 2, previous: 'a1' }],
    ['a skipped seq', { name: 'a3', previous: 'a1' }],
    ['a chain that goes on another one', { name: 'b2', previous: 'a1' }],
    ['a change of CRDT within the chain', { name: 'a2', crdt: 'facts' }],
  ] satisfies readonly (readonly [string, RowWords])[])('C8 %s is refused', (_what, words) => {
    expect(toldInAnyOrder([{ name: 'a1' }, words])).toMatchObject({ a1: 'applied', [words.name]: 'refused:chain' });
  });

  test('C8 a seq other than 1 without a predecessor is refused', () => {
    expect(verdicts(judgeOf([{ ...row({ name: 'a2' }), previous: null }]), ['a2'])).toEqual({ a2: 'refused:chain' });
  });

  test('C8 a refused change ends its chain and whatever depends on it, and its author goes on from the last accepted', () => {
    const bad = { name: 'a2', writes: [span('a', 0, 1)] };
    expect(toldInAnyOrder([{ name: 'a1' }, bad, { name: 'a3' }, { name: 'b1', dependencies: ['a2'] }, { name: 'a2x' }])).toEqual({
      a1: 'applied',
      a2: 'refused:bad-claim',
      a3: 'refused:chain',
      b1: 'refused:chain',
      a2x: 'applied',
    });
  });

  test('C10 a change over a limit is void, and its chain goes on past it', () => {
    expect(toldInAnyOrder([{ name: 'a1' }, { name: 'a2', structure: 1 }, { name: 'a3' }])).toEqual({
      a1: 'applied',
      a2: 'void',
      a3: 'applied',
    });
  });

  test('C10 a void change claims and writes nothing', () => {
    const words: readonly RowWords[] = [
      { name: 'a1', structure: 1, claims: claimOf('a'), writes: [span('a', 0, 5)] },
      { name: 'a2', claims: claimOf('a'), writes: [span('a', 0, 1)] },
    ];
    expect(toldInAnyOrder(words)).toEqual({ a1: 'void', a2: 'applied' });
  });

  test('C10 P9 what ran out of budget here is held, holds up what builds on it, and is judged when read at last', () => {
    const judge = judgeOf([row({ name: 'a1', structure: 3 }), row({ name: 'a2' })]);
    expect(verdicts(judge, ['a1', 'a2'])).toEqual({ a1: 'held', a2: 'waiting:dependency' });
    expect(judge.add(row({ name: 'a1' })).map((one) => one.seq)).toEqual([1, 2]);
    expect(verdicts(judge, ['a1', 'a2'])).toEqual({ a1: 'applied', a2: 'applied' });
  });

  test('C8 C20 bytes that cannot be read and CRDTs nobody knows are refused', () => {
    expect(
      told([
        { name: 'a1', structure: 2 },
        { name: 'b1', crdt: 9 },
        { name: 'c1', crdt: 'automerge' },
      ]),
    ).toEqual({ a1: 'refused:bad-payload', b1: 'refused:unknown-crdt', c1: 'refused:unknown-crdt' });
  });
});

describe('C6 membership', () => {
  test('C6 P4 heads nobody here knows make it wait, durable, and it is judged when they come', () => {
    const judge = judgeOf([row({ name: 'a1', heads: ['later'] }), row({ name: 'a2' })]);
    expect(verdicts(judge, ['a1', 'a2'])).toEqual({ a1: 'waiting:membership', a2: 'waiting:dependency' });
    const judged = judge.regroup(group({ heads: ['now', 'later'] }));
    expect(judged.map((one) => one.seq)).toEqual([1, 2]);
    expect(verdicts(judge, ['a1', 'a2'])).toEqual({ a1: 'applied', a2: 'applied' });
  });

  test('P4 C8 whoever was no editor by its own heads is refused', () => {
    expect(
      toldInAnyOrder([{ name: 'a1' }, { name: 'a2', heads: ['old'] }, { name: 'a3' }], { heads: ['now', 'old'], readers: ['a@old'] }),
    ).toEqual({ a1: 'applied', a2: 'refused:not-editor', a3: 'refused:chain' });
  });
});

describe('C9 removals and adoption', () => {
  const removed = (frontierSeq: number | null): Table => ({
    heads: ['now', 'after'],
    removals: { a: [{ by: 'gone', knownTo: ['after'], frontierSeq }] },
  });

  test('C9 above the frontier it is quarantined, within it it stays', () => {
    expect(toldInAnyOrder([{ name: 'a1' }, { name: 'a2' }, { name: 'a3' }], removed(2))).toEqual({
      a1: 'applied',
      a2: 'applied',
      a3: 'quarantined:removed',
    });
  });

  test('C5 a frontier that is missing here quarantines with that reason, and any other that is here suffices', () => {
    expect(toldInAnyOrder([{ name: 'a1' }], removed(null))).toEqual({ a1: 'quarantined:frontier-missing' });
    const both: Table = {
      removals: {
        a: [
          { by: 'gone', knownTo: [], frontierSeq: null },
          { by: 'gone 2', knownTo: [], frontierSeq: 1 },
        ],
      },
    };
    expect(toldInAnyOrder([{ name: 'a1' }, { name: 'a2' }], both)).toEqual({ a1: 'applied', a2: 'quarantined:frontier-missing' });
  });

  test('C9 P2 a change by somebody who was not removed adopts what it depends on, with its whole closure', () => {
    expect(toldInAnyOrder([{ name: 'a1' }, { name: 'a2' }, { name: 'a3' }, { name: 'b1', dependencies: ['a2'] }], removed(0))).toEqual({
      a1: 'applied',
      a2: 'applied',
      a3: 'quarantined:removed',
      b1: 'applied',
    });
  });

  test('C9 another removed device adopts nothing', () => {
    const both: Table = {
      removals: { a: [{ by: 'gone', knownTo: [], frontierSeq: 0 }], b: [{ by: 'gone 2', knownTo: [], frontierSeq: 0 }] },
    };
    expect(toldInAnyOrder([{ name: 'a1' }, { name: 'b1', dependencies: ['a1'] }], both)).toEqual({
      a1: 'quarantined:removed',
      b1: 'quarantined:removed',
    });
  });

  test('C9 an accept link adopts what it names and its closure', () => {
    expect(toldInAnyOrder([{ name: 'a1' }, { name: 'a2' }, { name: 'a3' }], { ...removed(0), accepted: ['a2'] })).toEqual({
      a1: 'applied',
      a2: 'applied',
      a3: 'quarantined:removed',
    });
  });

  test('C9 predicate 14: what a removed device wrote does not hide what others wrote beside it', () => {
    expect(toldInAnyOrder([{ name: 'a1' }, { name: 'b1' }, { name: 'b2' }], removed(0))).toMatchObject({ b1: 'applied', b2: 'applied' });
  });

  test('C9 C10 a removal that comes later takes the verdict back, and one that falls gives it back', () => {
    const judge = judgeOf([row({ name: 'a1' }), row({ name: 'a2' })]);
    expect(judge.contested()).toBe(false);
    judge.regroup(group(removed(1)));
    expect(judge.contested()).toBe(true);
    expect(verdicts(judge, ['a1', 'a2'])).toEqual({ a1: 'applied', a2: 'quarantined:removed' });
    expect([...judge.tips().values()]).toEqual([[changeId('a1')]]);
    judge.regroup(group());
    expect(verdicts(judge, ['a1', 'a2'])).toEqual({ a1: 'applied', a2: 'applied' });
  });
});

describe('C20 C21 structs and client ids', () => {
  test('C20 a client’s clocks go on exactly where the chain ended', () => {
    const first: RowWords = { name: 'a1', claims: claimOf('a'), writes: [span('a', 0, 3)] };
    for (const [start, verdict] of [
      [3, 'applied'],
      [2, 'refused:bad-struct'],
      [4, 'refused:bad-struct'],
    ] as const)
      expect(toldInAnyOrder([first, { name: 'a2', writes: [span('a', start, start + 1)] }])).toMatchObject({ a2: verdict });
  });

  test('C20 nothing refers beyond its own closure, though others here hold more', () => {
    const words: readonly RowWords[] = [
      { name: 'a1', claims: claimOf('a'), writes: [span('a', 0, 3)] },
      { name: 'a2', writes: [span('a', 3, 9)] },
      { name: 'b1', dependencies: ['a1'], reads: [{ clientId: clientOf('a'), clockEnd: 3 }] },
      { name: 'c1', dependencies: ['a1'], reads: [{ clientId: clientOf('a'), clockEnd: 4 }] },
    ];
    expect(toldInAnyOrder(words)).toMatchObject({ b1: 'applied', c1: 'refused:bad-struct' });
  });

  test('C20 an eight-byte delete set for clocks a victim has not written yet is refused', () => {
    expect(
      toldInAnyOrder([
        { name: 'b1', reads: [{ clientId: clientOf('a'), clockEnd: 1000 }] },
        { name: 'a1', claims: claimOf('a'), writes: [span('a', 0, 3)] },
      ]),
    ).toEqual({ b1: 'refused:bad-struct', a1: 'applied' });
  });

  test('C21 nobody writes under another’s client id, claims it, or claims one that does not recompute', () => {
    const words: readonly RowWords[] = [
      { name: 'a1', claims: claimOf('a'), writes: [span('a', 0, 3)] },
      { name: 'b1', dependencies: ['a1'], writes: [span('a', 3, 4)] },
      { name: 'c1', dependencies: ['a1'], claims: claimOf('a'), writes: [span('a', 3, 4)] },
      { name: 'd1', claims: [{ clientId: clientOf('d') + 1, run: runOf('d') }] },
    ];
    expect(toldInAnyOrder(words)).toEqual({ a1: 'applied', b1: 'refused:bad-claim', c1: 'refused:bad-claim', d1: 'refused:bad-claim' });
  });

  test('C21 an id of another app is claimed without a run, and only below 2^32', () => {
    expect(told([{ name: 'a1', claims: [{ clientId: 77, run: null }], writes: [{ clientId: 77, clockStart: 0, clockEnd: 1 }] }])).toEqual({
      a1: 'applied',
    });
    expect(told([{ name: 'a1', claims: [{ clientId: 2 ** 32, run: null }] }])).toEqual({ a1: 'refused:bad-claim' });
  });

  test('C21 an id its chain claimed before is its own in every later change', () => {
    expect(
      toldInAnyOrder([
        { name: 'a1', claims: claimOf('a'), writes: [span('a', 0, 1)] },
        { name: 'a2' },
        { name: 'a3', writes: [span('a', 1, 2)] },
      ]),
    ).toMatchObject({ a3: 'applied' });
  });
});

describe('P1 order', () => {
  /** Honest chains: each change goes on its own clocks and depends on tips it could have seen. */
  const honest = fc
    .array(
      fc.record({
        who: fc.constantFrom('a', 'b', 'c', 'd'),
        sees: fc.array(fc.nat(20), { maxLength: 3 }),
        writes: fc.nat(3),
        reads: fc.boolean(),
      }),
      { minLength: 1, maxLength: 18 },
    )
    .map((steps) => {
      const rows: ChangeRow[] = [];
      const seqs = new Map<string, number>();
      const clocks = new Map<string, number>();
      for (const step of steps) {
        const seq = (seqs.get(step.who) ?? 0) + 1;
        const start = clocks.get(step.who) ?? 0;
        const seen = [...new Set(step.sees.map((at) => rows[at % Math.max(1, rows.length)]).filter((one) => one !== undefined))];
        const last = seen.at(-1)?.writes[0];
        seqs.set(step.who, seq);
        clocks.set(step.who, start + step.writes);
        rows.push({
          ...row({
            name: `${step.who}${seq}`,
            claims: seq === 1 ? claimOf(step.who) : [],
            writes: step.writes === 0 ? [] : [span(step.who, start, start + step.writes)],
            reads: step.reads && last !== undefined ? [{ clientId: last.clientId, clockEnd: last.clockEnd }] : [],
          }),
          dependencies: seen.map((one) => one.id).sort(),
        });
      }
      return rows;
    });

  test('P1 C8 honest changes are all applied, in any order of arrival, with duplicates', () => {
    fc.assert(
      fc.property(honest, fc.infiniteStream(fc.nat()), (rows, dice) => {
        const shuffled = rows
          .map((one) => ({ one, at: dice.next().value ?? 0 }))
          .sort((x, y) => x.at - y.at)
          .map(({ one }) => one);
        const judge = judgeOf([...shuffled, ...rows]);
        expect(rows.filter((one) => judge.verdict(one.id)?.state !== 'applied').map((one) => one.id)).toEqual([]);
        expect(judge.missing()).toEqual([]);
        const applied = judge.applied();
        const place = new Map(applied.map((one, at) => [one.id, at]));
        for (const one of applied)
          for (const need of [...(one.previous === null ? [] : [one.previous]), ...one.dependencies])
            expect(place.get(need)).toBeLessThan(place.get(one.id) as number);
      }),
      { numRuns: 300 },
    );
  });

  test('P1 C9 C20 changes spoilt at random, under removals, get one verdict each whatever the order', () => {
    const table: Table = {
      heads: ['now', 'after'],
      readers: ['d@now'],
      removals: { a: [{ by: 'gone', knownTo: ['after'], frontierSeq: 1 }], b: [{ by: 'gone 2', knownTo: [], frontierSeq: null }] },
    };
    fc.assert(
      fc.property(
        honest,
        fc.array(fc.record({ at: fc.nat(17), how: fc.nat(4) }), { maxLength: 4 }),
        fc.infiniteStream(fc.nat()),
        (rows, spoilt, dice) => {
          const all = rows.map((one, at) => spoilt.filter((how) => how.at === at).reduce((now, { how }) => spoil(now, how), one));
          const shuffled = all
            .map((one) => ({ one, at: dice.next().value ?? 0 }))
            .sort((x, y) => x.at - y.at)
            .map(({ one }) => one);
          const [first, second] = [judgeOf(all, group(table)), judgeOf(shuffled, group(table))];
          for (const one of all) expect(second.verdict(one.id)).toEqual(first.verdict(one.id));
        },
      ),
      { numRuns: 300 },
    );
  });
});

function spoil(one: ChangeRow, how: number): ChangeRow {
  switch (how) {
    case 0:
      return { ...one, structure: 1 };
    case 1:
      return { ...one, structure: 2 };
    case 2:
      return { ...one, writes: one.writes.map((write) => ({ ...write, clockStart: write.clockStart + 1, clockEnd: write.clockEnd + 1 })) };
    case 3:
      return { ...one, reads: [{ clientId: clientOf('c'), clockEnd: 2 }] };
    default:
      return { ...one, claims: [{ clientId: clientOf('a'), run: runOf('b') }] };
  }
}
