/** Which relays are signed in to, in which order, and tokens that are given up until the relay has heard it. */
import { openRelayBook, type KnownRelay, type RelayBook } from '@leanvibe/agent/internal/relay/book';
import { createFarewells } from '@leanvibe/agent/internal/relay/farewell';
import { err, ok } from '@leanvibe/core/internal/base/result';
import { expect, test } from 'vitest';
import { createVirtualClock } from '../../../help/clock.js';
import { chance, silent } from '../../../help/store-things.js';
import { memoryRecords } from '../metrics/kit.js';

const relay = (origin: string, token = `lvd of ${origin}`): KnownRelay => ({
  origin,
  token,
  account: 'a',
  device: 'd',
  email: 'ana@example.org',
});
const Z = 'https://z.example';
const A = 'https://a.example';

function home() {
  const local = memoryRecords();
  const clock = createVirtualClock();
  /** As after a restart. */
  const open = (): Promise<RelayBook> => openRelayBook({ clock, local, random: chance });
  return { local, clock, open };
}
const origins = (book: RelayBook): readonly string[] => book.all().map(({ origin }) => origin);

test('the relay signed in to first stays the first over a restart, and after signing in there anew', async () => {
  const { clock, open } = home();
  const book = await open();
  await book.put(relay(Z));
  await clock.advance(10);
  await book.put(relay(A));
  await clock.advance(10);
  await book.put(relay(Z, 'another'));
  expect(origins(book)).toEqual([Z, A]);
  const again = await open();
  expect(origins(again)).toEqual([Z, A]);
  expect(again.all()[0]?.token).toBe('another');
});

test('no key of a record tells which relay it is, and those of before are moved once', async () => {
  const { local, open } = home();
  await local.put(`relay/${Z}`, { ...relay(Z) });
  const book = await open();
  expect(origins(book)).toEqual([Z]);
  await book.put(relay(A));
  const keys = [...local.rows.keys()];
  expect(keys).toHaveLength(2);
  for (const key of keys) expect(key).toMatch(/^relay\/[0-9a-f]{32}$/);
  await open();
  expect([...local.rows.keys()]).toEqual(keys);
});

test('a token is kept until its relay was told, over restarts, and one that replaced another gives that up', async () => {
  const { clock, open } = home();
  const book = await open();
  await book.put(relay(Z, 'first'));
  await book.put(relay(Z, 'second'));
  await book.leave(Z);
  expect(origins(book)).toEqual([]);
  const again = await open();
  expect(origins(again)).toEqual([]);
  expect(again.leaving().map(({ token }) => token)).toEqual(['first', 'second']);
  await again.put(relay(Z, 'third'));
  await again.forget('first');
  const last = await open();
  expect(origins(last)).toEqual([Z]);
  expect(last.leaving().map(({ token }) => token)).toEqual(['second']);
  expect(clock.pending()).toBe(0);
});

test('two changes at once lose neither', async () => {
  const { open } = home();
  const book = await open();
  await book.put(relay(Z));
  await Promise.all([book.put(relay(A)), book.leave(Z), book.put(relay('https://m.example'))]);
  const again = await open();
  expect(origins(again).toSorted()).toEqual([A, 'https://m.example']);
  expect(again.leaving()).toHaveLength(1);
});

test('a relay that is away is told at the next start, and once an hour; one that knows the token no more needs no word', async () => {
  const { clock, open } = home();
  let answer: 'away' | 'gone' | 'fine' = 'away';
  const told: string[] = [];
  const farewells = (book: RelayBook) =>
    createFarewells({
      clock,
      logger: silent,
      book,
      api: async () => ({
        leave: async (token) => {
          told.push(token);
          if (answer === 'fine') return ok(null);
          return err(answer === 'away' ? { status: 0, message: 'nothing answers there' } : { status: 401, message: 'not known' });
        },
      }),
    });
  const book = await open();
  await book.put(relay(Z, 'one'));
  await book.put(relay(A, 'two'));
  await book.leave(Z);
  const first = farewells(book);
  expect(await first.tell(Z)).toBe('nothing answers there');
  first.stop();
  expect(clock.pending()).toBe(0);

  const next = await open();
  const second = farewells(next);
  await clock.advance(60_000);
  expect(told).toEqual(['one', 'one']);
  answer = 'gone';
  await clock.advance(60 * 60_000);
  expect(told).toHaveLength(3);
  expect(next.leaving()).toEqual([]);
  expect(clock.pending()).toBe(0);
  await next.leave(A);
  answer = 'fine';
  expect(await second.tell(A)).toBeNull();
  expect((await open()).leaving()).toEqual([]);
  expect(clock.pending()).toBe(0);
});
