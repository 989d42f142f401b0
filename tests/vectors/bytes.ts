/** Vectors of W1 – W6: which bytes the strict CBOR subset takes, which it refuses and with which word, and how ids are written. */
import { type Hash, idFrom, parseId, toHex } from '@leanvibe/protocol/ids';
import { bytes, decode, encode, flag, id, idSet, list, optional, record, type Shape, text, uint, union } from '@leanvibe/protocol/shape';
import { hex, type Plain, plain } from './kit.js';

/** Small shapes that between them use every rule. */
export const SHAPES = {
  uint: uint(),
  byte: uint(255),
  bytes: bytes(1, 4),
  text: text(8),
  flag,
  id: id<Hash>(2),
  list: list(uint(), 3),
  some: list(flag, 3, 1),
  set: idSet<Hash>(3),
  record: record({ a: [0, uint()], b: [1, optional(flag)], c: [24, text(4)] }),
  empty: record({}),
  union: union({ one: [1, record({ x: [0, uint()] })], two: [300, record({})] }),
} as const satisfies Readonly<Record<string, unknown>>;
export type ShapeName = keyof typeof SHAPES;

export function shapeOf(name: ShapeName): Shape<unknown> {
  return SHAPES[name] as Shape<unknown>;
}

const LONG = 'aa'.repeat(32);
const LONGER = 'bb'.repeat(32);

const ACCEPTED: readonly (readonly [ShapeName, unknown])[] = [
  ...[0, 23, 24, 255, 256, 65_535, 65_536, 4_294_967_295, 4_294_967_296, Number.MAX_SAFE_INTEGER].map((value) => ['uint', value] as const),
  ['bytes', hex('00')],
  ['bytes', hex('01020304')],
  ['text', ''],
  ['text', 'é€😀'.slice(0, 2)],
  ['text', '😀😀'],
  ['text', '\u0000\ufeff'],
  ['flag', false],
  ['flag', true],
  ['id', '00ff'],
  ['list', []],
  ['list', [1, 1, 1]],
  ['some', [true]],
  ['set', [LONG, LONGER]],
  ['record', { a: 0, b: null, c: '' }],
  ['record', { a: 1, b: false, c: 'abcd' }],
  ['empty', {}],
  ['union', { type: 'one', x: 7 }],
  ['union', { type: 'two' }],
];

const REFUSED: readonly (readonly [ShapeName, string, string])[] = [
  ['uint', '', 'nothing'],
  ['uint', '1817', '23 in two bytes'],
  ['uint', '1900ff', '255 in three bytes'],
  ['uint', '1a0000ffff', '65,535 in five bytes'],
  ['uint', '1b00000000ffffffff', '2^32 - 1 in nine bytes'],
  ['uint', '1b0020000000000000', '2^53'],
  ['uint', '1bffffffffffffffff', '2^64 - 1'],
  ['uint', '18', 'cut after the head'],
  ['uint', '1b00000001', 'cut inside the number'],
  ['uint', '1c', 'reserved length 28'],
  ['uint', '1f', 'indefinite length'],
  ['uint', '0000', 'something after it'],
  ['uint', '20', 'a negative number'],
  ['uint', 'c000', 'a tag'],
  ['uint', 'f90000', 'a half float'],
  ['uint', 'fb0000000000000000', 'a double'],
  ['byte', '190100', 'over its maximum'],
  ['bytes', '40', 'shorter than its minimum'],
  ['bytes', '450102030405', 'longer than its maximum'],
  ['bytes', '4201', 'cut'],
  ['bytes', '5f4101ff', 'indefinite bytes'],
  ['bytes', '6161', 'text for bytes'],
  ['bytes', '5b7fffffffffffffff', 'a length over 2^53'],
  ['text', '61ff', 'no UTF-8'],
  ['text', '62c080', 'an overlong NUL'],
  ['text', '63eda080', 'a surrogate'],
  ['text', '64f4908080', 'beyond U+10FFFF'],
  ['text', '62c3', 'cut'],
  ['text', '62c328', 'a broken sequence'],
  ['text', '7f6161ff', 'indefinite text'],
  ['flag', '00', 'a number for a flag'],
  ['flag', 'f6', 'null'],
  ['flag', 'f7', 'undefined'],
  ['flag', 'f814', 'false in two bytes'],
  ['id', '4100', 'one byte for two'],
  ['id', '43000000', 'three bytes for two'],
  ['list', '9f00ff', 'an indefinite list'],
  ['list', '8400000000', 'four items for three'],
  ['list', '83', 'no room for its items'],
  ['list', '8100ff', 'something after it'],
  ['some', '80', 'fewer than its minimum'],
  ['set', `825820${LONGER}5820${LONG}`, 'descending'],
  ['set', `825820${LONG}5820${LONG}`, 'twice the same'],
  ['record', 'a200001818', 'cut'],
  ['record', 'a1181860', 'its first field missing'],
  ['record', 'a10000', 'its last field missing'],
  ['record', 'a218186000f4', 'keys out of order'],
  ['record', 'a3000000001860', 'a key twice'],
  ['record', 'a300000218181860', 'an unknown key'],
  ['record', 'a4000001f402001818 60', 'more fields than it has'],
  ['record', 'a2000018 1860 00', 'something after it'],
  ['record', 'a20000 01f6', 'null for an absent field'],
  ['record', 'a261610018 1860', 'a text key'],
  ['record', 'bf00001818 60ff', 'an indefinite map'],
  ['empty', 'a10000', 'a field it does not have'],
  ['empty', '80', 'a list for a map'],
  ['union', '8201a10007 00', 'something after it'],
  ['union', '8202a0', 'an unknown case'],
  ['union', '8101', 'a list of one'],
  ['union', '8301a1000700', 'a list of three'],
  ['union', 'a1000700', 'a map for a list'],
];

const ID_TEXTS = ['00ff', '00FF', '00f', '00ff00', '0x00', '00 f', '', 'zzzz', '００'] as const;

export interface BytesVectors {
  readonly about: string;
  readonly shapes: Readonly<Record<string, string>>;
  readonly accepted: readonly { readonly shape: ShapeName; readonly value: Plain; readonly bytes: string }[];
  readonly refused: readonly { readonly shape: ShapeName; readonly bytes: string; readonly reason: string; readonly why: string }[];
  readonly ids: readonly { readonly text: string; readonly id: string | null }[];
  readonly idSizes: readonly { readonly bytes: string; readonly id: string | null }[];
}

export function makeBytes(): BytesVectors {
  return {
    about:
      'W1 – W6. Bytes the strict CBOR subset takes and refuses, by shape. `hex:` marks bytes inside values. `ids`: texts read as ids of two bytes.',
    shapes: Object.fromEntries(Object.entries(SHAPES).map(([name, shape]) => [name, shape.text])),
    accepted: ACCEPTED.map(([shape, value]) => ({ shape, value: plain(value), bytes: toHex(encode(shapeOf(shape), value)) })),
    refused: REFUSED.map(([shape, spaced, why]) => {
      const read = decode(shapeOf(shape), hex(spaced));
      return { shape, bytes: spaced.replaceAll(' ', ''), reason: read.ok ? 'accepted, which is a mistake' : read.error, why };
    }),
    ids: ID_TEXTS.map((one) => ({ text: one, id: parseId<Hash>(one, 2) })),
    idSizes: ['', '00', '00ff', '00ff00'].map((one) => ({ bytes: one, id: idFrom<Hash>(hex(one), 2) })),
  };
}
