/** Durable appends a second to the relay's store, over each of its databases, by one, a few and many writers at once. */
import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Database } from '@leanvibe/relay/internal/db/database';
import { migrate } from '@leanvibe/relay/internal/db/migrate';
import { migrations } from '@leanvibe/relay/internal/db/migrations';
import { type DatabasePlace, openDatabase } from '@leanvibe/relay/internal/db/open';
import { createMailboxStore } from '@leanvibe/relay/internal/mailbox/store';
import type { MailboxStore } from '@leanvibe/relay/internal/ports/mailbox-store';
import type { MailboxId, SpaceId } from '@leanvibe/protocol/ids';
import { startPostgres } from '../help/postgres.js';
import { newShared, sealedOf } from '../help/relay-client.js';
import { keysOf } from '../help/relay-store.js';
import { chance, entryOf, nodeHashing, silent } from '../help/store-things.js';
import { systemClock } from '../help/system-clock.js';
import { count, median, ms, quantile, times } from './kit/figures.js';
import { inFolder } from './kit/folders.js';
import type { Report } from './kit/report.js';

const WRITERS = [1, 16, 256] as const;
const PLAIN_BYTES = 512;

interface Slice {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
}

interface Contender {
  readonly name: string;
  readonly mode: string;
  slice(writers: number, forMs: number): Promise<Slice>;
  close(): Promise<void>;
}

/** Each writer waits for its append before the next. */
async function writeFor(writers: number, forMs: number, append: (writer: number) => Promise<unknown>): Promise<Slice> {
  const took: number[] = [];
  const from = performance.now();
  await Promise.all(
    Array.from({ length: writers }, async (_, writer) => {
      for (let at = performance.now(); at - from < forMs; ) {
        await append(writer);
        const now = performance.now();
        took.push(now - at);
        at = now;
      }
    }),
  );
  const seconds = (performance.now() - from) / 1_000;
  return { perSecond: took.length / seconds, p50: quantile(took, 0.5), p99: quantile(took, 0.99) };
}

async function mailboxesIn(store: MailboxStore): Promise<readonly MailboxId[]> {
  const made: MailboxId[] = [];
  for (let at = 0; at < Math.max(...WRITERS); at++) {
    const { mailbox } = newShared();
    await store.make(mailbox, 'bench', keysOf(at), 1_000_000);
    made.push(mailbox);
  }
  return made;
}

async function overDatabase(name: string, mode: string, place: DatabasePlace, after: () => Promise<void>): Promise<Contender> {
  const deps = { clock: systemClock, random: chance, logger: silent };
  const db: Database = await openDatabase(place, deps);
  const migrated = await migrate(db, migrations, deps);
  if (!migrated.ok) throw new Error(migrated.error.message);
  const store = await createMailboxStore({ ...deps, db, hashing: nodeHashing });
  const mailboxes = await mailboxesIn(store);
  const shared = newShared();
  return {
    name,
    mode,
    slice: (writers, forMs) =>
      writeFor(writers, forMs, (writer) => {
        const space = mailboxes[writer] as string as SpaceId;
        return store.commit({ entries: [entryOf(sealedOf(shared, PLAIN_BYTES), { space })] });
      }),
    async close() {
      await store.close();
      await db.close();
      await after();
    },
  };
}

/** What this disk can do at most with one flush an append and nobody to share it with. */
function bareFile(path: string): Contender {
  const file = openSync(path, 'a');
  const shared = newShared();
  return {
    name: 'a file, flushed',
    mode: 'fdatasync for each, one writer',
    slice: (_writers, forMs) =>
      writeFor(1, forMs, () => {
        writeSync(file, sealedOf(shared, PLAIN_BYTES));
        fdatasyncSync(file);
        return Promise.resolve();
      }),
    close: () => Promise.resolve(closeSync(file)),
  };
}

/** Null, and why, where PostgreSQL is not installed. */
async function postgresContender(): Promise<{ readonly contender: Contender | null; readonly why: string }> {
  try {
    const { postgres, end } = await startPostgres();
    const url = await postgres.database();
    return { contender: await overDatabase('PostgreSQL', 'fsync on, 8 lines', { url, lines: 8 }, end), why: '' };
  } catch (error) {
    return { contender: null, why: error instanceof Error ? error.message : String(error) };
  }
}

export async function benchRelayAppends(quick: boolean): Promise<Report> {
  const [rounds, forMs] = quick ? [2, 400] : [5, 2_000];
  const found = new Map<string, Slice[]>();
  let why = '';
  let names: readonly Pick<Contender, 'name' | 'mode'>[] = [];
  await inFolder(async (folder) => {
    const base = folder('appends');
    const sqlite = await overDatabase(
      'SQLite',
      'WAL, flushed at each commit',
      { sqliteFile: join(base, 'relay.db') },
      async () => undefined,
    );
    const pg = await postgresContender();
    why = pg.why;
    const contenders = [sqlite, ...(pg.contender === null ? [] : [pg.contender]), bareFile(join(base, 'file'))];
    names = contenders;
    try {
      for (const one of contenders) await one.slice(16, forMs); // warms up, thrown away
      for (let round = 0; round < rounds; round++)
        for (const writers of WRITERS)
          for (const one of contenders) {
            const key = `${one.name}/${writers}`;
            found.set(key, [...(found.get(key) ?? []), await one.slice(writers, forMs)]);
          }
    } finally {
      for (const one of contenders) await one.close();
    }
  });
  const at = (name: string, writers: number, pick: (slice: Slice) => number): number =>
    median((found.get(`${name}/${writers}`) ?? []).map(pick));
  const floor = (writers: number): number => at('a file, flushed', writers, (slice) => slice.perSecond);
  return {
    id: 'relay-appends',
    work: 'durable appends to the relay’s store: one entry at a time by so many writers, each into a mailbox of its own',
    columns: ['', 'writers', 'appends a second', 'p50 ms', 'p99 ms', 'to the bare file'],
    rows: WRITERS.flatMap((writers) =>
      names.map(({ name }) => [
        name,
        count(name === 'a file, flushed' ? 1 : writers),
        count(at(name, writers, (slice) => slice.perSecond)),
        ms(at(name, writers, (slice) => slice.p50)),
        ms(at(name, writers, (slice) => slice.p99)),
        times(at(name, writers, (slice) => slice.perSecond) / floor(writers)),
      ]),
    ),
    judged: [],
    notes: [
      `Generated entries of ${PLAIN_BYTES} random bytes, sealed; ${rounds} slices of ${forMs} ms for each figure, the median, contenders taking turns. ${names.map(({ name, mode }) => `${name}: ${mode}`).join('; ')}.`,
      'An append counts once `commit` has answered, which is after the database said it is on disk; writers at once share a transaction. The databases, the store and the writers of this bench share one machine; nothing travels over a network.',
      'No goal was set for this one: it is printed so that a change can be seen.',
      ...(why === '' ? [] : [`PostgreSQL was left out: ${why}`]),
    ],
    data: Object.fromEntries(found),
  };
}
