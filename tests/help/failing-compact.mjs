/** Opens a store whose file is due to be made small, lets the disk fail under that, then says how it went, what a commit got and what can be read. */
import { createHash, randomBytes } from 'node:crypto';
import { openSqliteStore } from '@leanvibe/agent/internal/store/sqlite';
import { nodeHashing } from '@leanvibe/core/internal/crypto/node/hashing';

const [path, space] = [process.argv[2], process.argv[3]];
const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);
let onCompacted = () => undefined;
setInterval(() => undefined, 1_000); // a store at rest does not keep the process alive
const compacted = new Promise((resolve) => (onCompacted = resolve));
const opened = await openSqliteStore({
  path,
  random: { bytes: (count) => new Uint8Array(randomBytes(count)) },
  hashing: nodeHashing,
  logger: {
    log: (_level, event, fields) => {
      if (event === 'store-compacted') onCompacted('compacted');
      if (event === 'store-not-compacted') onCompacted(fields.why);
    },
  },
  quietMs: 1,
});
if (!opened.ok) {
  say({ opened: false });
  process.exit(0);
}
const store = opened.value;
const outcome = await compacted;
let committed = 'kept';
const sealed = randomBytes(3_000);
try {
  await store.commit({ entries: [{ space, lane: 2, entryId: createHash('sha256').update(sealed).digest('hex'), sealed, from: null }] });
} catch (error) {
  committed = error.name;
}
const rows = await store.rows(space, 2, 0, { rows: 1e6, bytes: 1e9 });
say({ opened: true, outcome, committed, rows: rows.length, whole: rows.filter((row) => row.sealed !== null).length });
process.exit(0);
