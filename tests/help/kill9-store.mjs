/** A process that opens a store, checks what it finds, then commits without end and says what was acknowledged, until it is killed. */
import { createHash, randomBytes } from 'node:crypto';
import { openSqliteStore } from '@leanvibe/agent/internal/store/sqlite';
import { nodeHashing } from '@leanvibe/core/internal/crypto/node/hashing';

const [path, checkFrom] = [process.argv[2], Number(process.argv[3])];
const SPACE = createHash('sha256').update('kill9').digest('hex');
const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);

/** The n-th entry is the same in every process. */
function sealedOf(number) {
  const seed = createHash('sha256').update(`kill9 ${number}`).digest();
  const bytes = new Uint8Array(100 + (seed.readUInt16LE(0) % 700));
  for (let at = 0; at < bytes.length; at++) bytes[at] = seed[at % 32] ^ (at >> 5);
  return bytes;
}
const idOf = (sealed) => createHash('sha256').update(sealed).digest('hex');

const began = performance.now();
const opened = await openSqliteStore({
  path,
  random: { bytes: (count) => new Uint8Array(randomBytes(count)) },
  hashing: nodeHashing,
  logger: { log: () => undefined },
});
if (!opened.ok) throw new Error(opened.error.message);
const store = opened.value;
const openMs = performance.now() - began;
const head = (await store.head(SPACE, 2)).position;

const wrong = [];
for (const row of await store.rows(SPACE, 2, Math.max(0, checkFrom), { rows: 100_000, bytes: 1e9 })) {
  const expected = sealedOf(row.position);
  if (row.entryId !== idOf(expected) || row.sealed === null || !Buffer.from(row.sealed).equals(expected)) wrong.push(row.position);
}
const recorded = await store.scan('done', '', String(Math.max(0, checkFrom)).padStart(10, '0'), 1_000_000);
say({
  kind: 'ready',
  id: store.id,
  openMs,
  head,
  wrong,
  records: recorded.length === 0 ? head : Number(recorded.at(-1).key),
  salvaged: store.salvaged,
});

let next = head + 1;
async function writeForEver(size) {
  for (;;) {
    const numbers = Array.from({ length: 1 + ((next * size) % 19) }, () => next++);
    const last = numbers.at(-1);
    const entries = numbers.map(sealedOf).map((sealed) => ({ space: SPACE, lane: 2, entryId: idOf(sealed), sealed, from: null }));
    const placed = await store.commit({
      entries,
      put: [{ table: 'done', key: String(last).padStart(10, '0'), value: new Uint8Array([size]) }],
    });
    if (placed.at(-1).position !== last) throw new Error(`entry ${last} was placed at ${placed.at(-1).position}`);
    say({ kind: 'kept', position: last });
  }
}
await Promise.all([1, 2, 3, 5].map(writeForEver));
