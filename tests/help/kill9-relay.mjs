/** A process that opens a relay's mailboxes on SQLite, checks what it finds, then appends without end and says what was acknowledged, until it is killed. */
import { createHash, randomBytes } from 'node:crypto';
import { nodeHashing } from '@leanvibe/core/internal/crypto/node/hashing';
import { migrate } from '@leanvibe/relay/internal/db/migrate';
import { migrations } from '@leanvibe/relay/internal/db/migrations';
import { openDatabase } from '@leanvibe/relay/internal/db/open';
import { createMailboxStore } from '@leanvibe/relay/internal/mailbox/store';
import { sql } from 'kysely';

const [path, checkFrom] = [process.argv[2], Number(process.argv[3])];
const BOX = createHash('sha256').update('kill9').digest('hex');
const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);

/** The n-th entry is the same in every process. */
function sealedOf(number) {
  const seed = createHash('sha256').update(`kill9 ${number}`).digest();
  return new Uint8Array(Buffer.alloc(100 + (seed.readUInt16LE(0) % 700), seed));
}
const idOf = (sealed) => createHash('sha256').update(sealed).digest('hex');

const began = performance.now();
const deps = {
  clock: { nowMs: () => Date.now(), after: (ms, run) => setTimeout(run, ms), turn: async () => undefined },
  random: { bytes: (count) => new Uint8Array(randomBytes(count)) },
  logger: { log: () => undefined },
};
const db = await openDatabase({ sqliteFile: path }, deps);
const migrated = await migrate(db, migrations, deps);
if (!migrated.ok) throw new Error(migrated.error.message);
const store = await createMailboxStore({ ...deps, db, hashing: nodeHashing });
await store.make(BOX, 'alice', { readKey: BOX, appendKey: BOX });
const openMs = performance.now() - began;
const head = (await store.head(BOX, 2)).position;

const wrong = [];
const rows = await store.rows(BOX, 2, Math.max(0, checkFrom), { rows: 1_000_000, bytes: 1e9 });
for (const [at, row] of rows.entries()) {
  const expected = sealedOf(row.position);
  const whole = row.entryId === idOf(expected) && row.sealed !== null && Buffer.from(row.sealed).equals(expected);
  if (!whole || row.position !== checkFrom + at + 1) wrong.push(row.position);
}
const { rows: checks } = await sql`pragma integrity_check`.execute(db.sql);
if (checks[0].integrity_check !== 'ok' || (await store.state(BOX)).entries !== head) wrong.push(-1);
const recorded = await store.scan('done', '', null, 1_000_000);
say({ kind: 'ready', id: store.id, openMs, head, wrong, records: Number(recorded.at(-1)?.key ?? 0), salvaged: null });

let next = head + 1;
async function writeForEver(size) {
  for (;;) {
    const numbers = Array.from({ length: 1 + ((next * size) % 7) }, () => next++);
    const last = numbers.at(-1);
    const entries = numbers.map(sealedOf).map((sealed) => ({ space: BOX, lane: 2, entryId: idOf(sealed), sealed, from: null }));
    const put = [{ table: 'done', key: String(last).padStart(10, '0'), value: new Uint8Array([size]) }];
    const placed = await store.commit({ entries, put });
    if (placed.at(-1).position !== last) throw new Error(`entry ${last} was placed at ${placed.at(-1).position}`);
    say({ kind: 'kept', position: last });
  }
}
await Promise.all([1, 2, 3, 5].map(writeForEver));
