/** The relay's store of mailboxes: the store port over SQLite or PostgreSQL, committed in groups, safe for several processes at once. */
import type { ClockDep } from '@leanvibe/core/ports/clock';
import type { Hashing } from '@leanvibe/core/ports/crypto';
import type { LoggerDep } from '@leanvibe/core/ports/logger';
import type { RandomDep } from '@leanvibe/core/ports/random';
import { type Store, StoreBroken } from '@leanvibe/core/ports/store';
import { type MailboxId, makeId, type StoreId } from '@leanvibe/protocol/ids';
import type { Database } from '../db/database.js';
import type { Glance, MailboxStore } from '../ports/mailbox-store.js';
import { codeOf } from '../db/errors.js';
import { createCommits } from './commit.js';
import { storeFailure } from './failures.js';
import { createGroup } from './group.js';
import * as boxes from './mailboxes.js';
import { ownBatch } from './own-batch.js';
import * as reads from './reads.js';
import { readRecord, scanRecords } from './records.js';
import { retire } from './retire.js';
import { readRun } from './run.js';

export interface MailboxStoreDeps extends ClockDep, RandomDep, LoggerDep {
  /** Migrated, and not closed by the store. */
  readonly db: Database;
  readonly hashing: Hashing;
}

/** Draws the store's id when the database has none yet. */
export async function createMailboxStore(deps: MailboxStoreDeps): Promise<MailboxStore> {
  const id = await storeIdOf(deps);
  const { db, logger } = deps;
  const { sql } = db;
  const group = createGroup(createCommits(deps));
  let closed = false;

  async function enter<T>(work: () => Promise<T>): Promise<T> {
    if (closed) throw new StoreBroken('the store was closed');
    try {
      return await work();
    } catch (error) {
      const failure = storeFailure(error);
      if (failure !== error) logger.log('error', 'mailbox-store-failed', { code: codeOf(error) });
      throw failure;
    }
  }

  const store: Store = {
    id,
    commit: async (batch) => {
      const own = ownBatch(batch, null);
      return await enter(() => group.commit(own));
    },
    head: (space, lane) => enter(() => reads.readHead(sql, space, lane)),
    prefixHash: (space, lane, position) => enter(() => reads.readPrefixHash(sql, space, lane, position)),
    rows: (space, lane, after, limits) => enter(() => reads.readRows(sql, space, lane, after, limits)),
    entry: (space, entryId) => enter(() => reads.readEntry(sql, space, entryId)),
    has: async (space, entryIds) => {
      const known = await enter(() => reads.readPruned(sql, space, entryIds));
      return entryIds.map((entryId) => known.has(entryId));
    },
    pruned: async (space, entryIds) => {
      const known = await enter(() => reads.readPruned(sql, space, entryIds));
      return entryIds.map((entryId) => known.get(entryId) === true);
    },
    ids: (space, lane, range) => enter(() => reads.readIds(sql, space, lane, range)),
    spaces: () => enter(() => reads.readSpaces(sql)),
    get: (table, key) => enter(() => readRecord(sql, table, key)),
    scan: (table, prefix, after, limit) => enter(() => scanRecords(sql, table, prefix, after, limit)),
    size: () => enter(() => reads.readSize(sql)),
    async close() {
      closed = true;
      await group.idle();
    },
  };
  return {
    ...store,
    ...mailboxesOf(deps, enter),
    run: () => enter(() => readRun(db.dialect, sql)),
    commitIn: async (run, batch) => {
      const own = ownBatch(batch, run);
      return await enter(() => group.commit(own));
    },
  };
}

type Enter = <T>(work: () => Promise<T>) => Promise<T>;

function mailboxesOf(deps: MailboxStoreDeps, enter: Enter): Omit<MailboxStore, keyof Store | 'run' | 'commitIn'> {
  const { db } = deps;
  return {
    make: (mailbox, account, keys, most) => enter(() => boxes.makeMailbox(deps, mailbox, account, keys, most)),
    state: (mailbox) => enter(() => boxes.readState(db, mailbox)),
    rekey: (mailbox, expected, next) => enter(() => boxes.rekeyMailbox(deps, mailbox, expected, next)),
    addPast: (mailbox, readKeys, by) => enter(() => boxes.addPast(deps, mailbox, readKeys, by)),
    setListed: (mailbox, account, listed) => enter(() => boxes.setListed(deps, mailbox, account, listed)),
    remove: (mailbox) => enter(() => boxes.removeMailbox(deps, mailbox)),
    unremove: (mailbox) => enter(() => boxes.unremoveMailbox(deps, mailbox)),
    unprune: (mailbox, sinceMs) => enter(() => boxes.unpruneMailbox(deps, mailbox, sinceMs)),
    glances: (mailboxes) => enter(async () => (await reads.readGlances(db.sql, mailboxes)) as ReadonlyMap<MailboxId, Glance>),
    usage: (account) => enter(() => boxes.readUsage(db, account)),
    owned: (account, limit) => enter(() => boxes.readOwned(db, account, limit)),
    retire: (keepMs) => enter(() => retire(deps, keepMs)),
  };
}

/** Drawn once; of several copies that start at once, the first one's holds. */
async function storeIdOf({ db, random }: MailboxStoreDeps): Promise<StoreId> {
  const drawn = makeId<StoreId>(random.bytes(16), 16);
  await db.sql
    .insertInto('meta')
    .values({ name: 'storeId', value: drawn })
    .onConflict((on) => on.doNothing())
    .execute();
  const row = await db.sql.selectFrom('meta').select('value').where('name', '=', 'storeId').executeTakeFirstOrThrow();
  return row.value as StoreId;
}
