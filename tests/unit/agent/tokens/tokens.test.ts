/** Tokens over the agent's own records: secrets, ends, and a clock that is set back. */
import { nativeCrypto } from '@leanvibe/core/internal/crypto/node/native';
import { createVault } from '@leanvibe/core/internal/keys/local';
import { createMemoryStore, type MemoryStore } from '@leanvibe/core/internal/memory/store';
import { createLocalRecords } from '@leanvibe/agent/internal/daemon/local-records';
import { hashOf, isSecret } from '@leanvibe/agent/internal/tokens/secret';
import { openTokens, type Tokens } from '@leanvibe/agent/internal/tokens/tokens';
import { readRecord } from '@leanvibe/agent/internal/tokens/record';
import type { SpaceId } from '@leanvibe/protocol/ids';
import { describe, expect, test } from 'vitest';
import { createVirtualClock } from '../../../help/clock.js';
import { createRandom } from '../../../help/random.js';
import { madeId } from '../../../vectors/kit.js';

const crypto = nativeCrypto();
const DAY = 86_400_000;
const scope = { space: madeId<SpaceId>('space'), entries: [{ project: 'p', parts: null }] };
const order = { name: 'ci', role: 'editor', scope, lastsMs: 30 * DAY } as const;

interface Home {
  readonly store: MemoryStore;
  readonly clock: ReturnType<typeof createVirtualClock>;
  /** What a person set the machine's clock to, beside the true time. */
  offsetMs: number;
  readonly failures: unknown[];
  open(): Promise<Tokens>;
}

function home(seed: string): Home {
  const random = createRandom(seed);
  const store = createMemoryStore({ hashing: crypto, random: createRandom(`${seed}/store`) });
  const clock = createVirtualClock();
  const local = createLocalRecords({ store }, createVault(crypto, store, random.bytes(32)));
  const failures: unknown[] = [];
  const self: Home = {
    store,
    clock,
    offsetMs: 0,
    failures,
    open: () =>
      openTokens({
        clock: { ...clock, nowMs: () => clock.nowMs() + self.offsetMs },
        random,
        local,
        elapsedMs: () => clock.nowMs(),
        failed: (error) => failures.push(error),
      }),
  };
  return self;
}

async function made(tokens: Tokens): Promise<{ readonly secret: string; readonly id: ReturnType<Tokens['all']>[number]['id'] }> {
  const one = await tokens.create(order);
  if (one === null) throw new Error('too many');
  return { secret: one.secret, id: one.record.id };
}

describe('C47 tokens', () => {
  test('C47 a secret is 256 bits, is found again after a restart, and only its hash is at rest', async () => {
    const one = home('rest');
    const tokens = await one.open();
    const secrets = await Promise.all(Array.from({ length: 20 }, async () => (await made(tokens)).secret));
    expect(new Set(secrets).size).toBe(20);
    expect(secrets.every(isSecret)).toBe(true);
    const again = await one.open();
    for (const secret of secrets) {
      expect(again.bearerOf(secret)?.record().hash).toBe(hashOf(secret));
      expect(again.bearerOf(`${secret.slice(0, -1)}${secret.endsWith('A') ? 'B' : 'A'}`)).toBeNull();
    }
    for (const garbage of ['', 'lvt_', 'x'.repeat(47), hashOf(secrets[0] ?? ''), again.all()[0]?.hash ?? ''])
      expect(again.bearerOf(garbage)).toBeNull();
    expect(one.failures).toEqual([]);
  });

  test('C47 revoked: its streams end at once, it is on disk before that is answered, and what was under way is waited for', async () => {
    const one = home('revoke');
    const tokens = await one.open();
    const { secret, id } = await made(tokens);
    const bearer = tokens.bearerOf(secret);
    let finish = (): void => undefined;
    const work = bearer?.during(() => new Promise<void>((resolve) => (finish = resolve)));
    let answered = false;
    const ending = tokens.end(id, 'revoked').then((done) => {
      answered = true;
      return done;
    });
    expect(bearer?.ended.aborted).toBe(true);
    expect(bearer?.live()).toBe(false);
    await one.clock.advance(0);
    expect(answered).toBe(false);
    finish();
    await work;
    expect(await ending).toBe(true);
    expect(await tokens.end(id, 'revoked')).toBe(false);
    const again = await one.open();
    expect(again.bearerOf(secret)?.live()).toBe(false);
    expect(again.all().map(({ end }) => end?.how)).toEqual(['revoked']);
  });

  test('C47 work that never ends holds a revocation up for ten seconds, no longer', async () => {
    const one = home('stuck');
    const tokens = await one.open();
    const { secret, id } = await made(tokens);
    void tokens.bearerOf(secret)?.during(() => new Promise(() => undefined));
    const ending = tokens.end(id, 'revoked');
    await one.clock.advance(10_000);
    expect(await ending).toBe(true);
  });

  test('C47 a token expires while it is only listened to, and that is on disk', async () => {
    const one = home('expiry');
    const tokens = await one.open();
    const { secret } = await made(tokens);
    const bearer = tokens.bearerOf(secret);
    await one.clock.advance(30 * DAY - 1);
    expect([bearer?.live(), bearer?.ended.aborted]).toEqual([true, false]);
    await one.clock.advance(1);
    expect([bearer?.live(), bearer?.ended.aborted]).toEqual([false, true]);
    expect((await one.open()).all()[0]?.end?.how).toBe('expired');
  });

  test('C47 a clock set back revives no expired token, neither in this run nor in the next', async () => {
    const one = home('back');
    const tokens = await one.open();
    const { secret } = await made(tokens);
    one.offsetMs = 31 * DAY;
    expect(tokens.bearerOf(secret)?.live()).toBe(false);
    one.offsetMs = 0;
    expect(tokens.bearerOf(secret)?.live()).toBe(false);
    await one.clock.advance(15_000);
    expect((await one.open()).bearerOf(secret)?.live()).toBe(false);
  });

  test('C47 a clock set back gives no token more time: what it has seen goes on counting, across restarts too', async () => {
    const one = home('slow');
    const tokens = await one.open();
    const { secret } = await made(tokens);
    await one.clock.advance(20 * DAY);
    one.offsetMs = -20 * DAY;
    await one.clock.advance(9 * DAY);
    expect(tokens.bearerOf(secret)?.live()).toBe(true);
    await tokens.stop();
    const again = await one.open();
    await one.clock.advance(DAY + 1);
    expect(again.bearerOf(secret)?.live()).toBe(false);
  });

  test('C47 a clock that was far ahead ends the tokens of that moment, not those made after it was set right', async () => {
    const one = home('ahead');
    const tokens = await one.open();
    const old = await made(tokens);
    one.offsetMs = 400 * DAY;
    await one.clock.advance(15_000);
    one.offsetMs = 0;
    const fresh = await made(tokens);
    expect([tokens.bearerOf(old.secret)?.live(), tokens.bearerOf(fresh.secret)?.live()]).toEqual([false, true]);
  });

  test('C47 an act is on disk before it is done, and is settled after', async () => {
    const one = home('acts');
    const tokens = await one.open();
    const { secret, id } = await made(tokens);
    const settle = await tokens.bearerOf(secret)?.begin({ method: 'task.add', project: 'p' });
    const crashed = await one.open();
    expect((await crashed.acts(id)).map(({ method, outcome }) => [method, outcome])).toEqual([['task.add', 'begun']]);
    expect(crashed.all()[0]?.acts).toBe(1);
    await settle?.('done', 't1');
    expect((await crashed.acts(id)).map(({ item, outcome }) => [item, outcome])).toEqual([['t1', 'done']]);
  });

  test('C47 P9 the last thousand acts are kept, and the count goes on', async () => {
    const one = home('many acts');
    const tokens = await one.open();
    const { secret, id } = await made(tokens);
    const bearer = tokens.bearerOf(secret);
    for (let at = 0; at < 1_010; at++) await (await bearer?.begin({ method: 'task.add', project: `${at}` }))?.('done', null);
    const acts = await tokens.acts(id);
    expect([acts.length, acts[0]?.project, acts.at(-1)?.project, tokens.all()[0]?.acts]).toEqual([1_000, '1009', '10', 1_010]);
  });

  test('C47 a hundred live tokens at most; all end when the home turns out to be a copy', async () => {
    const one = home('many');
    const tokens = await one.open();
    for (let at = 0; at < 100; at++) await made(tokens);
    expect(await tokens.create(order)).toBeNull();
    await tokens.endAll('copied');
    expect(new Set((await one.open()).all().map(({ end }) => end?.how))).toEqual(new Set(['copied']));
    expect(await tokens.create(order)).not.toBeNull();
  });

  test('C47 a record nobody of ours wrote is no token', () => {
    for (const value of [null, 1, 'x', [], {}, { id: 'x' }, { id: '0'.repeat(32), name: 'a', hash: '0', role: 'owner' }])
      expect(readRecord(value)).toBeNull();
  });
});
