/** The drawn secret: once, for its user only, and never one key for two uses. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { drawnSecret, keyFrom, SECRET_FILE } from '@leanvibe/relay/internal/config/secret';
import { expect, test } from 'vitest';
import { createRandom } from '../../../help/random.js';
import { tempFolder } from '../../../help/temp.js';

test('it is drawn once, kept, and readable by its user only', async () => {
  const data = join(await tempFolder('secret'), 'new');
  const first = drawnSecret(data, createRandom('1'));
  expect(first.length).toBeGreaterThanOrEqual(64);
  expect(drawnSecret(data, createRandom('2'))).toBe(first);
  expect((await stat(join(data, SECRET_FILE))).mode & 0o777).toBe(0o600);
  expect(await readdir(data)).toEqual([SECRET_FILE]);
});

test('each use has its own key', () => {
  const keys = ['access-token', 'address'].map((label) => Buffer.from(keyFrom('one secret', label)).toString('hex'));
  expect(new Set(keys).size).toBe(2);
  expect(Buffer.from(keyFrom('one secret', 'access-token')).toString('hex')).toBe(keys[0]);
});
