/** Signing in and out as a person does it: nothing readable is sent far away unasked, and what a relay was not told is told later. */
import type { RelayApi } from '@leanvibe/agent/internal/relay/api';
import { openRelayBook } from '@leanvibe/agent/internal/relay/book';
import { createRelayDesk } from '@leanvibe/agent/internal/relay/desk';
import { createFarewells } from '@leanvibe/agent/internal/relay/farewell';
import type { RelayLinks } from '@leanvibe/agent/internal/relay/links';
import type { Engine } from '@leanvibe/core/internal/engine/api';
import { err, ok } from '@leanvibe/core/internal/base/result';
import { expect, test } from 'vitest';
import { createVirtualClock } from '../../../help/clock.js';
import { chance, silent } from '../../../help/store-things.js';
import { memoryRecords } from '../metrics/kit.js';

async function deskOf() {
  const clock = createVirtualClock();
  const book = await openRelayBook({ clock, local: memoryRecords(), random: chance });
  const said: string[] = [];
  let [away, made] = [false, 0];
  const api = async (origin: string): Promise<RelayApi> => ({
    register: () => Promise.resolve(ok(null)),
    signIn: () => {
      said.push(`in ${origin}`);
      return Promise.resolve(ok({ account: 'a', device: 'd', token: `token ${++made}` }));
    },
    leave: (token) => {
      said.push(`out ${token}`);
      return Promise.resolve(away ? err({ status: 0, message: 'the connection broke' }) : ok(null));
    },
    pair: () => Promise.resolve(err({ status: 0, message: 'not here' })),
  });
  const desk = createRelayDesk({
    clock,
    book,
    api,
    engine: { relays: { views: () => [] } } as unknown as Engine,
    // As of a relay that cannot be reached: nothing is waited for.
    links: { follow: () => undefined, trouble: () => ({ words: 'away', refused: false }) } as unknown as RelayLinks,
    farewells: createFarewells({ clock, logger: silent, book, api }),
    label: () => 'mac',
    spaceName: () => 'home',
    counted: () => false,
    alarms: () => [],
  });
  const login = (relay: string, insecure?: true) =>
    desk.login({ relay, email: 'ana@example.org', password: 'x', ...(insecure === undefined ? {} : { insecure }) });
  return { book, clock, desk, said, login, become: (now: boolean) => void (away = now) };
}

test('a password goes unencrypted to this machine and its network, and anywhere else only when that was asked for', async () => {
  const { login, said } = await deskOf();
  for (const far of ['http://relay.example', 'http://8.8.8.8:8787'])
    await expect(login(far)).rejects.toMatchObject({
      error: { code: 'refused', message: expect.stringContaining('not encrypted') as string },
    });
  expect(said).toEqual([]);
  for (const near of ['http://127.0.0.1:8787', 'http://10.0.0.5:8787', 'relay.example']) await login(near);
  await login('http://relay.example', true);
  expect(said).toHaveLength(4);
});

test('a sign-out the relay could not be told is told later; the token that another sign-in replaced is given up', async () => {
  const { become, book, clock, desk, login, said } = await deskOf();
  await login('relay.example');
  await login('relay.example');
  expect(said).toEqual(['in https://relay.example', 'in https://relay.example', 'out token 1']);
  become(true);
  expect(await desk.logout(undefined)).toEqual({ origin: 'https://relay.example', told: false, why: 'the connection broke' });
  expect(desk.rows()).toEqual([]);
  expect(book.leaving().map(({ token }) => token)).toEqual(['token 2']);
  become(false);
  await clock.advance(60 * 60_000);
  expect(said.at(-1)).toBe('out token 2');
  expect(book.leaving()).toEqual([]);
  expect(clock.pending()).toBe(0);
});
