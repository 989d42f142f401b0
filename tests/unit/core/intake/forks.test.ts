/** Claims that meet: branches of one chain, and chains that claim one id at once, settle alike in every order of arrival. */
import { describe, expect, test } from 'vitest';
import { changeId, clientOf, group, judgeOf, row, runOf, type RowWords, type Table, verdicts } from './rows.js';

type Claims = NonNullable<RowWords['claims']>;

const FOREIGN = 77;
const own: Claims = [{ clientId: clientOf('a'), run: runOf('a') }];
const foreign: Claims = [{ clientId: FOREIGN, run: null }];
const wrote = (clientId: number, clockEnd: number): NonNullable<RowWords['writes']> => [{ clientId, clockStart: 0, clockEnd }];

function orders<T>(items: readonly T[]): readonly (readonly T[])[] {
  if (items.length < 2) return [items];
  return items.flatMap((item, at) => orders([...items.slice(0, at), ...items.slice(at + 1)]).map((rest) => [item, ...rest]));
}

/** Every answer some order of arrival gives; what is written in `wanted` must be the only one. */
function inEveryOrder(words: readonly RowWords[], wanted: Readonly<Record<string, string>>, table: Table = {}): void {
  const names = words.map((one) => one.name);
  for (const order of orders(words))
    expect(verdicts(judgeOf(order.map(row), group(table)), names), order.map((one) => one.name).join(' ')).toEqual(wanted);
}

/** Names of the applied rows, in the order in which a replica takes them. */
const replayed = (words: readonly RowWords[]): readonly string[] =>
  judgeOf(words.map(row))
    .applied()
    .map(({ id }) => words.find((one) => changeId(one.name) === id)?.name ?? 'nobody');

describe('C21 branches of one chain', () => {
  test('C21 P1: a claim repeated down its own branch is refused, whenever the other branch arrives', () => {
    inEveryOrder([{ name: 'a1', claims: own }, { name: 'a2', claims: own }, { name: 'a2x' }], {
      a1: 'applied',
      a2: 'refused:bad-claim',
      a2x: 'applied',
    });
  });

  test('C21 P1: two branches may claim one id; the one whose clock ends highest stays, and what builds on the other stands', () => {
    inEveryOrder(
      [
        { name: 'a1', claims: own, writes: wrote(clientOf('a'), 3) },
        { name: 'a1x', claims: own, writes: wrote(clientOf('a'), 5) },
        { name: 'b1', dependencies: ['a1'] },
      ],
      { a1: 'quarantined:fork', a1x: 'applied', b1: 'applied' },
    );
  });

  test('C21 P1: where the clocks of two branches end alike, exactly one stays, the same in every order', () => {
    const words: readonly RowWords[] = ['a1', 'a1x'].map((name) => ({ name, claims: own, writes: wrote(clientOf('a'), 4) }));
    const [low, high] = words.map((one) => row(one).id).toSorted();
    const name = (id: string | undefined): string => words.find((one) => row(one).id === id)?.name ?? 'nobody';
    inEveryOrder(words, { [name(low)]: 'applied', [name(high)]: 'quarantined:fork' });
  });

  test('C20 C21 P1: what builds on the branch that lost is applied behind what stays in its place, in every order', () => {
    const refersTo = (clockEnd: number): NonNullable<RowWords['reads']> => [{ clientId: clientOf('a'), clockEnd }];
    const words: readonly RowWords[] = [
      { name: 'a1', claims: own, writes: wrote(clientOf('a'), 2) },
      { name: 'a2', writes: [{ clientId: clientOf('a'), clockStart: 2, clockEnd: 3 }] },
      { name: 'a1x', claims: own, writes: wrote(clientOf('a'), 5) },
      { name: 'b1', dependencies: ['a2'], reads: refersTo(3) },
      { name: 'c1', dependencies: ['b1'], reads: refersTo(1) },
    ];
    for (const order of orders(words)) expect(replayed(order), order.map((one) => one.name).join(' ')).toEqual(['a1x', 'b1', 'c1']);
  });

  test('C9 C21 P2: what a removed copy wrote and nobody adopted takes nothing from the branch that others built on', () => {
    const words: readonly RowWords[] = [
      { name: 'a1', claims: own, writes: wrote(clientOf('a'), 3) },
      { name: 'a1x', claims: own, writes: wrote(clientOf('a'), 5) },
      { name: 'b1', dependencies: ['a1'], reads: [{ clientId: clientOf('a'), clockEnd: 3 }] },
    ];
    const removals = { a: [{ by: 'kick', knownTo: [], frontierSeq: 0 }] };
    inEveryOrder(words, { a1: 'applied', a1x: 'quarantined:removed', b1: 'applied' }, { removals });
    // Accepted by somebody, it takes part again.
    inEveryOrder(words, { a1: 'quarantined:fork', a1x: 'applied', b1: 'applied' }, { removals, accepted: ['a1x'] });
  });
});

describe('C21 ids of other people’s apps', () => {
  test('C21 P1: claimed by two chains at once, an id below 2^32 is both’s while neither wrote under it', () => {
    inEveryOrder(
      ['a1', 'b1'].map((name) => ({ name, claims: foreign })),
      { a1: 'applied', b1: 'applied' },
    );
  });

  test('C21 P1: claimed by two chains at once and written by both, it stays with the one whose clock ends highest', () => {
    inEveryOrder(
      [
        { name: 'a1', claims: foreign, writes: wrote(FOREIGN, 2) },
        { name: 'b1', claims: foreign, writes: wrote(FOREIGN, 6) },
        { name: 'b2', writes: [{ clientId: FOREIGN, clockStart: 6, clockEnd: 7 }] },
      ],
      { a1: 'quarantined:fork', b1: 'applied', b2: 'applied' },
    );
  });

  test('C21 P1: claimed by who already knew of another’s claim, it is refused', () => {
    inEveryOrder(
      [
        { name: 'a1', claims: foreign },
        { name: 'b1', dependencies: ['a1'], claims: foreign },
      ],
      {
        a1: 'applied',
        b1: 'refused:bad-claim',
      },
    );
  });
});
