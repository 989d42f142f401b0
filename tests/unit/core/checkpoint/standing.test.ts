/** Which checkpoints are trusted: by whose word, against whose, in any order. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ChangeId, DeviceId, Hash, LinkId, PersonId } from '@leanvibe/protocol/ids';
import { type Claimed, standingOf, type Voices, type Word } from '@leanvibe/core/internal/checkpoint/standing';
import { madeId } from '../../../vectors/kit.js';

/** Devices are named person and number: `a1` is Ana's first. */
const device = (name: string): DeviceId => madeId<DeviceId>(`device ${name}`);
const chain = (name: string): LinkId => madeId<LinkId>(`chain ${name}`);
const HEAD = madeId<LinkId>('head');
const NAMES = ['a1', 'a2', 'a3', 'b1', 'b2', 'c1', 'd1', 'e1'];
const nameOf = new Map(NAMES.map((name) => [device(name), name]));

interface Table {
  /** Devices that may not write any more. */
  readonly gone?: readonly string[];
  /** Devices that never might. */
  readonly readers?: readonly string[];
}

function voices({ gone = [], readers = [] }: Table = {}): Voices {
  const out = new Set([...gone, ...readers].map(device));
  const never = new Set(readers.map(device));
  return {
    knows: (heads) => heads.every((head) => head === HEAD),
    mayWrite: (_heads, one) => nameOf.has(one) && !never.has(one),
    personOf: (one) => (nameOf.get(one)?.charAt(0) as PersonId | undefined) ?? null,
    isLiveEditor: (one) => nameOf.has(one) && !out.has(one),
  };
}

function checkpoint(author: string, covers: readonly string[], heads: readonly LinkId[] = [HEAD]): Claimed {
  return {
    id: madeId<Hash>('checkpoint'),
    device: device(author),
    addedBy: chain(author),
    authHeads: heads,
    covers: covers.map((name) => ({ addedBy: chain(name), device: device(name), seq: 3, changeId: madeId<ChangeId>(`${name}3`) })),
  };
}

/** `+b1` stands by it, `-b1` denies it. */
const words = (all: readonly string[]): readonly Word[] =>
  all.map((one) => ({
    checkpoint: madeId<Hash>('checkpoint'),
    device: device(one.slice(1)),
    addedBy: chain(one.slice(1)),
    authHeads: [HEAD],
    agrees: one.startsWith('+'),
  }));

const told = (author: string, covers: readonly string[], said: readonly string[], table?: Table): string =>
  standingOf(checkpoint(author, covers), words(said), voices(table));

describe('standing', () => {
  test.each([
    ['nobody said anything', ['a1', 'b1'], [], 'unattested'],
    ['its author stands by its own', ['a1', 'b1'], ['+a1'], 'unattested'],
    ['another device of its author, over what others wrote', ['a1', 'b1'], ['+a2', '+a3'], 'unattested'],
    ['another person', ['a1', 'b1'], ['+b1'], 'trusted'],
    ['another device of its author, over what that person wrote alone', ['a1', 'a2'], ['+a2'], 'trusted'],
    ['an honest holder denies it', ['a1', 'b1'], ['-b1'], 'disputed'],
    ['two devices of one person against the holder they left out', ['a1', 'a2'], ['+a2', '-b1'], 'disputed'],
    ['one liar among three', ['a1', 'b1', 'c1'], ['+b1', '-c1'], 'trusted'],
    ['two against two', ['a1', 'b1', 'c1', 'd1'], ['+b1', '-c1', '-d1'], 'disputed'],
    ['two devices of a person are one voice', ['a1', 'b1', 'c1'], ['+c1', '-b1', '-b2'], 'trusted'],
    ['who attested once has compared', ['a1', 'b1'], ['+b1', '-b2'], 'trusted'],
  ] as const)('K1 %s', (_what, covers, said, standing) => {
    expect(told('a1', covers, said)).toBe(standing);
  });

  test('K1 only those count who could write: the author, who attests, and who denies now', () => {
    expect(told('a1', ['a1', 'b1'], ['+b1'], { readers: ['a1'] })).toBe('void');
    expect(told('a1', ['a1', 'b1'], ['+b1'], { readers: ['b1'] })).toBe('unattested');
    expect(told('a1', ['a1', 'b1'], ['+b1'], { gone: ['a1', 'b1'] })).toBe('trusted');
    expect(told('a1', ['a1', 'b1'], ['-b1'], { gone: ['b1'] })).toBe('unattested');
    expect(told('a1', ['a1', 'b1'], ['+a2'], { gone: ['b1'] })).toBe('trusted');
  });

  test('K1 C6 links not known yet make it wait', () => {
    expect(standingOf(checkpoint('a1', ['a1'], [madeId<LinkId>('unknown')]), words(['+b1']), voices())).toBe('waiting');
  });

  test('K2 P1 words give one standing in any order, and again', () => {
    const said = fc.array(
      fc.tuple(fc.constantFrom('+', '-'), fc.constantFrom(...NAMES)).map(([sign, name]) => sign + name),
      {
        maxLength: 8,
      },
    );
    const seen = new Set<string>();
    fc.assert(
      fc.property(said, fc.subarray(NAMES, { minLength: 1 }), fc.subarray(NAMES), fc.nat(), (all, covers, gone, turn) => {
        const first = told('a1', covers, all, { gone });
        const turned = [...all.slice(turn % (all.length + 1)), ...all.slice(0, turn % (all.length + 1)), ...all];
        expect(told('a1', covers, turned.toReversed(), { gone })).toBe(first);
        seen.add(first);
      }),
      { numRuns: 2_000 },
    );
    expect([...seen].sort()).toEqual(['disputed', 'trusted', 'unattested']);
  });
});
