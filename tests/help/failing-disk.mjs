/** Writes until the disk fails under it, then says what was acknowledged, what failed how, and whether reading goes on. */
import { createHash, randomBytes } from 'node:crypto';
import { openSqliteStore } from '@leanvibe/agent/internal/store/sqlite';
import { nodeHashing } from '@leanvibe/core/internal/crypto/node/hashing';

const path = process.argv[2];
const space = createHash('sha256').update('disk').digest('hex');
const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);
const opened = await openSqliteStore({
  path,
  random: { bytes: (count) => new Uint8Array(randomBytes(count)) },
  hashing: nodeHashing,
  logger: { log: () => undefined },
});
if (!opened.ok) {
  say({ opened: false, code: opened.error.code });
  process.exit(0);
}
const store = opened.value;
const kept = [];
const failed = [];
for (let number = 0; number < 60; number++) {
  const sealed = randomBytes(3_000);
  const entryId = createHash('sha256').update(sealed).digest('hex');
  try {
    await store.commit({
      entries: [{ space, lane: 2, entryId, sealed, from: null }],
      put: [{ table: 't', key: entryId, value: new Uint8Array(2_000) }],
    });
    if (failed.length > 0) throw new Error('acknowledged after a failure');
    kept.push(entryId);
  } catch (error) {
    failed.push(error.name);
    if (failed.length > 3) break;
  }
}
let readable = true;
try {
  const rows = await store.rows(space, 2, 0, { rows: 1e6, bytes: 1e9 });
  readable = kept.every((entryId, at) => rows[at]?.entryId === entryId && rows[at].sealed !== null) && rows.length === kept.length;
} catch {
  readable = false;
}
say({ opened: true, kept, failed, readable });
process.exit(0);
