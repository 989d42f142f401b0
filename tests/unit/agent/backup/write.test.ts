/** A backup is written while the store goes on: what it rests on by then is in it. */
import { join } from 'node:path';
import { openBackup } from '@leanvibe/agent/internal/backup/read';
import { writeBackup } from '@leanvibe/agent/internal/backup/write';
import { systemRandom } from '@leanvibe/agent/internal/system/clock';
import { nativeCrypto } from '@leanvibe/core/internal/crypto/node/native';
import { headsOf, type Paper } from '@leanvibe/core/internal/engine/paper-form';
import { createMemoryStore } from '@leanvibe/core/internal/memory/store';
import { type DeviceId, makeId } from '@leanvibe/protocol/ids';
import { expect, test } from 'vitest';
import { bytesOf, entryOf, spaceOf } from '../../../help/store-things.js';
import { tempFolder } from '../../../help/temp.js';

test('C1 C37 K3 what was pruned while a backup was written rests on a checkpoint that came meanwhile: it is in the file', async () => {
  const crypto = nativeCrypto();
  const store = createMemoryStore({ hashing: crypto, random: systemRandom });
  const space = spaceOf(0);
  const changes = [0, 1, 2].map((at) => entryOf(bytesOf(at, 300)));
  await store.commit({ entries: changes });
  const covering = [entryOf(bytesOf(10, 300), { lane: 1 }), entryOf(bytesOf(11, 300))];
  const paper: Paper = {
    device: makeId<DeviceId>(systemRandom.bytes(32)),
    signingSeed: systemRandom.bytes(32),
    sealingSecret: systemRandom.bytes(32),
    spaces: [{ space, home: true, epochs: [], heads: await headsOf(store, space) }],
  };
  let came = false;
  const path = join(await tempFolder('backup'), 'backup.lvb');
  const written = await writeBackup(
    {
      crypto,
      logger: { log: () => undefined },
      engine: { paper: () => Promise.resolve({ ok: true, value: paper }), withdrawPaper: () => Promise.resolve() },
      store: {
        head: store.head,
        pruned: store.pruned,
        async rows(of, lane, after, limits) {
          // Accepted and pruned between two pages.
          if (!came && lane === 2) {
            came = true;
            await store.commit({ entries: covering, prune: changes.map(({ entryId }) => ({ space, entryId })) });
          }
          return store.rows(of, lane, after, limits);
        },
      },
    },
    {
      path,
      passphrase: 'words that open it',
      createdMs: 0,
      name: 'here',
      peers: [],
      onProgress: () => undefined,
      signal: new AbortController().signal,
    },
  );
  expect(written).toMatchObject({ entries: 2, missing: 0 });
  const file = await openBackup({
    crypto,
    path,
    passphrase: 'words that open it',
    signal: new AbortController().signal,
    onProgress: () => undefined,
  });
  const held: string[] = [];
  for await (const one of file.entries()) held.push(Buffer.from(one.sealed).toString('hex'));
  await file.close();
  expect(held.toSorted()).toEqual(covering.map(({ sealed }) => Buffer.from(sealed).toString('hex')).toSorted());
});
