/** What a store of an agent that does not run says without its keys: how many records begin so. */
import { countRecords } from '@leanvibe/agent/internal/store/count-records';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openAt, temporaryFolder } from '../../../help/store-things.js';

test('records are counted by how their keys begin, and a store that is none has none', async () => {
  const folder = temporaryFolder('count');
  onTestFinished(() => folder.remove());
  const path = join(folder.path, 'store.db');
  expect(countRecords(path, 'agent', 'relay/')).toBe(0);
  const store = await openAt(path);
  const keys = [
    ['agent', 'relay/a'],
    ['agent', 'relay/b'],
    ['agent', 'relayed'],
    ['other', 'relay/c'],
  ] as const;
  await store.commit({ put: keys.map(([table, key]) => ({ table, key, value: Uint8Array.of(1) })) });
  await store.close();
  expect(countRecords(path, 'agent', 'relay/')).toBe(2);
  expect(countRecords(folder.path, 'agent', 'relay/')).toBe(0);
});
