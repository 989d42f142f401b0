/** A process that fills a store, prunes most of it and lets the file be made small again, over and over, until it is killed. */
import { createHash, randomBytes } from 'node:crypto';
import { openSqliteStore } from '@leanvibe/agent/internal/store/sqlite';
import { nodeHashing } from '@leanvibe/core/internal/crypto/node/hashing';

const [path, pruned] = [process.argv[2], Number(process.argv[3])];
const SPACE = createHash('sha256').update('kill9').digest('hex');
const ROUND = 600;
const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);

/** The n-th entry is the same in every process. */
function sealedOf(number) {
  const seed = createHash('sha256').update(`kill9 ${number}`).digest();
  return new Uint8Array(Buffer.concat(Array.from({ length: 80 }, (_, at) => seed.map((byte) => byte ^ at))));
}
const idOf = (sealed) => createHash('sha256').update(sealed).digest('hex');
const staysWhole = (number) => number % 16 === 0;

let onCompacted = () => undefined;
setInterval(() => undefined, 1_000); // a store at rest does not keep the process alive
const began = performance.now();
const opened = await openSqliteStore({
  path,
  random: { bytes: (count) => new Uint8Array(randomBytes(count)) },
  hashing: nodeHashing,
  logger: { log: (_level, event) => event === 'store-compacted' && onCompacted() },
  quietMs: 1,
});
if (!opened.ok) throw new Error(opened.error.message);
const store = opened.value;
const openMs = performance.now() - began;

const wrong = [];
const rows = await store.rows(SPACE, 2, 0, { rows: 1_000_000, bytes: 1e9 });
rows.forEach((row, at) => {
  const number = at + 1;
  const expected = sealedOf(number);
  const right = row.position === number && row.entryId === idOf(expected);
  const whole = row.sealed !== null && Buffer.from(row.sealed).equals(expected);
  if (!right || (staysWhole(number) ? !whole : number <= pruned ? row.sealed !== null : row.sealed !== null && !whole)) wrong.push(number);
});
say({ kind: 'ready', id: store.id, openMs, head: rows.length, wrong, records: rows.length, salvaged: store.salvaged });

for (let made = rows.length; ; ) {
  const numbers = Array.from({ length: ROUND }, (_, at) => made + 1 + at);
  const entries = numbers.map(sealedOf).map((sealed) => ({ space: SPACE, lane: 2, entryId: idOf(sealed), sealed, from: null }));
  await store.commit({ entries });
  made += ROUND;
  const compacted = new Promise((resolve) => (onCompacted = resolve));
  const gone = numbers.filter((number) => !staysWhole(number));
  const left = rows.filter((row) => row.sealed !== null && !staysWhole(row.position)).map((row) => row.entryId);
  await store.commit({ prune: [...left, ...gone.map((number) => idOf(sealedOf(number)))].map((entryId) => ({ space: SPACE, entryId })) });
  say({ kind: 'kept', position: made });
  await compacted;
}
