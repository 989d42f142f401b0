/** Byte fuzz of every decoder: none throws, hangs or hoards, and whatever is accepted has one encoding. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as Y from 'yjs';
import { sameBytes } from '@leanvibe/protocol/bytes';
import { fromHex, type Hash, makeId, type StoreId } from '@leanvibe/protocol/ids';
import { readSealed, writeSealed } from '@leanvibe/protocol/sealed';
import { decode, encode, type Shape } from '@leanvibe/protocol/shape';
import { readUtf8, writeUtf8 } from '@leanvibe/protocol/utf8';
import { decodeFacts, encodeFacts } from '@leanvibe/core/internal/doc/facts-bytes';
import { inspectYjs } from '@leanvibe/core/internal/doc/yjs-inspect';
import { readCursor, writeCursor } from '@leanvibe/core/internal/log/cursor';
import { draft } from '@leanvibe/core/internal/draft/journal';
import { changeRow } from '@leanvibe/core/internal/intake/row';
import { readVectors } from '../../vectors/all.js';
import type { EntryVectors } from '../../vectors/entries.js';
import { hex, made } from '../../vectors/kit.js';
import { arbitraryOf } from './arbitrary.js';
import { DOORWAYS } from './doorways.js';
import { createDice, spoil } from './mutate.js';

const LONG = process.env['LEANVIBE_LONG'] === '1';
const ITERATIONS = LONG ? 1_000_000 : 100_000;
const HANG_MS = 250;
const GROWTH_BYTES = 64 * 1024 * 1024;
const SEED = Number(process.env['FUZZ_SEED'] ?? 20_260_101);

/** Reads; answers the bytes that its answer writes again, or null when it refused. */
type Reader = (bytes: Uint8Array) => Uint8Array | null;

function ofShape(shape: Shape<unknown>): Reader {
  return (bytes) => {
    const read = decode(shape, bytes);
    return read.ok ? encode(shape, read.value) : null;
  };
}

function samplesOf(shape: Shape<unknown>): readonly Uint8Array[] {
  return fc.sample(arbitraryOf(shape.text), { numRuns: 64, seed: SEED }).map((value) => encode(shape, value));
}

const sealed = (): readonly Uint8Array[] => readVectors<EntryVectors>('entries').sealed.map((one) => hex(one.bytes));
const facts = (): readonly Uint8Array[] =>
  [
    [],
    [{ key: 'a', counter: 1, value: '1' }],
    [
      { key: 'a', counter: 1, value: '{"x":[1,2]}' },
      { key: 'b', counter: 9, value: 'null' },
    ],
  ].map(encodeFacts);
/** Text with formats, map entries, nested types and deletions by two authors, as Yjs itself writes them. */
const yjs = (): readonly Uint8Array[] => {
  const [one, two] = [new Y.Doc(), new Y.Doc()];
  const updates: Uint8Array[] = [];
  one.on('update', (update: Uint8Array) => updates.push(update));
  one.clientID = 5_000_000_000;
  two.clientID = 77;
  one.getText('note').insert(0, 'words and 😀');
  one.getText('note').format(0, 5, { bold: true });
  one.getMap('tasks').set('a', { title: 'x', list: [1, 2.5, null, true] });
  one.getArray('list').insert(0, [new Y.Map(), 'text', Uint8Array.of(1, 2)]);
  Y.applyUpdate(two, Y.encodeStateAsUpdate(one));
  two.getText('note').delete(2, 4);
  two.getMap('tasks').set('a', 1);
  Y.applyUpdate(one, Y.encodeStateAsUpdate(two));
  return [...updates, Y.encodeStateAsUpdate(one), Y.encodeStateAsUpdate(new Y.Doc())];
};

const READERS: readonly (readonly [string, Reader, () => readonly Uint8Array[]])[] = [
  ...DOORWAYS.map(([name, shape]): readonly [string, Reader, () => readonly Uint8Array[]] => [
    name,
    ofShape(shape),
    () => samplesOf(shape),
  ]),
  ['draft at rest', ofShape(draft as Shape<unknown>), () => samplesOf(draft as Shape<unknown>)],
  ['change row at rest', ofShape(changeRow as Shape<unknown>), () => samplesOf(changeRow as Shape<unknown>)],
  [
    'sealed entry',
    (bytes) => {
      const read = readSealed(bytes);
      return read.ok ? writeSealed(read.value) : null;
    },
    sealed,
  ],
  [
    'UTF-8',
    (bytes) => {
      const text = readUtf8(bytes);
      return text === null ? null : writeUtf8(text);
    },
    () => [writeUtf8('aé€😀'), made('noise', 40)],
  ],
  [
    'hex',
    (bytes) => {
      const text = readUtf8(bytes);
      const read = text === null ? null : fromHex(text);
      return read === null ? null : bytes;
    },
    () => [writeUtf8('00ff09af')],
  ],
  [
    'facts',
    (bytes) => {
      const read = decodeFacts(bytes);
      return read.ok ? encodeFacts(read.value) : null;
    },
    facts,
  ],
  ['Yjs update', (bytes) => (inspectYjs(bytes).ok ? bytes : null), yjs],
  [
    'cursor at rest',
    (bytes) => {
      const read = readCursor(bytes);
      return read === null ? null : writeCursor(read);
    },
    () => {
      const head = { position: 3, prefixHash: makeId<Hash>(new Uint8Array(32).fill(255)) };
      const cursor = { store: makeId<StoreId>(new Uint8Array(16), 16), ...head, resend: 1 };
      return [writeCursor({ ...cursor, traced: null }), writeCursor({ ...cursor, traced: head })];
    },
  ],
];

function timeOf(read: Reader, bytes: Uint8Array): number {
  const from = performance.now();
  read(bytes);
  return performance.now() - from;
}

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

function heldBytes(): number {
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

describe(`P9 W5 byte fuzz, ${ITERATIONS} inputs each, seed ${SEED}`, () => {
  test.each(READERS)(
    'P9 W1 W5 %s: no throw, no hang, no hoard, one encoding',
    (_name, read, samplesFor) => {
      const dice = createDice(SEED);
      const samples = samplesFor();
      const before = heldBytes();
      let accepted = 0;
      let slowestMs = 0;
      for (let at = 0; at < ITERATIONS; at++) {
        const bytes = spoil(dice, samples);
        const from = performance.now();
        const again = read(bytes);
        const tookMs = performance.now() - from;
        // A busy machine may have stood still for a while; bytes that hang do so every time.
        if (tookMs > slowestMs)
          slowestMs = Math.max(slowestMs, tookMs < HANG_MS ? tookMs : Math.min(tookMs, timeOf(read, bytes), timeOf(read, bytes)));
        if (again === null) continue;
        accepted++;
        if (!sameBytes(again, bytes))
          expect.fail(`input ${at} of seed ${SEED} has another encoding: ${Buffer.from(bytes).toString('hex')}`);
      }
      expect(slowestMs).toBeLessThan(HANG_MS);
      expect(heldBytes() - before).toBeLessThan(GROWTH_BYTES);
      expect(accepted, 'nothing was accepted, so nothing was tried').toBeGreaterThan(0);
    },
    600_000,
  );

  test('P9 W5 the largest lies cost no memory: a megabyte that promises billions is refused at its head', () => {
    const before = heldBytes();
    const big = new Uint8Array(1024 * 1024).fill(0x9b);
    for (const [, shape] of DOORWAYS) {
      expect(decode(shape, big).ok).toBe(false);
      expect(Math.min(timeOf(ofShape(shape), big), timeOf(ofShape(shape), big))).toBeLessThan(HANG_MS);
    }
    expect(heldBytes() - before).toBeLessThan(GROWTH_BYTES);
  });

  test('P9 W5 deep nesting is not possible: shapes are finite, so brackets alone end at once', () => {
    for (const byte of [0x81, 0x82, 0xa1, 0xbf, 0x9f, 0xd8])
      for (const [, shape] of DOORWAYS) expect(decode(shape, new Uint8Array(100_000).fill(byte)).ok).toBe(false);
  });
});
