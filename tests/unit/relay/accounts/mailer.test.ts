/** Letters: a file only its owner reads, or a webhook that can tell that they are ours; and work after answers that fails is counted. */
import { createLater } from '@leanvibe/relay/internal/accounts/later';
import { createOutbox, createWebhookMailer, type Letter } from '@leanvibe/relay/internal/accounts/mailer';
import { createHmac } from 'node:crypto';
import { appendFile, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createVirtualClock } from '../../../help/clock.js';
import { silent } from '../../../help/store-things.js';
import { tempFolder } from '../../../help/temp.js';

const LETTER: Letter = { kind: 'reset', to: 'alice@example.org', token: 'lvp_x', expiresMs: 5 };

test('the outbox holds one letter a line, for its owner only', async () => {
  const path = join(await tempFolder('outbox'), 'mail', 'outbox.jsonl');
  const outbox = createOutbox(path, { clock: createVirtualClock(7) });
  await outbox.send(LETTER);
  await outbox.send({ ...LETTER, kind: 'confirm' });
  const lines = (await readFile(path, 'utf8')).trim().split('\n');
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
    { atMs: 7, ...LETTER },
    { atMs: 7, ...LETTER, kind: 'confirm' },
  ]);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});

test('a swept outbox holds letters that can still be taken, and none to an address that is gone', async () => {
  const path = join(await tempFolder('outbox'), 'outbox.jsonl');
  const clock = createVirtualClock(7);
  const outbox = createOutbox(path, { clock });
  await outbox.sweep([]);
  const told: Letter = { kind: 'password-changed', to: 'bob@example.org', token: null, expiresMs: null };
  for (const letter of [
    LETTER,
    { ...LETTER, to: 'carl@example.org', expiresMs: 9 },
    { ...LETTER, to: 'gone@example.org', expiresMs: 9 },
    told,
  ])
    await outbox.send(letter);
  await appendFile(path, '{"atMs":7,"to":"cut@exam\n');
  await clock.advance(1);
  const addresses = async (): Promise<readonly string[]> =>
    (await readFile(path, 'utf8'))
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => (JSON.parse(line) as Letter).to);
  const during = [outbox.sweep(['gone@example.org']), outbox.send({ ...LETTER, to: 'late@example.org', expiresMs: 9 })];
  await Promise.all(during);
  expect(await addresses()).toEqual(['carl@example.org', 'bob@example.org', 'late@example.org']);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  await clock.advance(7 * 86_400_000);
  await outbox.sweep([]);
  expect(await addresses()).toEqual([]);
});

test('the webhook gets a signed body; an answer that is no success is a failure', async () => {
  const key = new Uint8Array(32).fill(9);
  const seen: { readonly body: string; readonly signature: string | null }[] = [];
  let status = 204;
  const post = (_url: unknown, init?: RequestInit): Promise<Response> => {
    seen.push({ body: String(init?.body), signature: new Headers(init?.headers).get('x-leanvibe-signature') });
    return Promise.resolve(new Response(null, { status }));
  };
  const mailer = createWebhookMailer({ fetch: post, url: 'https://mail.example.org', key });
  await mailer.send(LETTER);
  expect(JSON.parse(seen[0]?.body ?? '')).toEqual(LETTER);
  expect(seen[0]?.signature).toBe(
    `sha256=${createHmac('sha256', key)
      .update(seen[0]?.body ?? '')
      .digest('hex')}`,
  );
  status = 500;
  await expect(mailer.send(LETTER)).rejects.toThrow('answered 500');
});

test('what fails after an answer is counted, and waited for at the end', async () => {
  const counted: string[] = [];
  const later = createLater({ logger: silent }, (reason) => void counted.push(reason));
  let done = false;
  later.run('fails', () => Promise.reject(new Error('no')));
  later.run('works', async () => {
    await new Promise(setImmediate);
    done = true;
  });
  await later.settled();
  expect([done, counted]).toEqual([true, ['later-failed']]);
});
